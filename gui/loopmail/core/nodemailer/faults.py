"""Settings that make every send fail or kill the app, whatever the server does.

Most of the texts are Node's own (20, "Errors" in its documentation); they come out where the files
of Nodemailer named in `smtp` pass a setting on without looking at it. Further sources, nodemailer
6.10.1: lib/shared/index.js, getLogger(); lib/mailer/index.js, setupProxy(); lib/xoauth2/index.js,
the constructor; lib/dkim/sign.js.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.conversions import (
    is_ip,
    member,
    number_text,
    received,
    to_number,
    to_string,
)
from loopmail.core.nodemailer.rules import Rules
from loopmail.core.nodemailer.types import BootFailure, Fault

_PROTOCOL = re.compile(r"[a-z0-9.+-]+:", re.IGNORECASE)  # of Node's url.parse
_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


def refuse_boot(options: Mapping[str, Json], rules: Rules, pool: bool) -> None:
    """Raise BootFailure for settings that stop the app from booting."""
    if rules.logger_is_made_at_boot and _is_no_logger(options):
        raise BootFailure("logger[level] is not a function")
    proxy = options.get("proxy", UNDEFINED)
    if isinstance(proxy, str):
        try:
            urlsplit(proxy.strip())
        except ValueError:
            raise BootFailure("Invalid URL", "ERR_INVALID_URL") from None
    block = options.get("auth", UNDEFINED)
    method = member(block, "method")
    trimmed = rules.auth_type_counts and not pool and not _is_oauth2(block)
    if trimmed and truthy(method) and not isinstance(method, str):
        raise BootFailure('(authData.method || "").trim is not a function')


def _is_no_logger(options: Mapping[str, Json]) -> bool:
    """Tell whether `logger` is neither off nor Nodemailer's own; JSON holds no other one."""
    logger = options.get("logger", UNDEFINED)
    return truthy(logger) and logger is not True


def _is_oauth2(block: Json) -> bool:
    kind = member(block, "type")
    return isinstance(kind, str) and kind.upper() == "OAUTH2"


def find_faults(options: Mapping[str, Json], rules: Rules, pool: bool) -> tuple[Fault, ...]:
    """Return what will go wrong by the settings alone, in the order in which it would show."""
    found = (
        _before_sending(options, rules, pool),
        _proxy(options, rules),
        _host(options, rules),
        _port(options, rules),
        _local_address(options),
        _socket_timeout(options),
        *_tls_version(options, rules),
        _dkim(options, rules),
    )
    return tuple(fault for fault in found if fault is not None)


def _before_sending(options: Mapping[str, Json], rules: Rules, pool: bool) -> Fault | None:
    if not rules.logger_is_made_at_boot and _is_no_logger(options):
        return Fault("send", "crash", "this.logger.info is not a function")
    block = options.get("auth", UNDEFINED)
    if pool or not rules.auth_type_counts or not _is_oauth2(block):
        return None
    user, key = member(block, "user"), member(block, "privateKey")
    named = truthy(user) or truthy(member(block, "service"))
    if named and truthy(member(block, "serviceClient")) and not (truthy(user) and truthy(key)):
        text = 'Options "privateKey" and "user" are required for service account!'
        return Fault("send", "crash", text)
    return None


def _proxy(options: Mapping[str, Json], rules: Rules) -> Fault | None:
    proxy = options.get("proxy", UNDEFINED)
    if not isinstance(proxy, str) or not proxy:
        return None
    if not rules.legacy_transports and not _PROTOCOL.match(proxy.strip()):
        return Fault("send", "crash", "Cannot read properties of null (reading 'replace')")
    scheme = urlsplit(proxy.strip()).scheme if "://" in proxy else ""
    if scheme in ("http", "https"):
        return None
    if scheme in ("socks", "socks4", "socks4a", "socks5"):
        if rules.legacy_transports:
            return None
        return Fault("send", "error", "Socks module not loaded")
    return Fault("send", "error", "Unknown proxy configuration")


def _host(options: Mapping[str, Json], rules: Rules) -> Fault | None:
    host = options.get("host", UNDEFINED)
    if not truthy(host) or isinstance(host, str):
        return None
    if rules.own_dns:
        text = f'The "name" argument must be of type string. Received {received(host)}'
        return Fault("lookup", "crash", text, "ERR_INVALID_ARG_TYPE")
    text = f'The "hostname" argument must be of type string. Received {received(host)}'
    return Fault("lookup", "error", text, "ECONNECTION", "CONN")


