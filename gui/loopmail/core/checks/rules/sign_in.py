"""Signing in: credentials, app passwords, OAuth 2."""

import re
from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.checks.context import Context, TransportView, build_fix
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.js import UNDEFINED, Json, truthy

NEAR = {
    "user": ("username", "userName", "login", "email", "usr", "account"),
    "pass": ("password", "passwd", "pwd", "passw", "passWord"),
}
_GOOGLE = re.compile(r"^smtp\.(gmail|googlemail)\.com$", re.IGNORECASE)
_MICROSOFT = re.compile(
    r"(^|\.)(office365\.com|outlook\.com|hotmail\.com|live\.com)$", re.IGNORECASE
)


def _oauth(transport: TransportView) -> bool:
    type_ = transport.get("auth/type")
    return isinstance(type_, str) and type_.lower() == "oauth2"


def gmail_app_password(context: Context) -> Iterator[Problem]:
    """Google refuses the account's own password; it takes app passwords of 16 letters only."""
    for transport in context.transports():
        plan = transport.plan
        if plan.outcome != "smtp" or not _GOOGLE.match(str(plan.host)) or _oauth(transport):
            continue
        password = transport.get("auth/pass")
        if not isinstance(password, str) or not password:
            continue
        if re.fullmatch(r"[a-z]{16}", password.replace(" ", ""), re.IGNORECASE):
            continue
        yield transport.problem(
            "gmail-app-password",
            "warning",
            "auth/pass",
            "GMail refuses account passwords (since May 2022; for Workspace since May 2025). Make an "
            "app password of 16 letters: Google Account › Security › 2-Step Verification.",
        )


def microsoft_basic_auth(context: Context) -> Iterator[Problem]:
    """Microsoft ends signing in with a password; apps that do will get “535 5.7.139”."""
    for transport in context.transports():
        plan = transport.plan
        if plan.outcome != "smtp" or not _MICROSOFT.search(str(plan.host)) or _oauth(transport):
            continue
        if not truthy(transport.get("auth")):
            continue
        way = (
            "an OAuth 2 sign-in" if context.versions.major > 2 else "a relay or a local OAuth proxy"
        )
        yield transport.problem(
            "microsoft-basic-auth",
            "warning",
            "auth",
            "Microsoft switches SMTP sign-in with a password off by default at the end of December "
            f"2026 (as of November 2026); use {way}.",
        )


def credentials_near_miss(context: Context) -> Iterator[Problem]:
    """`username` and `password`, as other libraries call them, instead of `user` and `pass`."""
    for transport in context.transports():
        auth = transport.get("auth")
        if not isinstance(auth, dict):
            continue
        for right, wrongs in NEAR.items():
            if right in auth:
                continue
            for wrong in wrongs:
                if transport.has(f"auth/{wrong}"):
                    yield transport.problem(
                        "credentials-near-miss",
                        "error",
                        f"auth/{wrong}",
                        f"Nodemailer reads auth.{right}, not auth.{wrong}.",
                        transport.rename_fix(f"Rename {wrong} to {right}", f"auth/{wrong}", right),
                    )
                    break


def credentials_missing(context: Context) -> Iterator[Problem]:
    """An `auth` block without user or password: left empty, never resolved, or not needed at all.

    LoopBack 3 then fails with “Missing credentials”; LoopBack 2 sends the word “undefined”, which
    may lock the account. Sources: login() in nodemailer 6.10.1, lib/smtp-connection/index.js, and
    in smtp-connection 2.12.0, lib/smtp-connection.js.
    """
    for transport in context.transports():
        auth = transport.get("auth")
        if transport.plan.outcome != "smtp" or not isinstance(auth, dict):
            continue
        if _oauth(transport):
            if context.versions.nodemailer_major > 2:
                yield from _oauth_incomplete(transport)
            continue
        if "xoauth2" in auth:
            continue
        missing = _missing(transport, auth)
        if missing:
            yield _missing_problem(transport, auth, missing)


