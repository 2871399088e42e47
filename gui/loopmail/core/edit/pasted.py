"""A mail server in a text that was pasted: a URL, environment variables, a swaks line, JavaScript.

`read_pasted` understands and writes nothing; `apply_pasted` returns the changes that put it into a
transport. The password is kept out of `repr` and out of the changes unless it is handed in.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.edit.assignments import Said, settings_in
from loopmail.core.edit.connection_security import CLEAR_PORTS, TLS_PORT
from loopmail.core.edit.fields import TRANSPORT_FIELDS
from loopmail.core.edit.presets import find_preset
from loopmail.core.errors import UsageError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import at, parse_pointer
from loopmail.core.loopback.datasources import require_mail
from loopmail.core.loopback.transport import Transport
from loopmail.core.nodemailer import find_service
from loopmail.core.nodemailer.connection_url import MalformedUrl, parse_connection_url
from loopmail.core.nodemailer.types import Tls
from loopmail.core.plain_secrets import is_stand_in
from loopmail.core.secret_names import MASK, is_placeholder

Kind = Literal["url", "settings", "swaks"]

_LONGEST = 20_000  # characters of a text that is looked at
_LONGEST_VALUE = 4096  # characters; Nodemailer has no limit, a settings file has


@dataclass(frozen=True, slots=True)
class Pasted:
    """A mail server and what to sign in with. `more` are other settings of a transport, by path.

    An empty `password` was not given, or what stood there only stands in for one.
    """

    kind: Kind
    host: str
    port: int | None = None
    security: Tls | None = None  # None: not said
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    recipient: str = ""
    more: Mapping[str, Json] = field(default_factory=dict)

    @property
    def names_variable(self) -> bool:
        """Whether the password is a `${VAR}`, which is no secret and may stand in the file."""
        return is_placeholder(self.password)


def read_pasted(text: str) -> Pasted | None:
    """Return the mail server that a text describes, None if it describes none."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    for read in (_read_url, _read_swaks, _read_settings):
        found = read(text)
        if found is not None:
            return _settled(found)
    return None


def _settled(found: Pasted) -> Pasted | None:
    """Return it with port and security that fit each other, and without what only stands in."""
    values = (found.host, found.user, found.password, found.sender, found.recipient)
    if any(len(value) > _LONGEST_VALUE or _CONTROL.search(value) for value in values):
        return None
    if re.search(r"[\s@/]", found.host):
        return None
    security, port = found.security, found.port
    if port == TLS_PORT and security != "never":
        security = "implicit"
    elif port in CLEAR_PORTS and security == "implicit":
        security = "starttls-required"
    if port is None:
        port = TLS_PORT if security == "implicit" else 587
    stands_in = found.password == MASK or is_stand_in(found.password)
    password = "" if stands_in and not found.names_variable else found.password
    user, password = ("" if one.lower() in _NOTHING else one for one in (found.user, password))
    return replace(found, port=port, security=security, user=user, password=password)


_NOTHING = ("null", "none", "undefined")  # how files say that there is no sign-in
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


# --- URLs -----------------------------------------------------------------------------

# How other libraries spell Nodemailer's two, and what they mean by it.
_SCHEMES: Mapping[str, tuple[str, Tls | None]] = {
    "smtp": ("smtp", None),
    "smtps": ("smtps", "implicit"),
    "smtp+ssl": ("smtps", "implicit"),
    "smtp+tls": ("smtp", "starttls-required"),
    "smtp+starttls": ("smtp", "starttls-required"),
    "submission": ("smtp", "starttls-required"),
    "submissions": ("smtps", "implicit"),
}
_URL = re.compile(r"""["'`<(]?([A-Za-z][A-Za-z+]*)://([^\s"'`<>]+)["'`>),;]*\Z""")
_CALL_WITH_URL = re.compile(r"""createTransport\(\s*(["'`])([^"'`\s]+)\1""")
_KNOWN = {one.path: one for one in TRANSPORT_FIELDS}
_OWN = ("/host", "/port", "/secure", "/requireTLS", "/ignoreTLS", "/url", "/service", "/type")


def _read_url(text: str) -> Pasted | None:
    if call := _CALL_WITH_URL.search(text):
        text = call[2]
    match = _URL.match(text)
    scheme, meant = _SCHEMES.get(match[1].lower() if match else "", ("", None))
    if match is None or not scheme:
        return None
    options = _options(f"{scheme}://{match[2]}")
    host, port = options.get("host"), options.get("port")
    if not isinstance(host, str):
        return None
    auth = options.get("auth")
    user, password = (auth["user"], auth["pass"]) if isinstance(auth, dict) else ("", "")
    return Pasted(
        "url",
        host,
        _port(port),
        _security_in(options) or meant,
        user,
        password,
        more=dict(_further(options)),
    )


