"""Signing in: credentials, app passwords, OAuth 2."""

import re
from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.checks.context import TransportView, build_fix
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import Family, Found, each_smtp, each_transport
from loopmail.core.edit.presets import preset_of
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.loopback.transport import Place

RULES = Family()

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


# --- Providers that refuse passwords ----------------------------------------------------


@RULES.check(each_smtp, "gmail-app-password", "GMail wants an app password")
def gmail_app_password(transport: TransportView) -> Iterator[Found]:
    """Google refuses the account's own password; it takes app passwords of 16 letters only."""
    password = transport.get("auth/pass")
    if not _GOOGLE.match(str(transport.plan.host)) or _oauth(transport):
        return
    if not isinstance(password, str) or not password:
        return
    if not re.fullmatch(r"[a-z]{16}", password.replace(" ", ""), re.IGNORECASE):
        text = (
            "GMail refuses account passwords (since May 2022; for Workspace since May 2025). Make an "
            "app password of 16 letters: Google Account › Security › 2-Step Verification."
        )
        yield Found("warning", transport.place("auth/pass"), text)


@RULES.check(each_smtp, "microsoft-basic-auth", "Microsoft ends signing in with a password")
def microsoft_basic_auth(transport: TransportView) -> Iterator[Found]:
    """Microsoft ends signing in with a password; apps that do will get “535 5.7.139”."""
    if not _MICROSOFT.search(str(transport.plan.host)) or _oauth(transport):
        return
    if truthy(transport.get("auth")):
        oauth = transport.context.versions.major > 2
        way = "an OAuth 2 sign-in" if oauth else "a relay or a local OAuth proxy"
        text = (
            "Microsoft switches SMTP sign-in with a password off by default at the end of December "
            f"2026 (as of November 2026); use {way}."
        )
        yield Found("warning", transport.place("auth"), text)


# An access key's secret has 40 characters; an SMTP password of SES has 44.
# Source: https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html (obtaining SMTP
# credentials by converting AWS credentials), as of 2026-11-24.
_SES = re.compile(r"^email-smtp\..*\bamazonaws\.com(\.cn)?$", re.IGNORECASE)
_IAM_USER, _IAM_SECRET = re.compile(r"A[KS]IA[A-Z0-9]{12,}"), re.compile(r"[A-Za-z0-9/+]{40}")
# What a key begins with that signs in to the provider's HTTP interface, not to SMTP.
# Source: https://developers.brevo.com/docs/smtp-integration, as of 2026-11-24.
_HTTP_KEYS = {"brevo": "xkeysib-"}


@RULES.check(each_smtp, "wrong-kind-of-key", "The provider wants another kind of user or password")
def wrong_kind_of_key(transport: TransportView) -> Iterator[Found]:
    """A user or a password that the provider's SMTP server refuses by its mere shape."""
    if _oauth(transport):
        return
    host = str(transport.plan.host)
    user, password = transport.get("auth/user"), transport.get("auth/pass")
    secret = password if isinstance(password, str) else ""
    if _SES.match(host) and isinstance(user, str) and _IAM_USER.fullmatch(user):
        if _IAM_SECRET.fullmatch(secret):
            text = (
                "This is an IAM secret, not an SMTP password: Amazon SES refuses it. Make SMTP "
                "credentials in the SES console, for the region of this host."
            )
            yield Found("error", transport.place("auth/pass"), text)
        return
    preset = preset_of(host)
    if preset is None:
        return
    if preset.user and isinstance(user, str) and user and user != preset.user:
        text = f"{preset.name} takes the word “{preset.user}” as the user. {preset.advice}"
        yield Found("warning", transport.place("auth/user"), text)
    elif secret.startswith(_HTTP_KEYS.get(preset.id, "\0")):
        text = f"This is a key of another kind, which SMTP refuses. {preset.advice}"
        yield Found("error", transport.place("auth/pass"), text)


# --- User and password ------------------------------------------------------------------


@RULES.check(each_transport, "credentials-near-miss", "User or password stands under another key")
def credentials_near_miss(transport: TransportView) -> Iterator[Found]:
    """`username` and `password`, as other libraries call them, instead of `user` and `pass`."""
    auth = transport.get("auth")
    for right, wrongs in NEAR.items() if isinstance(auth, dict) else ():
        written = [wrong for wrong in wrongs if transport.has(f"auth/{wrong}")]
        if right not in auth and written:
            wrong, path = written[0], f"auth/{written[0]}"
            text = f"Nodemailer reads auth.{right}, not auth.{wrong}."
            fix = transport.rename_fix(f"Rename {wrong} to {right}", path, right)
            yield Found("error", transport.place(path), text, fix)


@RULES.check(each_smtp, "credentials-missing", "User or password is missing")
def credentials_missing(transport: TransportView) -> Iterator[Found]:
    """An `auth` block without user or password: left empty, never resolved, or not needed at all.

    LoopBack 3 then fails with “Missing credentials”; LoopBack 2 sends the word “undefined”, which
    may lock the account. Sources: login() in nodemailer 6.10.1, lib/smtp-connection/index.js, and
    in smtp-connection 2.12.0, lib/smtp-connection.js.
    """
    auth = transport.get("auth")
    if not isinstance(auth, dict) or _oauth(transport) or "xoauth2" in auth:
        return
    missing = _missing(transport, auth)
    if not missing:
        return
    if transport.nodemailer > 2:
        effect = "fails with “Missing credentials”"
    elif any(key not in auth for key in missing):
        effect = "sends the word “undefined” instead"
    else:
        effect = "signs in with an empty text"
    named = " and ".join(f"auth.{key}" for key in missing)
    be, fix = "is", None
    if len(missing) == 2:
        be, fix = "are", transport.remove_fix("Do not sign in (remove auth)", "auth", safe=False)
    place = transport.place(f"auth/{missing[0]}" if missing[0] in auth else "auth")
    yield Found("error", place, f"{named} {be} empty: LoopBack {effect}.", fix)