def _missing(transport: TransportView, auth: dict[str, Json]) -> list[str]:
    two = transport.context.versions.nodemailer_major == 2
    missing = [key for key in ("user", "pass") if not truthy(auth.get(key, UNDEFINED))]
    if any(wrong in auth for key in missing for wrong in NEAR[key]):
        return []  # credentials-near-miss reports it
    if any(transport.from_variable(f"auth/{key}") for key in missing):
        return []  # variable-unresolved reports it
    if not two and transport.plan.auth.kind == "none":
        return []  # LoopBack 3 does not sign in at all: {} or a pool with neither
    return missing


def _missing_problem(
    transport: TransportView, auth: dict[str, Json], missing: list[str]
) -> Problem:
    if transport.context.versions.nodemailer_major > 2:
        effect = "fails with “Missing credentials”"
    elif any(key not in auth for key in missing):
        effect = "sends the word “undefined” instead"
    else:
        effect = "signs in with an empty text"
    named = " and ".join(f"auth.{key}" for key in missing)
    be = "are" if len(missing) == 2 else "is"
    fix = None
    if len(missing) == 2:
        fix = transport.remove_fix("Do not sign in (remove auth)", "auth", safe=False)
    return transport.problem(
        "credentials-missing",
        "error",
        f"auth/{missing[0]}" if missing[0] in auth else "auth",
        f"{named} {be} empty: LoopBack {effect}.",
        fix,
    )


def _oauth_incomplete(transport: TransportView) -> Iterator[Problem]:
    """OAuth 2 without a user signs in nobody; without tokens it fails.

    Source: nodemailer 6.10.1, lib/smtp-transport/index.js, getAuth(), and lib/xoauth2/index.js,
    generateToken().
    """
    unset = [key for key in ("user", "accessToken", "refreshToken") if _unresolved(transport, key)]
    if unset:
        return  # variable-unresolved reports it
    text = None
    if not truthy(transport.get("auth/user")) and not truthy(transport.get("auth/service")):
        text = "OAuth 2 needs auth.user: without it LoopBack does not sign in and says nothing."
    elif not any(
        truthy(transport.get(f"auth/{key}"))
        for key in ("accessToken", "refreshToken", "serviceClient")
    ):
        text = "OAuth 2 needs a refresh token or an access token: LoopBack fails with EAUTH."
    if text:
        yield transport.problem("credentials-missing", "error", "auth", text)


def _unresolved(transport: TransportView, key: str) -> bool:
    return bool(transport.from_variable(f"auth/{key}")) and not truthy(transport.get(f"auth/{key}"))


def oauth2_version(context: Context) -> Iterator[Problem]:
    """OAuth 2 in the other version’s words: it stops working when LoopBack is upgraded."""
    major = context.versions.nodemailer_major
    for transport in context.transports():
        if major == 2 and _oauth(transport):
            yield transport.problem(
                "oauth2-version",
                "error",
                "auth/type",
                "LoopBack 2 ignores auth.type: it signs in with PLAIN and the password “undefined”. "
                "Only auth.xoauth2 with an access token works there.",
            )
        elif major > 2 and truthy(transport.get("auth/xoauth2")):
            yield transport.problem(
                "oauth2-version",
                "error",
                "auth/xoauth2",
                "LoopBack 3 does not read auth.xoauth2; it wants auth.type “OAuth2” with the keys in auth.",
                _oauth_fix(transport),
            )


def _oauth_fix(transport: TransportView) -> Fix | None:
    old = transport.get("auth/xoauth2")
    if transport.from_variable("auth/xoauth2"):
        return None
    new: dict[str, Json] = {"type": "OAuth2"}
    if isinstance(old, dict):
        new |= old
    place = transport.place("auth/xoauth2")
    parent = place.pointer.rpartition("/")[0]

    def build(builder: ChangeBuilder) -> None:
        builder.remove(place.file, place.pointer)
        for key, value in new.items():
            builder.set(place.file, f"{parent}/{key}", value)
        if isinstance(old, str):
            builder.set(place.file, f"{parent}/accessToken", old)

    return build_fix("Convert to auth.type OAuth2", build, safe=False)


RULES = (
    gmail_app_password,
    microsoft_basic_auth,
    credentials_near_miss,
    credentials_missing,
    oauth2_version,
)
