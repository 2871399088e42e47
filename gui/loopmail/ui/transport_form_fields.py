"""Which field stands where in the form, so that none is shown twice or not at all."""

from functools import cache

from loopmail.core.fields import TRANSPORT_FIELDS, Field
from loopmail.core.js import Json
from loopmail.core.transport import SignIn, sign_in_of

WAYS: tuple[SignIn, ...] = ("none", "password", "oauth2", "other")
NONE, PASSWORD, OAUTH2, OTHER = range(4)

# The rows that the cards always have, by hand.
_ON_CARDS = {
    *("/type", "/host", "/port", "/secure", "/ignoreTLS", "/requireTLS", "/name"),
    *("/tls/rejectUnauthorized", "/tls/servername", "/tls/ca"),
}
_SIGN_IN = {"/auth/user", "/auth/pass", "/auth/type"}
_NOT_OAUTH = {"/auth/method", "/auth/domain", "/auth/workstation"}


@cache
def oauth_fields(major: int) -> tuple[Field, ...]:
    """Return the OAuth 2 fields that this Nodemailer reads."""
    return tuple(field for field in TRANSPORT_FIELDS if _is_oauth(field) and field.read_by(major))


def _is_oauth(field: Field) -> bool:
    path = field.path
    return path.startswith("/auth/") and path not in _SIGN_IN | _NOT_OAUTH


@cache
def more_fields(major: int) -> tuple[Field, ...]:
    """Return the fields this Nodemailer reads and no other card has: the card “More”."""
    on_cards = _ON_CARDS | _SIGN_IN
    return tuple(
        field
        for field in TRANSPORT_FIELDS
        if field.path not in on_cards and not _is_oauth(field) and field.read_by(major)
    )


def shown_paths(major: int, auth: Json) -> set[str]:
    """Return the paths that have a row now; all other keys belong into the table of keys."""
    shown = _ON_CARDS | {field.path for field in more_fields(major)}
    way = sign_in_of(auth)
    if way == "password":
        shown |= {"/auth/user", "/auth/pass"}
    elif way == "oauth2":
        shown |= {"/auth/user", "/auth/type", *(field.path for field in oauth_fields(major))}
    return shown
