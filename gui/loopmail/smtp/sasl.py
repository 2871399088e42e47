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
from loopmail.smtp.errors import AppCrash, SmtpFailure
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
    user, password = _credentials(auth, rules)
    match mechanism:
        case "PLAIN":
            line = "AUTH PLAIN "
            reply = dialogue.command(
                line + _b64(f"\0{to_string(user)}\0{to_string(password)}"), line + _SECRET
            )
            _complete(dialogue, reply, mechanism)
        case "LOGIN":
            _login(dialogue, to_string(user), to_string(password), rules)
        case "CRAM-MD5":
            _cram_md5(dialogue, to_string(user), password)
        case "XOAUTH2":
            _xoauth2(dialogue, auth, rules)
        case _:
            _ntlm(dialogue)


def _credentials(auth: AuthPlan, rules: Rules) -> tuple[Json, Json]:
    return member(auth.block, "user"), member(auth.block, "pass")


def _complete(dialogue: Dialogue, reply: Reply, mechanism: str) -> None:
    if reply.code == "334":
        reply = dialogue.command("")
        # a second 334 is answered with an empty line again, without end
        for _ in range(5):
            if reply.code != "334":
                break
            reply = dialogue.command("")
    if not reply.is_success:
        raise SmtpFailure("Invalid login", "EAUTH", reply.text, f"AUTH {mechanism}")


def _login(dialogue: Dialogue, user: str, password: str, rules: Rules) -> None:
    reply = dialogue.command("AUTH LOGIN")
    for prompt, answer in (("VXNlcm5hbWU6", user), ("UGFzc3dvcmQ6", password)):
        wanted = f"334 {prompt}"
        fits = re.match("334[ -]", reply.text) if rules.login_any_prompt else reply.text == wanted
        if not fits:
            text = f'Invalid login sequence while waiting for "{wanted}"'
            raise SmtpFailure(text, "EAUTH", reply.text, "AUTH LOGIN")
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
        raise SmtpFailure(text, "EAUTH", reply.text, "AUTH CRAM-MD5")
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
        raise SmtpFailure(text, "EAUTH", reply.text, "AUTH CRAM-MD5")


def _ntlm(dialogue: Dialogue) -> None:
    """Begin NTLM with the type 1 message that httpntlm 1.6.1, ntlm.js, makes; the rest is not supported."""
    reply = dialogue.command("AUTH NTLM " + _NTLM_NEGOTIATE)
    if not _CHALLENGE.match(reply.text):
        text = "Invalid login sequence while waiting for server challenge string"
        raise SmtpFailure(text, "EAUTH", reply.text, "AUTH NTLM")
    raise SmtpFailure("loopmail cannot finish a sign-in by NTLM", "EAUTH", command="AUTH NTLM")


def _bearer(user: Json, token: str) -> str:
    name = to_string(user) if truthy(user) else ""
    return _b64(f"user={name}\x01auth=Bearer {token}\x01\x01")


def _xoauth2(dialogue: Dialogue, auth: AuthPlan, rules: Rules) -> None:
    line = "AUTH XOAUTH2 "
    if rules.line == 2:
        token = to_string(member(auth.block, "xoauth2"))
        if isinstance(member(auth.block, "xoauth2"), dict):
            raise AppCrash(
                'this._auth.xoauth2[(isRetry ? "generateToken" : "getToken")] is not a function'
            )
        reply = dialogue.command(line + _bearer(auth.user, token), line + _SECRET)
        _complete(dialogue, reply, "XOAUTH2")
        return
    for renew in (False, True):
        token = dialogue.access_token(renew)
        reply = dialogue.command(line + _bearer(auth.user, token), line + _SECRET)
        if reply.code != "334":
            break
        dialogue.command("")
        if renew:
            raise SmtpFailure("Invalid login", "EAUTH", reply.text, "AUTH XOAUTH2")
    if not reply.is_success:
        raise SmtpFailure("Invalid login", "EAUTH", reply.text, "AUTH XOAUTH2")
