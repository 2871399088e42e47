"""Connection URLs (`url`) and well-known services (`service`), as Nodemailer reads them."""

import math
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import parse_qsl, unquote

from loopmail.assets import read_json
from loopmail.core.js import INHERITED_FUNCTIONS, UNDEFINED, Json, as_double, own_keys, truthy
from loopmail.core.nodemailer.conversions import to_number, to_string
from loopmail.core.nodemailer.rules import Line


class MalformedUrl(ValueError):
    """What Node or Nodemailer throws for the URL, in its words."""


def _component(text: str) -> str:
    """Decode as decodeURIComponent does; raise MalformedUrl for what it refuses."""
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise MalformedUrl("URI malformed")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedUrl("URI malformed") from error


# Without “//” these name no host (url.parse in Node's lib/url.js; other protocols do).
_SLASHED = {"http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:", "javascript:"}
_SIGNED_IN = re.compile("//[^@/]+@[^@/]+")  # needs no protocol to count as a host
_HOST_ENDS = re.compile(r"[\t\n\r \"%;<>^`{|}']")


def _authority(text: str, options: dict[str, Json]) -> None:
    credentials, at, place = text.rpartition("@")
    place = _HOST_ENDS.split(place, maxsplit=1)[0]
    port = re.search(r":([0-9]*)\Z", place)
    if port:
        place = place[: port.start()]
        number = to_number(port[1])
        if number > 0:
            options["port"] = as_double(number)
    host = place[1:-1] if place.startswith("[") and place.endswith("]") else place
    if host:
        options["host"] = host.lower()
    if at and credentials:
        user, _, password = _component(credentials).partition(":")
        options["auth"] = {"user": user, "pass": password}


def _query_value(value: Json) -> Json:
    number = to_number(value)
    if not math.isnan(number):
        return as_double(number)
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def parse_connection_url(url: str) -> dict[str, Json]:
    """Return the settings a connection URL stands for: all that its transport then has.

    Source: nodemailer-shared 1.1.0, lib/shared.js (Nodemailer 2.7.2), and nodemailer 6.10.1,
    lib/shared/index.js, parseConnectionUrl(); createTransport() drops the other keys.

    Raise MalformedUrl for a broken percent sequence in the user or password, and where a member is to
    be set of a `tls` that is no object.
    """
    options: dict[str, Json] = {}
    rest, _, query = url.strip().split("#", 1)[0].partition("?")
    protocol = ""
    if found := re.match(r"[a-zA-Z0-9.+-]+:", rest):
        rest, protocol = rest[found.end() :], found[0].lower()
        match protocol:
            case "smtp:":
                options["secure"] = False
            case "smtps:":
                options["secure"] = True
            case "direct:":
                options["direct"] = True
    rest = rest.replace("\\", "/")
    slashes = rest.startswith("//") and (protocol or _SIGNED_IN.match(rest))
    if slashes or (protocol and protocol not in _SLASHED):
        _authority(rest.removeprefix("//").partition("/")[0], options)
    values: dict[str, list[str]] = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        values.setdefault(key, []).append(text)
    for key in own_keys(values):
        given = values[key]
        value = _query_value(given if len(given) > 1 else given[0])
        if key.startswith("tls."):
            if not truthy(options.get("tls", UNDEFINED)):
                options["tls"] = {}
            _put(options["tls"], key[4:], value)
        elif "." not in key:
            _put(options, key, value)
    return options


def _put(target: Json, key: str, value: Json) -> None:
    """Set what is not there yet, as `if (!(key in target))` does; raise MalformedUrl where it throws."""
    if isinstance(target, dict):
        if key not in INHERITED_FUNCTIONS and key != "__proto__":
            target.setdefault(key, value)
    elif not isinstance(target, list):  # a list takes it, and nobody sees it there
        text = f"Cannot use 'in' operator to search for '{key}' in {to_string(target)}"
        raise MalformedUrl(text)


# --- Well-known services (`service`) --------------------------------------------------
# Each line's list as data, from services.json of nodemailer-wellknown 0.1.10 (Nodemailer 2.7.2) and
# lib/well-known/services.json of nodemailer 4 and 6.

_DATA = "nodemailer_services.json"


def _key(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9.\-]", "", text).lower()


@cache
def _index(line: Line) -> Mapping[str, Mapping[str, Json]]:
    index: dict[str, Mapping[str, Json]] = {}
    for name, entry in read_json(_DATA)["services"][str(line)].items():
        fields = {k: v for k, v in entry.items() if k not in ("aliases", "domains")}
        for key in (name, *entry.get("aliases", ()), *entry.get("domains", ())):
            index[_key(key)] = fields
    return index


def service_names(line: Line) -> tuple[str, ...]:
    """Return the names of the services that this line knows, as Nodemailer spells them."""
    return tuple(read_json(_DATA)["services"][str(line)])


def find_service(name: str, line: Line) -> Mapping[str, Json] | None:
    """Return the settings that `service: name` puts over the user's own, None if unknown.

    The name may be an alias, a domain or an address (the part after the last @ counts); other
    characters than letters, digits, dots and hyphens do not. Source: nodemailer-wellknown 0.1.10,
    index.js (Nodemailer 2.7.2), and nodemailer 6.10.1, lib/well-known/index.js.
    """
    return _index(line).get(_key(name.rsplit("@", 1)[-1]))
