"""The rule of what is a secret, how it is masked, and what a placeholder is.

One table of names answers two questions. *May it be shown?* Where in doubt it is hidden: a bare
`key`, whatever stands in a container such as `passwords`, a URL that is still being typed. *May it
move to the keyring?* (`core/plain_secrets.py`) Only what is surely a secret: a false alarm about the
prefix of a cache would be a nuisance. So everything that may move is hidden, and of the hidden
values only these stay where they are: the `_DOUBTFUL_PARTS`, members of secret containers, items of
lists, half-typed URLs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from loopmail import assets
from loopmail.core.js import UNDEFINED, Json

MASK = "********"
Secrecy = Literal["secret", "doubtful", "none"]

# Names are compared as small letters and digits alone: SMTP_PASSWORD, smtpPassword, smtp-password.
_KEYS = (
    "access account admin aes api app application auth aws azure client consumer crypto decrypt "
    "decryption deploy dkim encrypt encryption hmac integration license mailgun mailjet mandrill "
    "master pass postmark priv private root rsa sas secret sendgrid server service shared sign signing security "
    "sparkpost ssh ssl storage subscription webhook"
)
# Compass, bypass and the like end so, too; a password's hash or PEM text is as secret as itself.
_SECRET = re.compile(
    r"(?:(?<!by)(?<!com)(?<!tres)(?<!sur)(?<!over)(?<!under)(?<!low)(?<!high)(?<!band)(?<!single)pass"
    r"|passw|passwd|passwrd|password|passwort|kennwort|contrasena|contraseña|motdepasse|passphrase"
    r"|passcode|pwd|pswd|psw|pw|secret|token|credential|authori[sz]ation|cookie|bearer|jwt|pfx"
    r"|pkcs12|xoauth2|accesssignature|conn(?:ection)?str(?:ing)?"
    rf"|(?:{_KEYS.replace(' ', '|')})key)s?"
    r"(?:value|text|string|data|pem|base64|b64|hash|plain|raw|hex|content|new|old|base|confirm|v\d)*\d*\Z"
)
_SECRET_PARTS = frozenset({"sas", "p12"})  # too short to be told at the end of a longer word
_DOUBTFUL_PARTS = re.compile(
    r"keys?|pin|otp|totp|salt|seed|mnemonic|sig|signature|sessionid|pat"
    r"|connectsid|(?:basic|http|proxy)auth|auth(?:orization)?header"
)
_HARMLESS_KEYS = re.compile(
    r"cache|column|data|field|filter|foreign|group|header|host|hot|index|json|label|lookup|map|meta"
    r"|name|object|order|param|partition|path|pool|pub|public|query|routing|row|shard|sort"
    r"|table|title|translation|unique|url|verification|verify"
)
_COUNTS = frozenset({"max", "min", "num", "number", "count", "total", "limit"})
# Containers of these names hold harmless values, too (the account, an address).
_GROUPS = frozenset({"xoauth2", "token", "tokens"})
# A value of such a name is or holds the address of a server.
ADDRESS = re.compile(r"ur[il]|proxy|dsn|host|server|endpoint|connection", re.IGNORECASE)
# What stands beside the secrets of a sign-in block.
_SIGN_IN_HARMLESS = re.compile(
    r"(?:user|usr|name|login|e?mail|account|type|method|scopes?|service|client|ur[il]|id|domain|host"
    r"|realm|workstation|expires|timeout|mechanism|source|database|db)\Z"
)
# loopback-boot's placeholder (plugin-base.js DYNAMIC_CONFIG_PARAM) must end the string; JavaScript's
# \w is ASCII, and its $ is the very end of the text.
PLACEHOLDER = re.compile(r"\$\{([0-9A-Za-z_]+)\}\Z")
# What people write for one, whether LoopBack understands it or not.
LOOKS_LIKE_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|^\$[A-Z_][A-Z0-9_]*$")


@lru_cache(1)
def _secret_fields() -> frozenset[tuple[str, ...]]:
    """Return the paths of the fields that are secrets whole; an address may only hold one."""
    fields = assets.read_json("fields.json")["fields"]
    paths = [tuple(map(flat, f["path"].split("/")[1:])) for f in fields if f["kind"] == "secret"]
    return frozenset(path for path in paths if not ADDRESS.search(path[-1]))


def flat(name: str) -> str:
    """Return a name without its style: `x-api_Key` -> `xapikey`."""
    return re.sub(r"[\W_]+", "", name).lower()


def parts_of(name: str) -> list[str]:
    """Return the words of a name in any style: `smtpAPIKey` -> smtp, api, key."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in re.split(r"[\W_]+", words.lower()) if word]


@lru_cache(4096)
def secrecy(name: str) -> Secrecy:
    """Tell by its name alone whether a key holds a secret: `clientSecret` does, `tokenUrl` not."""
    parts = parts_of(name)
    if not parts or parts[0] in _COUNTS:
        return "none"
    last = parts[-1].rstrip("0123456789")
    if {parts[-1], last} & _SECRET_PARTS or _SECRET.search(flat(name)):
        return "secret"
    if last in ("key", "keys") and len(parts) > 1 and _HARMLESS_KEYS.fullmatch(parts[-2]):
        return "none"
    if name.lower() in ("auth", "sid") or any(map(_DOUBTFUL_PARTS.fullmatch, (last, flat(name)))):
        return "doubtful"
    return "none"


