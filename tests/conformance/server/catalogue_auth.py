"""What servers offer for sign-in and how they go on from there."""

from conformance.server.behaviour import Behaviour
from conformance.server.reply import say

OFFERS: dict[str, tuple[str, ...]] = {
    "plain-login": ("AUTH PLAIN LOGIN",),
    "login-plain": ("AUTH LOGIN PLAIN",),
    "plain": ("AUTH PLAIN",),
    "login": ("AUTH LOGIN",),
    "lower-case": ("auth plain login",),
    "equals": ("AUTH=PLAIN LOGIN",),
    "equals-login": ("AUTH=LOGIN",),
    "both-forms": ("AUTH LOGIN", "AUTH=LOGIN PLAIN"),
    "two-lines": ("AUTH LOGIN", "AUTH CRAM-MD5"),
    "cram-md5": ("AUTH CRAM-MD5",),
    "cram-md5-plain": ("AUTH CRAM-MD5 PLAIN",),
    "cram-md5-login": ("AUTH CRAM-MD5 LOGIN",),
    "digest-cram": ("AUTH DIGEST-MD5 CRAM-MD5",),
    "xoauth2": ("AUTH XOAUTH2",),
    "xoauth2-plain": ("AUTH XOAUTH2 PLAIN",),
    "login-xoauth2": ("AUTH LOGIN XOAUTH2 OAUTHBEARER",),
    "oauthbearer": ("AUTH OAUTHBEARER",),
    "client-token": ("AUTH PLAIN-CLIENTTOKEN",),
    "gmail": ("AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH",),
    "ntlm": ("AUTH NTLM GSSAPI",),
    "ntlm-login": ("AUTH GSSAPI NTLM LOGIN",),
    "scram": ("AUTH SCRAM-SHA-256 SCRAM-SHA-1",),
    "empty": ("AUTH",),
    "empty-equals": ("AUTH=",),
    "x-auth": ("X-AUTH PLAIN",),
    "none": ("8BITMIME",),
    "plain-elsewhere": ("X-HELP AUTH PLAIN please",),
}
PROMPTS: dict[str, str] = {
    "lower-case": "dXNlcm5hbWU6",
    "plain-text": "Username:",
    "empty": "",
    "with-blank": "VXNlciBOYW1lAA==",
    "trailing-text": "VXNlcm5hbWU6 please",
}


def catalogue() -> list[Behaviour]:
    """All behaviours of this family."""
    made = [Behaviour(f"offers-{name}", capabilities=caps) for name, caps in OFFERS.items()]
    for name, prompt in PROMPTS.items():
        replies = {"auth": (say(f"334 {prompt}".rstrip()),)}
        made.append(Behaviour(f"user-prompt-{name}", replies=replies, capabilities=OFFERS["login"]))  # type: ignore[arg-type]
    for name, prompt in {"lower-case": "cGFzc3dvcmQ6", "empty": "", "text": "Password:"}.items():
        made.append(
            Behaviour(
                f"password-prompt-{name}",
                replies={"auth-1": (say(f"334 {prompt}".rstrip()),)},
                capabilities=OFFERS["login"],
            )
        )
    return made + _refusals()


def _refusals() -> list[Behaviour]:
    return [
        Behaviour("helo-only", replies={"ehlo": (say("502 no EHLO"),)}),
        Behaviour(
            "cram-md5-bad-challenge",
            replies={"auth": (say("334 not base64!"),)},
            capabilities=OFFERS["cram-md5"],
        ),
        Behaviour(
            "cram-md5-empty-challenge",
            replies={"auth": (say("334 "),)},
            capabilities=OFFERS["cram-md5"],
        ),
        Behaviour(
            "cram-md5-refused-at-once",
            replies={"auth": (say("504 no CRAM"),)},
            capabilities=OFFERS["cram-md5"],
        ),
        Behaviour(
            "xoauth2-refused-at-once",
            replies={"auth": (say("535 5.7.8 token expired"),)},
            capabilities=OFFERS["xoauth2"],
        ),
        Behaviour(
            "xoauth2-334-not-base64",
            replies={"auth": (say("334 status 400"),)},
            capabilities=OFFERS["xoauth2"],
        ),
        Behaviour(
            "plain-refused-login-offered",
            replies={"auth": (say("504 PLAIN is off"),)},
        ),
    ]