def _missing(transport: TransportView, auth: dict[str, Json]) -> list[str]:
    missing = [key for key in ("user", "pass") if not truthy(auth.get(key, UNDEFINED))]
    if any(wrong in auth for key in missing for wrong in NEAR[key]):
        return []  # credentials-near-miss reports it
    if any(transport.from_variable(f"auth/{key}") for key in missing):
        return []  # variable-unresolved reports it
    if transport.nodemailer > 2 and transport.plan.auth.kind == "none":
        return []  # LoopBack 3 does not sign in at all: {} or a pool with neither
    return missing


# --- OAuth 2 ----------------------------------------------------------------------------


@RULES.check(each_smtp, "credentials-missing")
def oauth_incomplete(transport: TransportView) -> Iterator[Found]:
    """OAuth 2 without a user signs in nobody; without tokens it fails.

    Source: nodemailer 6.10.1, lib/smtp-transport/index.js, getAuth(), and lib/xoauth2/index.js,
    generateToken().
    """
    if transport.nodemailer == 2 or not _oauth(transport):
        return

    def given(*keys: str) -> bool:
        return any(truthy(transport.get(f"auth/{key}")) for key in keys)

    for key in ("user", "accessToken", "refreshToken"):
        if transport.from_variable(f"auth/{key}") and not given(key):
            return  # variable-unresolved reports it
    place = transport.place("auth")
    if not given("user", "service"):
        text = "OAuth 2 needs auth.user: without it LoopBack does not sign in and says nothing."
        yield Found("error", place, text)
    elif not given("accessToken", "refreshToken", "serviceClient"):
        text = "OAuth 2 needs a refresh token or an access token: LoopBack fails with EAUTH."
        yield Found("error", place, text)


@RULES.check(each_smtp, "private-key-line-ends", "The private key has \\n in place of line ends")
def private_key_line_ends(transport: TransportView) -> Iterator[Found]:
    """A PEM text whose line ends are a backslash and an n, as .env files and Heroku keep them.

    Node's crypto finds no key in it (RFC 7468, section 2: the lines are lines).
    """
    path = "auth/privateKey"
    key = transport.get(path)
    if not isinstance(key, str) or "-----BEGIN" not in key or "\\n" not in key or "\n" in key:
        return
    variable = transport.from_variable(path)
    text = "Every send fails: in “privateKey” a backslash and an n stand where a line ends."
    fix = None
    if variable is None:
        real = key.replace("\\r", "").replace("\\n", "\n")
        fix = transport.set_fix("Write real line ends", path, real, safe=False)
    else:
        text += f" Give {variable} real line ends."
    yield Found("error", transport.place(path), text, fix)


@RULES.check(each_transport, "oauth2-version", "OAuth 2 is written for another LoopBack version")
def oauth2_version(transport: TransportView) -> Iterator[Found]:
    """OAuth 2 in the other version’s words: it stops working when LoopBack is upgraded."""
    if transport.nodemailer == 2 and _oauth(transport):
        text = (
            "LoopBack 2 ignores auth.type: it signs in with PLAIN and the password “undefined”. "
            "Only auth.xoauth2 with an access token works there."
        )
        yield Found("error", transport.place("auth/type"), text)
    elif transport.nodemailer == 2 and isinstance(transport.get("auth/xoauth2"), dict):
        yield _generator_wanted(transport)
    elif transport.nodemailer > 2 and truthy(transport.get("auth/xoauth2")):
        text = "LoopBack 3 does not read auth.xoauth2; it wants auth.type “OAuth2” with the keys in auth."
        yield Found("error", transport.place("auth/xoauth2"), text, _oauth_fix(transport))


def _generator_wanted(transport: TransportView) -> Found:
    """The object's `getToken` is called, which no JSON can have.

    Source: smtp-connection 2.12.0, lib/smtp-connection.js, _handleXOauth2Token().
    """
    place = transport.place("auth/xoauth2")
    text = "Signing in crashes the app: LoopBack 2 asks “auth.xoauth2” for its token (getToken)."
    if not transport.context.view.scripts_mention("xoauth2"):
        return Found("error", place, f"{text} An object in JSON has none; write an access token.")
    text = (
        "LoopBack 2 asks “auth.xoauth2” for its token (getToken), which an object in JSON does not "
        "have. A script of this app speaks of xoauth2; unless it puts a generator here, signing in "
        "crashes the app."
    )
    return Found("warning", place, text)


def _oauth_fix(transport: TransportView) -> Fix | None:
    old = transport.get("auth/xoauth2")
    if transport.from_variable("auth/xoauth2"):
        return None
    new: dict[str, Json] = {"type": "OAuth2"}
    if isinstance(old, dict):
        new |= old
    elif isinstance(old, str):
        new["accessToken"] = old
    place = transport.place("auth/xoauth2")
    auth = Place(place.file, place.pointer.rpartition("/")[0])

    def build(builder: ChangeBuilder) -> None:
        builder.remove(place.file, place.pointer)
        for key, value in new.items():
            builder.set(auth.file, auth.child(key).pointer, value)

    return build_fix("Convert to auth.type OAuth2", build, safe=False)
