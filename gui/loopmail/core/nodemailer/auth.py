"""How Nodemailer would sign in: what the settings decide, and what the server's offer decides.

Sources: for Nodemailer 2.7.2, smtp-connection 2.12.0, lib/smtp-connection.js, login(); for 4.7.0
and 6.10.1, nodemailer, lib/smtp-connection/index.js, login(), with the data that getAuth() of
lib/smtp-transport/index.js and the constructor of lib/smtp-pool/pool-resource.js hand to it.
"""

from dataclasses import dataclass

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.conversions import member, to_string
from loopmail.core.nodemailer.rules import Rules
from loopmail.core.nodemailer.types import AuthPlan

NO_AUTH = AuthPlan()
# In the order in which Nodemailer records them from the EHLO reply, in _actionEHLO().
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")


@dataclass(frozen=True, slots=True)
class LoginDecision:
    """What happens once the server has said which mechanisms it offers.

    `kind`: "none" (no sign-in is tried), "login" (with `mechanism`), "error" (`code` EAUTH and
    `text`), "crash" (the app's process would die of `text`).
    """

    kind: str
    mechanism: str | None = None
    text: str | None = None


def _upper(value: Json) -> str:
    return to_string(value).upper() if truthy(value) else ""


def plan_auth_2(options: dict[str, Json]) -> AuthPlan:
    """Plan the sign-in of Nodemailer 2: any truthy `auth` leads to one.

    Source: nodemailer-smtp-transport 2.7.2, lib/smtp-transport.js, send().
    """
    block = options.get("auth", UNDEFINED)
    if not truthy(block):
        return NO_AUTH
    raw = options.get("authMethod", UNDEFINED)
    method = raw.upper().strip() if isinstance(raw, str) and raw else None
    user = member(block, "user")
    if truthy(raw) and not isinstance(raw, str):
        problem = "this.options.authMethod.toUpperCase is not a function"
        return AuthPlan(kind="error", user=user, block=block, text=problem)
    kind = "oauth2" if truthy(member(block, "xoauth2")) else "plain-or-login"
    if method:
        kind = {"XOAUTH2": "oauth2", "NTLM": "ntlm", "CRAM-MD5": "cram-md5"}.get(method, kind)
    text: str | None = None
    if kind == "plain-or-login":
        missing = [key for key in ("user", "pass") if member(block, key) is UNDEFINED]
        if missing:
            names = " and ".join(f"auth.{key}" for key in missing)
            text = f'{names} missing: LoopBack 2 sends the word "undefined" instead'
    return AuthPlan(kind=kind, user=user, method=method, forced=True, block=block, text=text)


def plan_auth(options: dict[str, Json], rules: Rules, pool: bool) -> AuthPlan:
    """Plan the sign-in of Nodemailer 3 and later."""
    block = options.get("auth", UNDEFINED)
    if not truthy(block):
        return NO_AUTH
    forced = truthy(options.get("forceAuth")) or not rules.login_needs_offer
    user = member(block, "user")
    if not pool and not (isinstance(block, dict) and block):
        return NO_AUTH
    if _upper(member(block, "type")) == "OAUTH2":
        if not pool and not truthy(member(block, "service")) and not truthy(user):
            return NO_AUTH
        return AuthPlan(kind="oauth2", user=user, method="XOAUTH2", forced=forced, block=block)
    if pool and not truthy(user) and not truthy(member(block, "pass")):
        return NO_AUTH
    own = member(block, "method")
    chosen = own.strip().upper() if isinstance(own, str) else ""
    # login() writes authMethod in capitals.
    if not chosen and rules.auth_method_stands_in:
        chosen = _upper(options.get("authMethod")).strip()
    text: str | None = None
    if not truthy(user) or not truthy(member(block, "pass")):
        text = f'Missing credentials for "{chosen or "PLAIN"}"'
    kind = "cram-md5" if chosen == "CRAM-MD5" else "plain-or-login"
    return AuthPlan(
        kind=kind, user=user, method=chosen or None, forced=forced, block=block, text=text
    )


def decide_login(
    auth: AuthPlan, rules: Rules, offered: tuple[str, ...], allowed: bool
) -> LoginDecision:
    """Decide the sign-in from the plan and the server's offer.

    `offered` holds the recorded mechanisms in Nodemailer's order, `allowed` says whether the
    server advertised AUTH at all (or was greeted with HELO).
    """
    if auth.kind == "none":
        return LoginDecision("none")
    if not rules.auth_type_counts:
        return _decide_2(auth, offered)
    if not (allowed or auth.forced):
        return LoginDecision("none")
    if auth.kind == "oauth2":
        return LoginDecision("login", "XOAUTH2")
    method = auth.method
    if not method or method == "XOAUTH2":
        method = offered[0] if offered else "PLAIN"
    if method == "XOAUTH2":
        return LoginDecision(
            "crash", text="Cannot read properties of undefined (reading 'getToken')"
        )
    if not truthy(auth.user) or not truthy(member(auth.block, "pass")):
        return LoginDecision("error", text=f'Missing credentials for "{method}"')
    if method not in MECHANISMS:
        return LoginDecision("error", text=f'Unknown authentication method "{method}"')
    return LoginDecision("login", method)


def _decide_2(auth: AuthPlan, offered: tuple[str, ...]) -> LoginDecision:
    if auth.kind == "error":
        return LoginDecision("crash", text=auth.text)
    method = auth.method
    if method is None and truthy(member(auth.block, "xoauth2")) and "XOAUTH2" in offered:
        method = "XOAUTH2"
    if method is None:
        method = offered[0] if offered else "PLAIN"
    if method not in (*MECHANISMS, "NTLM"):
        return LoginDecision("error", text=f'Unknown authentication method "{method}"')
    return LoginDecision("login", method)