def names_above(tokens: Sequence[str | int]) -> list[str]:
    """Return the keys on the way to a value, its own included, the indexes of lists left out."""
    return [str(token) for token in tokens if not str(token).isdigit()]


def is_secret_field(names: Sequence[str]) -> bool:
    """Tell whether the place is a field of a transport that is a secret whole."""
    path = tuple(map(flat, names[-3:]))
    return any(path[-count:] in _secret_fields() for count in range(1, len(path) + 1))


def signs_in(names: Sequence[str]) -> bool:
    """Tell whether the place is in a sign-in block, and not known to be harmless there."""
    return "auth" in names[:-1] and _SIGN_IN_HARMLESS.search(flat(names[-1])) is None


def is_secret_place(tokens: Sequence[str | int]) -> bool:
    """Tell whether what stands at this place is hidden, whatever it is."""
    return _is_secret_path(tuple(names_above(tokens)))


@lru_cache(4096)
def _is_secret_path(names: tuple[str, ...]) -> bool:
    if not names:
        return False
    if secrecy(names[-1]) != "none" or is_secret_field(names) or signs_in(names):
        return True
    return any(secrecy(n) == "secret" and flat(n) not in _GROUPS for n in names[:-1])


def placeholder(value: Json) -> str | None:
    """Return the variable whose value LoopBack would put in place of this one, or None."""
    match = PLACEHOLDER.search(value) if isinstance(value, str) else None
    return match.group(1) if match else None


def is_placeholder(value: Json) -> bool:
    """Tell whether this is a `${VAR}` and nothing else: not `abc${VAR}`."""
    return isinstance(value, str) and PLACEHOLDER.match(value) is not None


# --- texts: URLs, connection strings, keys in PEM form


@dataclass(frozen=True, slots=True)
class Span:
    """A secret within a text; `sure` if it is complete and nothing else could stand there."""

    start: int
    end: int
    sure: bool


PEM_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?(?:-----)?(?P<body>[^\"'`]*?)(?=-----END|[\"'`]|\Z)"
)
_SCHEME = re.compile(r"\s*[A-Za-z][\w+.-]*:(?=//)")
_MAY_HOLD = re.compile(r"[:=]|-----BEGIN|(?i:bearer|basic)")
_AUTHORITY = re.compile(r"(?:^|:)//")
_LONGEST_URL = 4096  # characters, within a sentence; keeps texts full of "://" from taking long
_BLANK = re.compile(r"\s")
_PORT = re.compile(r"\d{0,5}(?=[^\w@%!$&*+=~-]|\Z)")
_HOST = re.compile(r"(?:\[[^\]\s]*\]?|[^\s/?#:]*):")
_IPV6 = re.compile(r"\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%\w*)?(?:\](?::\d*)?)?")
# Before a colon but no user; `git@host:path` has its "@" before the colon.
_NO_USER = re.compile(r"(?:mailto|sips?|xmpp|acct|urn|data|tel|cid|mid)\Z", re.IGNORECASE)
_BARE_USER = re.compile(r"\s*([^\s:]+):(\S+)@[^\s@]*\s*")
_BARE_HALF = re.compile(r"\s*([^\s:/?#{]+):([^\s/].*)", re.DOTALL)
_PARAMETER = re.compile(r"(?:^|(?<=[?&;,#=\s\"'({]))([A-Za-z_][\w.\- ]{0,40}?) *= *")
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"?|'(?:[^']|'')*'?|\{[^}]*\}?")
_HEADER = re.compile(r"\s*([A-Za-z][\w-]*)\s*:\s*(\S.*)", re.DOTALL)
_BEARER = re.compile(r"\s*(?:bearer|basic)\s+(\S{6,})\s*", re.IGNORECASE)


def secret_spans(text: str, *, address: bool = False) -> list[Span]:
    """Return where secrets stand in a text, in order and apart; `address`: one is expected here."""
    if not _MAY_HOLD.search(text):
        return []
    found = [Span(*m.span("body"), True) for m in PEM_KEY.finditer(text)]
    if ":" in text:
        found += _sign_ins(text, address)
        header = _HEADER.fullmatch(text)
        if header and secrecy(header[1]) == "secret":
            found.append(Span(*header.span(2), False))
    if "=" in text:
        found += _parameters(text)
    bearer = _BEARER.fullmatch(text)
    if bearer:
        found.append(Span(*bearer.span(1), False))
    joined: list[Span] = []
    for span in sorted(found, key=lambda one: (one.start, -one.end)):
        content = text[span.start : span.end].strip().strip("\"'{").strip()
        if not content or content == MASK or is_placeholder(text[span.start : span.end].strip()):
            continue
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            span = Span(last.start, max(last.end, span.end), last.sure or span.sure)
            joined.pop()
        joined.append(span)
    return joined


