"""An SMTP transport's settings -> what the connection would do.

Sources: for Nodemailer 2.7.2, SMTPTransport() of nodemailer-smtp-transport 2.7.2,
lib/smtp-transport.js, and SMTPConnection() of smtp-connection 2.12.0, lib/smtp-connection.js; for
4.7.0 and 6.10.1, the constructors in nodemailer's lib/smtp-transport/index.js and
lib/smtp-connection/index.js.
"""

import math
import platform
import re
from collections.abc import Mapping

from loopmail.core.js import UNDEFINED, Json, as_double, truthy
from loopmail.core.nodemailer.auth import plan_auth, plan_auth_2
from loopmail.core.nodemailer.conversions import is_ip, member, timer, to_number, to_string
from loopmail.core.nodemailer.faults import find_faults, refuse_boot
from loopmail.core.nodemailer.node_settings import NodeSettings, is_verified
from loopmail.core.nodemailer.rules import Rules
from loopmail.core.nodemailer.services import find_service
from loopmail.core.nodemailer.types import BootFailure, Timeouts, Tls, TransportPlan

_MERGED = ("tls", "auth")  # merged key by key, everything else is replaced


def _overlay(target: dict[str, Json], source: Mapping[str, Json]) -> None:
    for key, value in source.items():
        if key not in _MERGED or not isinstance(value, (dict, list)):
            target[key] = value
            continue
        if not truthy(target.get(key)):
            target[key] = {}
        entries = value if isinstance(value, dict) else {str(i): v for i, v in enumerate(value)}
        old = target[key]
        if isinstance(old, dict):
            old.update(entries)
        elif entries:
            kind = {str: "string", bool: "boolean"}.get(type(old), "number")
            name, shown = next(iter(entries)), to_string(old)
            raise BootFailure(f"Cannot create property '{name}' on {kind} '{shown}'")


def effective_options(
    setting: Mapping[str, Json], rules: Rules, first: str
) -> tuple[dict[str, Json], dict[str, str]]:
    """Return the options after `service`, and where each comes from; raise BootFailure."""
    options: dict[str, Json] = {}
    _overlay(options, setting)
    origins = dict.fromkeys(options, first)
    service = setting.get("service", UNDEFINED)
    if truthy(service):
        if not isinstance(service, str):
            raise BootFailure("key.split is not a function")
        entry = find_service(service, rules.line)
        if entry is not None:
            _overlay(options, entry)
            origins.update(dict.fromkeys(entry, "service"))
    return options, origins


def client_name(options: Mapping[str, Json]) -> str:
    """Return the EHLO name: `name`, else the machine's name if it has a dot, else [127.0.0.1]."""
    given = options.get("name", UNDEFINED)
    if truthy(given):
        return to_string(given)
    host = platform.node()
    if "." not in host:
        return "[127.0.0.1]"
    return f"[{host}]" if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", host) else host


def _port(options: Mapping[str, Json], rules: Rules, secure: bool) -> int | float | str:
    given = options.get("port", UNDEFINED)
    fallback = 465 if secure else rules.default_port
    if not rules.port_is_converted:
        if not truthy(given):
            return fallback
        return given if isinstance(given, (int, float, str)) else to_string(given)
    number = to_number(given)
    if math.isnan(number) or number == 0:
        return fallback
    port: int | float = as_double(number)
    return port


def starttls_use(options: Mapping[str, Json]) -> Tls:
    """Return what becomes of STARTTLS where TLS does not begin at once: ignoreTLS beats requireTLS.

    Source: the smtp-connection of each Nodemailer, `_actionEHLO`.
    """
    if truthy(options.get("ignoreTLS")):
        return "never"
    return "starttls-required" if truthy(options.get("requireTLS")) else "starttls-if-offered"


def _timeouts(options: Mapping[str, Json]) -> Timeouts:
    idle = to_number(options.get("socketTimeout", UNDEFINED))
    dns = to_number(options.get("dnsTimeout", UNDEFINED))
    return Timeouts(
        connection=timer(options.get("connectionTimeout", UNDEFINED), 120_000),
        greeting=timer(options.get("greetingTimeout", UNDEFINED), 30_000),
        socket=idle if idle > 0 else 600_000.0,
        dns=dns if dns > 0 else 30_000.0,
    )


def plan_smtp(
    setting: Mapping[str, Json], rules: Rules, *, pool: bool = False, first: str = "settings"
) -> TransportPlan:
    """Plan a connection from the transport's settings; raise BootFailure where boot would die.

    `first` is the origin of the settings: "settings" or "url". The environment is not looked at.
    """
    options, origins = effective_options(setting, rules, first)
    refuse_boot(options, rules, pool)
    port, secure = port_and_security(options, rules)
    servername, identity = server_names(options, rules)
    tls_options = options.get("tls", UNDEFINED)
    tls_options = tls_options if isinstance(tls_options, dict) else {}
    for key in ("host", "port", "secure", "name"):
        origins.setdefault(key, "default")
    return TransportPlan(
        outcome="smtp",
        host=to_string(_host(options)),
        port=port,
        tls="implicit" if secure else starttls_use(options),
        opportunistic=truthy(options.get("opportunisticTLS")),
        verify=is_verified(tls_options, NodeSettings()),
        servername=servername,
        identity=identity,
        name=client_name(options),
        lmtp=truthy(options.get("lmtp")),
        auth=plan_auth(options, rules, pool) if rules.auth_type_counts else plan_auth_2(options),
        timeouts=_timeouts(options),
        tls_options=tls_options,
        options=options,
        origins=origins,
        faults=find_faults(options, rules, pool),
        pool=pool,
    )


def port_and_security(options: Mapping[str, Json], rules: Rules) -> tuple[int | float | str, bool]:
    """Return the port and whether TLS begins at once; the number 465 decides where nothing else does."""
    secure = truthy(options.get("secure"))
    port = _port(options, rules, secure)
    unset = options.get("secure", UNDEFINED) is UNDEFINED
    return port, secure or (unset and port == 465)


def _host(options: Mapping[str, Json]) -> Json:
    host = options.get("host", UNDEFINED)
    return host if truthy(host) else "localhost"


def server_names(options: Mapping[str, Json], rules: Rules) -> tuple[str | None, str]:
    """Return the SNI that is sent (None: none) and the name the certificate must carry.

    Source: nodemailer 6.10.1, lib/smtp-connection/index.js, connect() and _upgradeConnection();
    without a servername Node checks the certificate against the host (tls.connect).
    """
    tls, host = options.get("tls", UNDEFINED), _host(options)
    servername = member(tls, "servername")
    if not truthy(servername) and rules.servername_from_host:
        own = options.get("servername", UNDEFINED)
        servername = own if truthy(own) else (UNDEFINED if is_ip(host) else host)
    if truthy(servername):
        return to_string(servername), to_string(servername)
    target = member(tls, "host")
    return None, to_string(target if truthy(target) else host)
