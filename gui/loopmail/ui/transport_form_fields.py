"""Which field stands where in the form, so that none is shown twice or not at all."""

from loopmail.core.fields import TRANSPORT_FIELDS, Field
from loopmail.core.js import UNDEFINED, Json

NONE, PASSWORD, OAUTH2, OTHER = range(4)

# The rows that the cards always have, by hand.
_ON_CARDS = {
    *("/type", "/host", "/port", "/secure", "/ignoreTLS", "/requireTLS", "/name"),
    *("/tls/rejectUnauthorized", "/tls/servername", "/tls/ca"),
}
_SIGN_IN = {"/auth/user", "/auth/pass", "/auth/type"}
_NOT_OAUTH = {"/auth/method", "/auth/domain", "/auth/workstation"}


def sign_in_of(auth: Json) -> int:
    """Tell which way of signing in an `auth` block is."""
    if auth is UNDEFINED or auth is None:
        return NONE
    if not isinstance(auth, dict):
        return OTHER
    kind = auth.get("type")
    if (isinstance(kind, str) and kind.lower() == "oauth2") or "xoauth2" in auth:
        return OAUTH2
    return PASSWORD


def oauth_fields(major: int) -> list[Field]:
    """Return the OAuth 2 fields that this Nodemailer reads."""
    return [field for field in TRANSPORT_FIELDS if _is_oauth(field) and field.read_by(major)]


def _is_oauth(field: Field) -> bool:
    path = field.path
    return path.startswith("/auth/") and path not in _SIGN_IN | _NOT_OAUTH


def more_fields(major: int) -> list[Field]:
    """Return the fields this Nodemailer reads and no other card has: the card “More”."""
    on_cards = _ON_CARDS | _SIGN_IN
    return [
        field
        for field in TRANSPORT_FIELDS
        if field.path not in on_cards and not _is_oauth(field) and field.read_by(major)
    ]


def shown_paths(major: int, auth: Json) -> set[str]:
    """Return the paths that have a row now; all other keys belong into the table of keys."""
    shown = _ON_CARDS | {field.path for field in more_fields(major)}
    way = sign_in_of(auth)
    if way == PASSWORD:
        shown |= {"/auth/user", "/auth/pass"}
    elif way == OAUTH2:
        shown |= {"/auth/user", "/auth/type", *(field.path for field in oauth_fields(major))}
    return shown
