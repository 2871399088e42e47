"""Which values of a data source are secrets, by where they stand and what they look like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from loopmail.core.js import Json

# Last key (lower case, without "_" and "-") to the ending of the variable loopmail makes for it.
_ENDINGS = {
    "pass": "PASS",
    "password": "PASS",
    "passwd": "PASS",
    "passphrase": "PASSPHRASE",
    "clientsecret": "CLIENT_SECRET",
    "refreshtoken": "REFRESH_TOKEN",
    "accesstoken": "ACCESS_TOKEN",
    "privatekey": "PRIVATE_KEY",
    "secretaccesskey": "SECRET_ACCESS_KEY",
    "secretkey": "SECRET_KEY",
    "apikey": "API_KEY",
    "authtoken": "AUTH_TOKEN",
    "secret": "SECRET",
}
# A URL whose user-info holds a password, or a token in its place.
_USER_INFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/?#\s:]*):(?P<secret>[^\s]+)@(?P<rest>[^@]*)\Z"
)
# Asterisks instead of a secret, and a parameter of loopback-connector-rest's templates: {!pass:string}.
_STAND_IN = re.compile(r"\*+|\{[!^]?\w+(:\w+)?\}")
# loopback-boot's placeholder (plugin-base.js DYNAMIC_CONFIG_PARAM) must end the string; JavaScript's
# \w is ASCII, and its $ is the very end of the text.
PLACEHOLDER = re.compile(r"\$\{([0-9A-Za-z_]+)\}\Z")


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A plain secret and its place; `tokens` is its JSON Pointer's, from the file's root."""

    tokens: tuple[str, ...]
    ending: str  # of the variable's name, e.g. PASS
    value: str = field(repr=False)


def placeholder(value: Json) -> str | None:
    """Return the variable whose value LoopBack would put in place of this one, or None."""
    match = PLACEHOLDER.search(value) if isinstance(value, str) else None
    return match.group(1) if match else None


def secret_ending(tokens: Sequence[str | int], value: Json = "") -> str | None:
    """Return the variable ending (PASS, URL, …) if a secret stands at this place, else None.

    The place decides, except for URLs: these are secret when they carry a password.
    """
    if not tokens:
        return None
    last = str(tokens[-1])
    if isinstance(value, str) and _USER_INFO.match(value):
        return "URL" if re.search("ur[il]", last, re.IGNORECASE) else _upper(last)
    if isinstance(value, bool | dict | list) or value is None:
        return None
    key = re.sub("[_-]", "", last).lower()
    if key == "key" and len(tokens) > 1 and str(tokens[-2]) == "tls":
        return "TLS_KEY"
    return _ENDINGS.get(key)


def _upper(key: str) -> str:
    return re.sub("[^0-9A-Za-z]+", "_", key).strip("_").upper() or "URL"


def is_secret(tokens: Sequence[str | int], value: Json) -> bool:
    """Tell whether a non-empty secret stands here in plain text (not as `${VAR}`)."""
    if secret_ending(tokens, value) is None or value in ("", None):
        return False
    if isinstance(value, str) and _STAND_IN.fullmatch(value):
        return False
    return placeholder(value) is None


def find_plain_secrets(value: Json, tokens: tuple[str, ...] = ()) -> Iterator[FoundSecret]:
    """Yield every plain secret of a JSON value; a number counts with its decimal spelling."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from find_plain_secrets(part, (*tokens, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from find_plain_secrets(part, (*tokens, str(index)))
    elif is_secret(tokens, value):
        ending = secret_ending(tokens, value)
        assert ending is not None
        yield FoundSecret(tokens, ending, str(value))


def masked(value: str) -> str:
    """Return a preview without the secret: `******** (12 characters)`, or a URL without it."""
    match = _USER_INFO.match(value)
    if match:
        return f"{match['scheme']}{match['user']}:********@{match['rest']}"
    count = len(value)
    return f"******** ({count} character{'' if count == 1 else 's'})"


def parts_to_mask(value: str) -> list[str]:
    """Return what must not be printed of a secret: itself, and a URL's password on its own."""
    from urllib.parse import unquote

    match = _USER_INFO.match(value)
    if not match:
        return [value]
    return [value, match["secret"], unquote(match["secret"])]