def _port(options: Mapping[str, Json], rules: Rules) -> Fault | None:
    given = options.get("port", UNDEFINED)
    if not truthy(given):
        return None
    number, shown = to_number(given), received(given)
    if rules.port_is_converted:
        if math.isnan(number) or number == 0:
            return None
        shown = f"type number ({number_text(number)})"
    elif not isinstance(given, (int, float, str)) or isinstance(given, bool):
        text = f'The "options.port" property must be one of type number or string. Received {shown}'
        return Fault("connect", "error", text, "ECONNECTION", "CONN")
    if not math.isnan(number) and 0 <= number < 65536 and number == int(number):
        return None
    text = f"Port should be >= 0 and < 65536. Received {shown}."
    return Fault("connect", "error", text, "ECONNECTION", "CONN")


def _local_address(options: Mapping[str, Json]) -> Fault | None:
    local = options.get("localAddress", UNDEFINED)
    if not truthy(local) or is_ip(local):
        return None
    return Fault("connect", "error", f"Invalid IP address: {local}", "ECONNECTION", "CONN")


def _socket_timeout(options: Mapping[str, Json]) -> Fault | None:
    given = options.get("socketTimeout", UNDEFINED)
    if not truthy(given):
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        text = f'The "msecs" argument must be of type number. Received {received(given)}'
        return Fault("connected", "crash", text, "ERR_INVALID_ARG_TYPE")
    if given < 0:
        shown = number_text(given)
        if given < -(2**32) and shown[1:].isdigit():  # Node's ERR_OUT_OF_RANGE groups the digits
            shown = f"{int(given):_}"
        text = (
            'The value of "msecs" is out of range. It must be a non-negative finite number. '
            f"Received {shown}"
        )
        return Fault("connected", "crash", text, "ERR_OUT_OF_RANGE")
    return None


def _tls_version(options: Mapping[str, Json], rules: Rules) -> tuple[Fault, ...]:
    """A bad protocol version throws: caught when connecting, and since line 6 in STARTTLS too."""
    for key, kind in (("minVersion", "minimum"), ("maxVersion", "maximum")):
        value = member(options.get("tls", UNDEFINED), key)
        if truthy(value) and value not in _TLS_VERSIONS:
            text = f'"{value}" is not a valid {kind} TLS protocol version'
            return tls_faults(text, "ERR_TLS_INVALID_PROTOCOL_VERSION", rules)
    return ()


def tls_faults(text: str, code: str, rules: Rules) -> tuple[Fault, ...]:
    """Return what becomes of an error that tls.connect throws: at once, and after STARTTLS."""
    first = Fault("tls", "error", text, "ECONNECTION", "CONN")
    if not rules.starttls_errors_are_caught:
        return first, Fault("starttls", "crash", text, code)
    upgrade = f"Error initiating TLS - {text}"
    return first, Fault("starttls", "error", upgrade, "ETLS", "STARTTLS")


def _dkim(options: Mapping[str, Json], rules: Rules) -> Fault | None:
    block = options.get("dkim", UNDEFINED)
    if not rules.signs_with_dkim or not isinstance(block, dict):
        return None
    keys = block.get("keys") or [block]
    for key in keys if isinstance(keys, list) else [keys]:
        if not isinstance(member(key, "domainName"), str):
            text = "Cannot read properties of undefined (reading 'split')"
            return Fault("message", "crash", text)
    return None


# --- Settings that would become commands ----------------------------------------------
# Nodemailer writes them into its commands as they are. Sources: _actionGreeting() of smtp-connection
# 2.12.0, lib/smtp-connection.js, and of nodemailer 4.7.0 and 6.10.1, lib/smtp-connection/index.js;
# the CONNECT of nodemailer 2.7.2, lib/http-proxy.js, and 6.10.1,
# lib/smtp-connection/http-proxy-client.js. Addresses it looks at itself (EENVELOPE).

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Smuggled:
    """A setting with control characters: its key, the stage that it would spoil, a sentence."""

    key: str
    stage: Literal["connect", "dns", "ehlo"]
    text: str


def smuggled(options: Mapping[str, Json]) -> tuple[Smuggled, ...]:
    """Return the options that would put more than themselves on a line of the dialogue.

    loopmail sends nothing with them, although the app would.
    """
    tunnel = truthy(options.get("proxy"))
    places: tuple[tuple[str, Literal["connect", "dns", "ehlo"], str, bool], ...] = (
        ("name", "ehlo", "EHLO", True),
        ("host", "connect" if tunnel else "dns", "CONNECT to the proxy" if tunnel else "", True),
        ("port", "connect", "CONNECT to the proxy", tunnel),
    )
    found = []
    for key, stage, command, counts in places:
        value = options.get(key, UNDEFINED)
        match = _CONTROL.search(to_string(value)) if counts and truthy(value) else None
        if match is None:
            continue
        what = (
            "a line break" if match[0] in "\r\n" else f"the control character U+{ord(match[0]):04X}"
        )
        text = f"“{key}” holds {what}"
        if command:
            text += (
                f": the app writes it into {command}, where what follows is a command of its own"
            )
        found.append(Smuggled(key, stage, f"{text}."))
    return tuple(found)