def _sign_ins(text: str, address: bool) -> Iterator[Span]:
    """Yield the passwords of `scheme://user:password@host`, also half-typed and without scheme."""
    if not _AUTHORITY.search(text):
        bare = _BARE_USER.fullmatch(text)
        half = _BARE_HALF.fullmatch(text) if address and not _IPV6.fullmatch(text.strip()) else None
        if bare and not _NO_USER.match(bare[1]):
            yield Span(*bare.span(2), address)
        elif half and not _PORT.match(half[2]):
            yield Span(*half.span(2), False)
        return
    # Then a blank belongs to the password; in a sentence it ends the URL.
    whole = _SCHEME.match(text)
    for match in _AUTHORITY.finditer(text):
        start = match.end()
        end = len(text)
        if not whole:
            blank = _BLANK.search(text, start, start + _LONGEST_URL)
            end = blank.start() if blank else min(end, start + _LONGEST_URL)
        at, colon = text.rfind("@", start, end), text.find(":", start, end)
        # Up to the last "@": a password with a "/" is no valid URL, and a secret nevertheless.
        if start <= colon < at and not re.search(r"[/?#]", text[start:colon]):
            yield Span(colon + 1, at, True)
        start = max(start, at + 1)
        host = _HOST.match(text, start, end)
        if host and not _PORT.match(text, host.end(), end):
            yield Span(host.end(), end, False)
        if whole:
            return


def _parameters(text: str) -> Iterator[Span]:
    """Yield the secret values of a query, of `Server=…;Password=…` and of `user=… password=…`."""
    for match in _PARAMETER.finditer(text):
        kind = secrecy(match[1].rpartition(".")[2])
        if kind == "none" or flat(match[1]).startswith("connectionstring"):
            continue
        before = text[match.start() - 1] if match.start() else ""
        quoted = _QUOTED.match(text, match.end())
        ends = {"": r"[^;]*", ";": r"[^;]*", "?": r"[^&;#\s]*", "&": r"[^&;#\s]*"}
        value = quoted or re.compile(ends.get(before, r"[^;&\s]*")).match(text, match.end())
        if value is None or is_placeholder(value[0].strip()):
            continue
        yield Span(*value.span(), kind == "secret" or flat(match[1]) in ("sig", "signature"))


def mask_text(text: str, *, address: bool = False) -> str:
    """Return a text without the passwords of URLs and connection strings, and without keys.

    `address`: the text stands where an address belongs, so that `user:secr` counts as one that is
    being typed.
    """
    for span in reversed(secret_spans(text, address=address)):
        hidden = text[span.start : span.end]
        quote = hidden[0] if hidden[0] in "\"'" and hidden[-1] == hidden[0] else ""
        text = f"{text[: span.start]}{quote}{MASK}{quote}{text[span.end :]}"
    return text


# --- may it be shown?


def mask_at(tokens: Sequence[str | int], value: Json, *, in_file: bool = False) -> Json:
    """Return a scalar as it may be shown at this place: a secret as `********`, a URL without it.

    The place is one within a data source, or (`in_file`) in a file, where the first name is that
    of a data source or a model, as LoopBack's own AccessToken, and says nothing about its members.
    Nothing (undefined, null, an empty text, true, false) and a bare `${VAR}` are no secrets.
    """
    if value is None or value is UNDEFINED or isinstance(value, bool) or value == "":
        return value
    if is_placeholder(value):
        return value
    if in_file and len(names_above(tokens)) > 1:
        tokens = tokens[1:]
    if is_secret_place(tokens):
        return MASK
    if not isinstance(value, str):
        return value
    names = names_above(tokens)
    return mask_text(value, address=bool(names) and ADDRESS.search(names[-1]) is not None)


def mask_host(host: Json) -> str:
    """Return a host as it may be shown: of a broken URL it may hold a part of the password."""
    return str(mask_at(("host",), host))


def mask_value(tokens: Sequence[str | int], value: Json, *, in_file: bool = False) -> Json:
    """Return a value of any kind as it may be shown at this place; `in_file` as in `mask_at`."""
    if not isinstance(value, dict | list):
        return mask_at(tokens, value, in_file=in_file)
    items = value.items() if isinstance(value, dict) else enumerate(value)
    shown = {key: mask_value((*tokens, key), part, in_file=in_file) for key, part in items}
    return shown if isinstance(value, dict) else list(shown.values())


def is_hidden(tokens: Sequence[str | int], value: Json, *, in_file: bool = False) -> bool:
    """Tell whether this scalar, or a part of it, may not be shown; `in_file` as in `mask_at`."""
    return bool(mask_at(tokens, value, in_file=in_file) != value)


def masked(value: str) -> str:
    """Return a preview without the secret: `******** (12 characters)`, or a URL without it."""
    partly = mask_text(value)
    if partly != value and not is_placeholder(value):
        return partly
    count = len(value)
    return f"{MASK} ({count} character{'' if count == 1 else 's'})"
