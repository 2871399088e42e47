"""The sign-in dialogues: PLAIN, LOGIN, CRAM-MD5, XOAUTH2 and the beginning of NTLM.

Source: login(), the _actionAUTH_… methods and _handleXOauth2Token() of smtp-connection 2.12.0,
lib/smtp-connection.js (Nodemailer 2.7.2), and of nodemailer 4.7.0 and 6.10.1,
lib/smtp-connection/index.js.
"""

import base64
import hashlib
import hmac
import re
from typing import Protocol

from loopmail.core.js import Json, truthy
from loopmail.core.nodemailer import AuthPlan, Rules
from loopmail.core.nodemailer.conversions import member, received, to_string
from loopmail.smtp.errors import AppCrash, NotTestable, SmtpFailure
from loopmail.smtp.replies import Reply

_SECRET = "********"
_NTLM_NEGOTIATE = "TlRMTVNTUAABAAAAB6IIogAAAAAoAAAAAAAAACgAAAAFASgKAAAADw=="
# Nodemailer's /^334\s+(.+)/ without its quadratic time on blanks without end: of blanks alone the
# last would be the challenge, which decodes to nothing.
_CHALLENGE = re.compile(r"334\s++(?:(?<=\s\s)|(?=\S))(|\S[^\n]*+)\Z")


class Dialogue(Protocol):
    """What a sign-in needs of the session."""

    def command(self, text: str, shown: str | None = None) -> Reply:
        """Send a line and return the reply; `shown` stands in the transcript instead."""

    def access_token(self, renew: bool) -> str:
        """Return an OAuth 2 access token; raise SmtpFailure."""


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def sign_in(dialogue: Dialogue, mechanism: str, auth: AuthPlan, rules: Rules) -> None:
    """Sign in; raise SmtpFailure (EAUTH) or AppCrash."""
    user, password = to_string(member(auth.block, "user")), member(auth.block, "pass")
    match mechanism:
        case "PLAIN":
            token = _b64(f"\0{user}\0{to_string(password)}")
            _complete(dialogue, _initial(dialogue, "PLAIN", token), "PLAIN")
        case "LOGIN":
            _login(dialogue, user, to_string(password), rules)
        case "CRAM-MD5":
            _cram_md5(dialogue, user, password)
        case "XOAUTH2":
            _xoauth2(dialogue, auth, rules)
        case _:
            _ntlm(dialogue)


def _initial(dialogue: Dialogue, mechanism: str, token: str) -> Reply:
    """Begin with the response at once (RFC 4954, 4); the transcript does not show it."""
    line = f"AUTH {mechanism} "
    return dialogue.command(line + token, line + _SECRET)


def _refused(text: str, reply: Reply, mechanism: str) -> SmtpFailure:
    return SmtpFailure(text, "EAUTH", reply.text, f"AUTH {mechanism}")


def _complete(dialogue: Dialogue, reply: Reply, mechanism: str) -> None:
    # every 334 is answered with an empty line, without end; here six times
    for _ in range(6):
        if reply.code != "334":
            break
        reply = dialogue.command("")
    if not reply.is_success:
        raise _refused("Invalid login", reply, mechanism)


def _login(dialogue: Dialogue, user: str, password: str, rules: Rules) -> None:
    reply = dialogue.command("AUTH LOGIN")
    for prompt, answer in (("VXNlcm5hbWU6", user), ("UGFzc3dvcmQ6", password)):
        wanted = f"334 {prompt}"
        fits = re.match("334[ -]", reply.text) if rules.login_any_prompt else reply.text == wanted
        if not fits:
            text = f'Invalid login sequence while waiting for "{wanted}"'
            raise _refused(text, reply, "LOGIN")
        shown = _SECRET if answer is password else None
        reply = dialogue.command(_b64(answer), shown)
    _complete(dialogue, reply, "LOGIN")


def _lenient_base64(text: str) -> bytes:
    """Decode as Node's Buffer does: both alphabets, junk skipped, padding optional."""
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text.split("=")[0].replace("-", "+").replace("_", "/"))
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return base64.b64decode(kept + "=" * (-len(kept) % 4))


def _cram_md5(dialogue: Dialogue, user: str, password: Json) -> None:
    reply = dialogue.command("AUTH CRAM-MD5")
    challenge = _CHALLENGE.match(reply.text)
    if not challenge:
        text = "Invalid login sequence while waiting for server challenge string"
        raise _refused(text, reply, "CRAM-MD5")
    if not isinstance(password, str):
        raise AppCrash(
            'The "key" argument must be of type string or an instance of ArrayBuffer, Buffer, '
            f"TypedArray, DataView, KeyObject, or CryptoKey. Received {received(password)}",
            "ERR_INVALID_ARG_TYPE",
        )
    # Buffer.toString('ascii') drops the eighth bit
    seed = bytes(b & 0x7F for b in _lenient_base64(challenge.group(1)))
    digest = hmac.new(password.encode("utf-8", "surrogatepass"), seed, hashlib.md5).hexdigest()
    reply = dialogue.command(_b64(f"{user} {digest}"), _SECRET)
    if not re.match(r"235\s+", reply.text):
        text = 'Invalid login sequence while waiting for "235"'
        raise _refused(text, reply, "CRAM-MD5")


def _ntlm(dialogue: Dialogue) -> None:
    """Begin NTLM with the type 1 message that httpntlm 1.6.1, ntlm.js, makes; the rest is not supported."""
    reply = dialogue.command("AUTH NTLM " + _NTLM_NEGOTIATE)
    if not _CHALLENGE.match(reply.text):
        text = "Invalid login sequence while waiting for server challenge string"
        raise _refused(text, reply, "NTLM")
    raise NotTestable("loopmail knows no more than the first step of NTLM.", None)


def _xoauth2(dialogue: Dialogue, auth: AuthPlan, rules: Rules) -> None:
    user = to_string(auth.user) if truthy(auth.user) else ""

    def present(token: str) -> Reply:
        bearer = _b64(f"user={user}\x01auth=Bearer {token}\x01\x01")
        return _initial(dialogue, "XOAUTH2", bearer)

    if rules.line == 2:
        given = member(auth.block, "xoauth2")
        if isinstance(given, dict):
            raise AppCrash(
                'this._auth.xoauth2[(isRetry ? "generateToken" : "getToken")] is not a function'
            )
        _complete(dialogue, present(to_string(given)), "XOAUTH2")
        return
    for renew in (False, True):
        reply = present(dialogue.access_token(renew))
        if reply.code != "334":
            break
        dialogue.command("")
    if not reply.is_success:
        raise _refused("Invalid login", reply, "XOAUTH2")