def _options(url: str) -> dict[str, Json]:
    """Return what Nodemailer makes of a URL; a lone % stands for itself, as who wrote it meant."""
    try:
        return parse_connection_url(url)
    except MalformedUrl:
        escaped = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", url)
    try:
        return parse_connection_url(escaped)
    except MalformedUrl:
        return {}


def _port(value: Json) -> int | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if number and value == int(value) and 0 < value < 65536 else None


def _security_in(options: Mapping[str, Json]) -> Tls | None:
    """Return what the keys of Nodemailer's say, beside `secure: false` that any smtp:// has."""
    if options.get("secure") is True:
        return "implicit"
    if options.get("ignoreTLS") is True:
        return "never"
    return "starttls-required" if options.get("requireTLS") is True else None


def _further(options: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield the other settings, those that Nodemailer knows and that are no secrets."""
    for path, one in _KNOWN.items():
        value = at(dict(options), parse_pointer(path))
        if value is UNDEFINED or path in _OWN or path.startswith("/auth"):
            continue
        if one.kind != "secret" and isinstance(value, bool | int | float | str):
            yield path, value


# --- A line of swaks ------------------------------------------------------------------

# Source: the manual of swaks 20240103, TRANSPORT OPTIONS, TLS OPTIONS, AUTHENTICATION OPTIONS. Each
# may be written with one or two dashes, and its argument after a blank or “=”.
_SWAKS: Mapping[str, str] = {
    "server": "host", "s": "host", "port": "port", "p": "port", "auth-user": "user", "au": "user",
    "auth-password": "password", "ap": "password", "from": "from", "f": "from", "to": "to",
    "t": "to", "ehlo": "name", "helo": "name", "h": "name", "lhlo": "name", "protocol": "protocol",
}  # fmt: skip
_SWAKS_TLS: Mapping[str, Tls] = {
    "tls": "starttls-required",
    "tls-optional": "starttls-if-offered",
    "tlso": "starttls-if-offered",
    "tls-optional-strict": "starttls-if-offered",
    "tlsos": "starttls-if-offered",
    "tls-on-connect": "implicit",
    "tlsc": "implicit",
}
_SWAKS_PROTOCOLS: Mapping[str, Tls] = {
    "SMTPS": "implicit",
    "SSMTP": "implicit",
    "ESMTPS": "starttls-required",
}
_CALL = re.compile(r"(?:^|[\s;&|/$])swaks\s+(?=-)")


def _read_swaks(text: str) -> Pasted | None:
    text = re.sub(r"\\\r?\n", " ", text)
    call = _CALL.search(text)
    if call is None:
        return None
    given, security = _arguments(_split(text[call.end() :]))
    security = _SWAKS_PROTOCOLS.get(given.get("protocol", "").upper().rstrip("A"), security)
    host, port = _split_port(given.get("host", ""))
    number = given.get("port", port)
    if not host:
        return None
    return Pasted(
        "swaks",
        host,
        _port(int(number)) if number.isdigit() else (TLS_PORT if security == "implicit" else 25),
        security,
        given.get("user", ""),
        given.get("password", ""),
        given.get("from", ""),
        given.get("to", ""),
        {"/name": given["name"]} if given.get("name") else {},
    )


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=False)
    except ValueError:  # a quote that is not closed
        return text.split()


def _arguments(words: Sequence[str]) -> tuple[dict[str, str], Tls | None]:
    given: dict[str, str] = {}
    security: Tls | None = None
    for at_, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        security = _SWAKS_TLS.get(name, security)
        if name in _SWAKS:
            following = words[at_ + 1] if at_ + 1 < len(words) else ""
            given[_SWAKS[name]] = value if equals else following
    return given, security


def _split_port(host: str) -> tuple[str, str]:
    """Return host and port of `host:587`, `[::1]:25`, `host`."""
    match = re.fullmatch(r"(\[[^\]]+\]|[^:]*):([0-9]{1,5})", host)
    if match:
        host = match[1]
    return host.strip("[]"), match[2] if match else ""


# --- Names with values ----------------------------------------------------------------


def _read_settings(text: str) -> Pasted | None:
    said = settings_in(text)
    if not said:
        return None
    first = {role: each[0].value for role, each in said.items()}
    base = _read_url(first["url"]) if "url" in first else None
    base = base or _read_service(first.get("service", ""))
    host, port = _split_port(first.get("host", ""))
    if base is None and not host:
        return None
    base = base or Pasted("settings", host)
    written = first.get("port", port)
    number = int(written) if written.isdigit() else base.port
    return replace(
        base,
        kind="settings",
        host=base.host or host,
        port=number,
        security=_security(said.get("security", []), number) or base.security,
        user=first.get("user", "") or base.user,
        password=first.get("password", "") or base.password,
        sender=first.get("from", ""),
        recipient=first.get("to", ""),
        more={**base.more, **({"/name": first["name"]} if "name" in first else {})},
    )


def _read_service(name: str) -> Pasted | None:
    """Return the server of a provider that is only named, as `service: 'gmail'`."""
    if not name:
        return None
    try:
        preset = find_preset(name)
    except UsageError:
        entry = find_service(name, 6) or {}
        if not isinstance(host := entry.get("host"), str):
            return None
        return Pasted("settings", host, _port(entry.get("port")), _security_in(entry))
    required: Tls = "starttls-required" if preset.require_tls else "starttls-if-offered"
    return Pasted("settings", preset.host, preset.port, "implicit" if preset.secure else required)


_YES = ("true", "1", "yes", "on", "enabled", "required", "require", "always")
_AT_ONCE = ("ssl", "smtps", "ssltls", "tlsssl", "implicit", "implicittls", "tlswrapper", "wrapper")
_LATER = ("starttls", "explicit", "explicittls")


def _security(said: Sequence[Said], port: int | None) -> Tls | None:
    """Return how the connection is to be secured, None if nothing says it."""
    found: Tls | None = None
    for one in said:
        meant = _meant(re.sub(r"[^a-z]", "", one.name.lower()), one.value.lower(), port)
        found = meant if meant is not None and found in (None, "starttls-if-offered") else found
    return found


def _meant(name: str, value: str, port: int | None) -> Tls | None:
    word = re.sub(r"[^a-z0-9]", "", value)
    at_once: Tls = "implicit" if port not in CLEAR_PORTS else "starttls-required"
    later: Tls = "implicit" if port == TLS_PORT else "starttls-required"
    if word in _AT_ONCE:
        return at_once
    if word in _LATER:
        return later
    if name.endswith("ignoretls"):
        return "never" if word in _YES else None
    if word == "tls" or word in _YES and re.search(r"tls\Z|encryption\Z|starttls\w*\Z", name):
        return later
    if word in _YES:
        return at_once
    return "starttls-if-offered"


# --- Writing it -----------------------------------------------------------------------


def apply_pasted(
    workspace: Workspace,
    file: str,
    datasource: str,
    pasted: Pasted,
    *,
    password: Json = UNDEFINED,
    transport: int = 0,
) -> list[Change]:
    """Write a server into a transport (new data source if it is missing); other keys stay.

    `password` is what stands in its place: a `${VAR}`, or the password itself. A user and a password
    that are there stay where none was pasted. Raise EditError as `apply_preset` does.
    """
    require_mail(workspace.snapshot(), datasource)
    place = Transport(workspace.snapshot(), file, datasource, transport)
    values: dict[str, Json] = {"/type": "smtp", "/host": pasted.host, "/port": pasted.port}
    values |= {path: place.nothing_for(path) for path in ("/service", "/url")}
    values |= _secured(pasted, place)
    if pasted.user:
        values["/auth/user"] = pasted.user
    if password is not UNDEFINED:
        values["/auth/pass"] = password
    if not isinstance(place.own("/auth"), dict):
        auth = {
            path[6:]: values.pop(path) for path in ("/auth/user", "/auth/pass") if path in values
        }
        if auth:
            values["/auth"] = auth
    builder = ChangeBuilder(workspace)
    place.write(builder, values | dict(pasted.more), replace=True)
    return builder.changes


def _secured(pasted: Pasted, place: Transport) -> dict[str, Json]:
    """Return Nodemailer's keys for how the connection is secured."""
    wanted = {"/requireTLS": "starttls-required", "/ignoreTLS": "never"}
    keys = {p: True if s == pasted.security else place.nothing_for(p) for p, s in wanted.items()}
    if pasted.security == "starttls-required":
        keys["/opportunisticTLS"] = place.nothing_for("/opportunisticTLS")
    return {"/secure": pasted.security == "implicit", **keys}
