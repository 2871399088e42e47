"""Connection URLs (`url`) and well-known services (`service`), as Nodemailer reads them."""

import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote_to_bytes

from loopmail.assets import read_json
from loopmail.core.js import Json
from loopmail.core.nodemailer.conversions import to_number
from loopmail.core.nodemailer.rules import Line

_PROTOCOL = re.compile(r"([a-zA-Z0-9.+-]+:)")
_PORT = re.compile(r":(\d*)\Z")


class MalformedUrl(ValueError):
    """Node's `URIError: URI malformed`."""


def _component(text: str) -> str:
    """Decode as decodeURIComponent does; raise MalformedUrl for what it refuses."""
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise MalformedUrl("URI malformed")
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedUrl("URI malformed") from error


def _query_part(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


def _query(text: str) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        key, content = _query_part(name), _query_part(value)
        if key not in values:
            values[key] = content
        elif isinstance(values[key], list):
            values[key].append(content)
        else:
            values[key] = [values[key], content]
    return values


def _authority(text: str, options: dict[str, Json]) -> None:
    credentials, at, place = text.rpartition("@")
    port = _PORT.search(place)
    if port:
        place = place[: port.start()]
        if port.group(1) and int(port.group(1)):
            options["port"] = int(port.group(1))
    host = place[1:-1] if place.startswith("[") and place.endswith("]") else place
    if host:
        options["host"] = host.lower()
    if at and credentials:
        user, _, password = _component(credentials).partition(":")
        options["auth"] = {"user": user, "pass": password}


def _query_value(value: Json) -> Json:
    number = to_number(value)
    if number == number:
        return int(number) if number == int(number) else number
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def parse_connection_url(url: str) -> dict[str, Json]:
    """Return the settings a connection URL stands for: all that its transport then has.

    Source: nodemailer-shared 1.1.0, lib/shared.js (Nodemailer 2.7.2), and nodemailer 6.10.1,
    lib/shared/index.js, parseConnectionUrl(); createTransport() drops the other keys.

    Raise MalformedUrl for a broken percent sequence in the user or password.
    """
    options: dict[str, Json] = {}
    rest = url.strip()
    rest = rest.split("#", 1)[0]
    rest, _, query = rest.partition("?")
    protocol = _PROTOCOL.match(rest)
    if protocol:
        rest = rest[protocol.end() :]
        match protocol.group(1).lower():
            case "smtp:":
                options["secure"] = False
            case "smtps:":
                options["secure"] = True
            case "direct:":
                options["direct"] = True
    if rest.startswith("//"):
        _authority(re.split(r"[/\\]", rest[2:], maxsplit=1)[0], options)
    for key, raw in _query(query).items():
        value = _query_value(raw)
        if key.startswith("tls."):
            options.setdefault("tls", {}).setdefault(key[4:], value)
        elif "." not in key:
            options.setdefault(key, value)
    return options


# --- Well-known services (`service`) --------------------------------------------------
# Each line's list as data, from services.json of nodemailer-wellknown 0.1.10 (Nodemailer 2.7.2) and
# lib/well-known/services.json of nodemailer 4 and 6.

_DATA = "nodemailer_services.json"
_NOT_IN_KEY = re.compile(r"[^a-zA-Z0-9.\-]")


def _key(text: str) -> str:
    return _NOT_IN_KEY.sub("", text).lower()


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
