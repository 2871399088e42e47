"""Connection URLs (`url`), as Nodemailer reads them with Node's old `url.parse`.

Sources: parseConnectionUrl() of nodemailer-shared 1.1.0, lib/shared.js (Nodemailer 2.7.2), and of
nodemailer 4.7.0 and 6.10.1, lib/shared/index.js, which are one and the same; Url.prototype.parse in
lib/url.js and parse() in lib/querystring.js of Node 20. `tests/conformance/urls` has what they made
of many URLs.
"""

import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from loopmail.core.js import INHERITED_FUNCTIONS, Json, as_double, own_keys, truthy
from loopmail.core.nodemailer.conversions import to_number, to_string


class MalformedUrl(ValueError):
    """What Node throws for a URL, `code` being the error's: the app does not start."""

    def __init__(self, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.code = code


# --- Node's url.parse -----------------------------------------------------------------

_SPACE: Final = "".join(map(chr, range(33))) + "\u00a0\ufeff"
_ONLY_A_PATH = re.compile(r"(?://?(?!/)[^?\s]*)(\?[^\s]*)?\Z")
_PROTOCOL = re.compile(r"[a-z0-9.+-]+:", re.IGNORECASE | re.ASCII)
_USER_AT_HOST = re.compile(r"//[^@/]+@[^@/]+")
_PORT = re.compile(r":([0-9]*)\Z")
_NO_HOST: Final = ("javascript:",)
_WEB: Final = ("http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:")  # need the slashes
_HOST_LIMIT: Final = 255  # characters
_ESCAPED_FIRST = re.compile(r"[\t\n\r \"'<>\\^`{|}]")  # autoEscapeStr()
_NEVER_IN_A_HOST = re.compile(r"[\0\t\n\r #%/:<>?@\[\\\]^|]")
_NEVER_IN_IPV6 = re.compile(r"[\0\t\n\r #%/<>?@\\^|]")


@dataclass(slots=True)
class _Url:
    """What Nodemailer looks at."""

    protocol: str = ""
    credentials: str = ""
    host: str = ""
    port: str = ""
    query: dict[str, Json] = field(default_factory=dict)


def _parse(text: str) -> _Url:
    url = _Url()
    text = text.strip(_SPACE)
    before = re.split("[?#]", text, maxsplit=1)[0]
    rest = before.replace("\\", "/") + text[len(before) :]
    if "@" not in before and "#" not in rest and (path := _ONLY_A_PATH.match(rest)):
        url.query = _parse_query((path[1] or "?")[1:])
        return url
    protocol = _PROTOCOL.match(rest)
    if protocol:
        url.protocol = protocol[0].lower()
        rest = rest[protocol.end() :]
    slashes = rest.startswith("//") and bool(protocol or _USER_AT_HOST.match(rest))
    if url.protocol not in _NO_HOST:
        if slashes:
            rest = rest[2:]
        if slashes or (protocol and protocol[0] not in _WEB):
            rest = _take_host(rest, url)
    rest = _ESCAPED_FIRST.sub(lambda char: f"%{ord(char[0]):02X}", rest)
    url.query = _parse_query(rest.partition("#")[0].partition("?")[2])
    return url


def _take_host(rest: str, url: _Url) -> str:
    """Read user, host and port off the front; return what is left; raise MalformedUrl."""
    end = next((i for i, char in enumerate(rest) if char in "#/?"), len(rest))
    authority, rest = re.sub(r"[\t\n\r]", "", rest[:end]), rest[end:]
    credentials, at, place = authority.rpartition("@")
    if at:
        url.credentials = _component(credentials)
    host = re.split(r"[ \"%';<>\\^`{|}]", place, maxsplit=1)[0]
    rest = place[len(host) :] + rest
    if port := _PORT.search(host):
        url.port, host = port[1], host[: port.start()]
    is_ipv6 = host.startswith("[") and host.endswith("]")
    if not is_ipv6:
        host, colon, junk = host.partition(":")
        rest = f"/{colon}{junk}{rest}" if colon else rest
    host = "" if len(host) > _HOST_LIMIT else host.lower()
    if host and not is_ipv6:
        host = _to_ascii(host)
    if (_NEVER_IN_IPV6 if is_ipv6 else _NEVER_IN_A_HOST).search(host):
        raise MalformedUrl("Invalid URL", "ERR_INVALID_URL")
    url.host = host[1:-1] if is_ipv6 else host
    return rest


def _to_ascii(host: str) -> str:
    """Return a host as `domainToASCII` writes it, near enough for the hosts that exist."""
    if host.isascii():
        return host
    labels = re.split("[.\u3002\uff0e\uff61]", unicodedata.normalize("NFKC", host).lower())
    try:
        return ".".join(
            label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
            for label in labels
        )
    except UnicodeError as error:  # half of a character
        raise MalformedUrl("Invalid URL", "ERR_INVALID_URL") from error


def _component(text: str) -> str:
    """Decode as decodeURIComponent does; raise MalformedUrl for what it refuses."""
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise MalformedUrl("URI malformed")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedUrl("URI malformed") from error


# --- Node's querystring.parse ---------------------------------------------------------

_MOST_PAIRS: Final = 1000  # Node's maxKeys
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")


def _parse_query(query: str) -> dict[str, Json]:
    """Return the parameters: a text each, a list where a name comes more than once."""
    found: dict[str, list[str]] = {}
    for pair in [pair for pair in query.split("&") if pair][:_MOST_PAIRS]:
        key, _, value = (_unescape(part) for part in pair.replace("+", " ").partition("="))
        found.setdefault(key, []).append(value)
    return {key: given if len(given) > 1 else given[0] for key, given in found.items()}


def _unescape(text: str) -> str:
    if not _ESCAPE.search(text):
        return text
    try:
        return _component(text)
    except MalformedUrl:  # Node goes byte by byte then, with the low half of each UTF-16 unit
        low = text.encode("utf-16-le", "surrogatepass")[::2]
        return unquote_to_bytes(low).decode("utf-8", "replace")


# --- Nodemailer's parseConnectionUrl --------------------------------------------------

_EVERY_OBJECT: Final = INHERITED_FUNCTIONS | {"__proto__"}
_EVERY_ARRAY: Final = frozenset(
    (
        "length", "at", "concat", "copyWithin", "fill", "find", "findIndex", "findLast",
        "findLastIndex", "lastIndexOf", "pop", "push", "reverse", "shift", "unshift", "slice",
        "sort", "splice", "includes", "indexOf", "join", "keys", "entries", "values", "forEach",
        "filter", "flat", "flatMap", "map", "every", "some", "reduce", "reduceRight",
        "toReversed", "toSorted", "toSpliced", "with",
    )
)  # fmt: skip


class _NamedArray(dict[str, Json]):
    """An array that was given names beside its numbers, as JavaScript lets one."""


def parse_connection_url(text: str) -> dict[str, Json]:
    """Return the settings that a connection URL stands for: all that its transport then has.

    createTransport() drops the keys beside it. Raise MalformedUrl for what Node refuses.
    """
    url = _parse(text)
    options: dict[str, Json] = {}
    match url.protocol:
        case "smtp:" | "smtps:":
            options["secure"] = url.protocol == "smtps:"
        case "direct:":
            options["direct"] = True
    if to_number(url.port):
        options["port"] = as_double(to_number(url.port))
    if url.host:
        options["host"] = url.host
    if url.credentials:
        user, _, password = url.credentials.partition(":")
        options["auth"] = {"user": user, "pass": password}
    for key in own_keys(url.query):
        value = _value(url.query[key])
        if key.startswith("tls."):
            _set_tls(options, key[4:], value)
        elif "." not in key and key not in _EVERY_OBJECT:
            options.setdefault(key, value)
    return options


def _value(value: Json) -> Json:
    number = to_number(value)
    if not math.isnan(number):
        return as_double(number)
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _set_tls(options: dict[str, Json], key: str, value: Json) -> None:
    """Set `tls.key` unless `key in tls`; raise MalformedUrl where `tls` is no object."""
    if not truthy(options.get("tls")):
        options["tls"] = {}
    tls, inherited = options["tls"], _EVERY_OBJECT
    if isinstance(tls, list):
        tls = _NamedArray((str(number), each) for number, each in enumerate(tls))
    if isinstance(tls, _NamedArray):
        inherited |= _EVERY_ARRAY
    if not isinstance(tls, dict):
        shown = to_string(tls)
        raise MalformedUrl(f"Cannot use 'in' operator to search for '{key}' in {shown}")
    if key not in inherited and key not in tls:
        tls[key] = value
        options["tls"] = tls
