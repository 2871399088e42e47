"""Where it connects: host, port, and whether TLS starts at once."""

import ipaddress
import re
from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.definitions import compose_file_of
from loopmail.core.checks.context import TransportView, build_fix, set_at
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import Family, Found, each_smtp, each_transport
from loopmail.core.edit.connection_security import TLS_PORT
from loopmail.core.js import UNDEFINED, truthy
from loopmail.core.near_miss import closest
from loopmail.core.nodemailer import find_service, rules_for, service_names, smuggled
from loopmail.core.secret_names import mask_host

RULES = Family()

# Ports on which servers speak first in clear text and offer STARTTLS (RFC 6409, RFC 3207).
CLEAR_PORTS = frozenset({25, 587, 2525, 1025})
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"^(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$")


def is_loopback(host: object) -> bool:
    """Tell whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


# --- Port and TLS -----------------------------------------------------------------------


@RULES.check(each_smtp, "port-secure-mismatch", "Port and “secure” contradict each other")
def port_secure_mismatch(transport: TransportView) -> Iterator[Found]:
    """TLS from the first byte on a clear-text port, or clear text on port 465.

    Users read “secure” as “use TLS at all”; they then get “wrong version number”, or “Greeting never
    received” after half a minute.
    """
    plan, port = transport.plan, transport.plan.port
    by_service = "service" in (plan.origins.get("port"), plan.origins.get("secure"))
    if by_service or truthy(transport.get("url")):
        return
    place = transport.place("secure" if transport.has("secure") else "port")
    if plan.tls == "implicit" and port in CLEAR_PORTS:
        text = (
            f"Port {port} speaks clear text first, but “secure” makes LoopBack start TLS at "
            "once: the connection fails with “wrong version number”. STARTTLS encrypts there."
        )
        yield Found("error", place, text, _starttls_fix(transport))
    elif plan.tls != "implicit" and str(port) == str(TLS_PORT):
        text = (
            "Port 465 expects TLS from the first byte, but LoopBack would wait for a clear-text "
            "greeting and give up after 30 seconds."
        )
        yield Found("error", place, text, _implicit_fix(transport))


def _starttls_fix(transport: TransportView) -> Fix | None:
    if transport.from_variable("secure"):
        return None
    secure = transport.last_place("secure", "port")
    if is_loopback(transport.plan.host):
        return set_at(secure, "Set secure to false", False)
    require = secure.pointer.rpartition("/")[0] + "/requireTLS"
    return build_fix(
        "Use STARTTLS: set secure to false and requireTLS to true",
        lambda b: b.set(secure.file, secure.pointer, False).set(secure.file, require, True),
    )


def _implicit_fix(transport: TransportView) -> Fix | None:
    if transport.from_variable("secure") or transport.from_variable("port"):
        return None
    secure, port = transport.last_place("secure", "port"), transport.place("port")

    def build(builder: ChangeBuilder) -> None:
        builder.set(port.file, port.pointer, TLS_PORT)
        builder.set(secure.file, secure.pointer, True)

    return build_fix("Set secure to true", build)


@RULES.check(each_smtp, "port-missing", "No port is given")
def port_missing(transport: TransportView) -> Iterator[Found]:
    """No port: 25 with LoopBack 2, 587 with LoopBack 3.

    Source: the constructors in smtp-connection 2.12.0, lib/smtp-connection.js, and in nodemailer
    6.10.1, lib/smtp-connection/index.js.
    """
    if transport.has("service") or any(truthy(transport.get(key)) for key in ("port", "url")):
        return
    if any(transport.from_variable(key) for key in ("port", "url", "service", "secure")):
        return  # variable-unresolved reports it, and what is right depends on it
    port = transport.plan.port
    text = (
        f"No port is given: this LoopBack takes {port}. "
        "LoopBack 2 would take 25 and LoopBack 3 587, so an upgrade changes it."
    )
    if transport.plan.tls == "implicit":
        text = f"No port is given: LoopBack takes {port} because secure is on."
    fix = transport.set_fix(f"Write port {port}", "port", port)
    yield Found("info", transport.place("port"), text, fix)


# --- Host and service -------------------------------------------------------------------


@RULES.check(each_smtp, "host-missing", "No host is given, so localhost is taken")
def host_missing(transport: TransportView) -> Iterator[Found]:
    """No host: LoopBack then takes localhost and fails with “ECONNREFUSED 127.0.0.1”."""
    if any(truthy(transport.get(key)) for key in ("host", "url", "service")):
        return
    # Else variable-unresolved reports it.
    if not any(transport.from_variable(key) for key in ("host", "url", "service")):
        text = "No host is given, so LoopBack connects to localhost. Name your provider’s server."
        yield Found("error", transport.place("host"), text)


@RULES.check(each_smtp, "host-missing")
def service_unknown(transport: TransportView) -> Iterator[Found]:
    """A service that Nodemailer does not know, and no host beside it."""
    service, line = transport.get("service"), rules_for(transport.nodemailer).line
    if any(truthy(transport.get(key)) for key in ("host", "url")):
        return
    if not isinstance(service, str) or not service or find_service(service, line) is not None:
        return
    near = closest(service, service_names(line), cutoff=0.7)
    fix = None
    if near and near != service:
        fix = transport.set_fix(f"Set service to {near}", "service", near, safe=False)
    text = (
        f"Nodemailer knows no service “{service}” and no host is given, so LoopBack connects to "
        "localhost."
    )
    yield Found("error", transport.place("service"), text, fix)


@RULES.check(each_smtp, "host-malformed", "The host is not a host name")
def host_malformed(transport: TransportView) -> Iterator[Found]:
    """Blanks, quotes, commas, a scheme or a port inside the host: what copying leaves behind."""
    host = transport.get("host")
    if not isinstance(host, str) or not host or _HOST.match(host) or _is_address(host):
        return
    if host.isprintable() and not host.isascii() and " " not in host:
        return
    if any(one.key == "host" for one in smuggled(transport.settings)):
        return  # control-character reports it
    text = f"“{mask_host(host)}” is not a host name: looking it up fails (EBADNAME or ENOTFOUND)."
    yield Found("error", transport.place("host"), text, _host_fix(transport, host))


@RULES.check(each_transport, "control-character", "A setting would give the server commands")
def control_character(transport: TransportView) -> Iterator[Found]:
    """Line breaks and the like in what Nodemailer writes into its commands."""
    by_url = truthy(transport.get("url"))
    sent = transport.plan.outcome in ("smtp", "direct")
    for one in smuggled(transport.plan.options or transport.settings) if sent else ():
        text = f"{one.text.removesuffix('.')}. loopmail sends nothing with it."
        fix = None if by_url else _clean_fix(transport, one.key)
        yield Found("error", transport.place("url" if by_url else one.key), text, fix)


def _clean_fix(transport: TransportView, key: str) -> Fix | None:
    """Make a fix for what copying leaves at the ends; what stands in the midst has been put there."""
    written = transport.get(key)
    if not isinstance(written, str):
        return None
    if key == "host":
        return _host_fix(transport, written)
    text = written.strip()
    if not text.isprintable() or not text:
        return None
    return transport.set_fix(f"Set {key} to {text}", key, text, safe=False)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host_fix(transport: TransportView, written: str) -> Fix | None:
    host = _SCHEME.sub("", written.strip(" \t\r\n\"'“”;,")).split("/")[0].strip(" \"';,")
    port = None
    if match := re.fullmatch(r"(.*):(\d{1,5})", host):
        host, port = match[1], int(match[2])
    inside = host.removeprefix("[").removesuffix("]")
    if "[" in host and _is_address(inside):
        host = inside  # brackets are for URLs
    elif not _HOST.match(host):
        return None
    if transport.from_variable("host"):
        return None
    place, port_place = transport.place("host"), transport.place("port")
    move_port = port is not None and not transport.has("port")
    summary = f"Set host to {host}" + (f" and port to {port}" if move_port else "")

    def build(builder: ChangeBuilder) -> None:
        builder.set(place.file, place.pointer, host)
        if move_port:
            builder.set(port_place.file, port_place.pointer, port)

    return build_fix(summary, build)


@RULES.check(each_smtp, "host-in-compose", "The host is known inside Docker Compose only")
def host_in_compose(transport: TransportView) -> Iterator[Found]:
    """A host that is a service of the app's compose file: its name holds in that network.

    Source: docs.docker.com, “Networking in Compose”.
    """
    host = transport.get("host")
    if not isinstance(host, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", host):
        return
    file = compose_file_of(transport.context.snapshot.app, host)
    if file is not None:
        text = (
            f"“{host}” is a service in {file}: its name is known inside that network only. From "
            "this machine a test reaches it at localhost, through the port that the service "
            "publishes."
        )
        yield Found("info", transport.place("host"), text)


# --- What overrides the other keys ------------------------------------------------------


@RULES.check(each_transport, "service-overrides", "“service” overrides host, port or secure")
def service_overrides(transport: TransportView) -> Iterator[Found]:
    """`service` wins over host, port and secure, so that changing those changes nothing.

    Source: the constructors in nodemailer-smtp-transport 2.7.2, lib/smtp-transport.js, and in
    nodemailer 6.10.1, lib/smtp-transport/index.js.
    """
    plan, keys = transport.plan, ("host", "port", "secure")
    written = [key for key in keys if transport.has(key)]
    if plan.origins.get("host") != "service" or not written:
        return
    place, fix = transport.place(), None
    if not any(transport.from_variable(key) for key in (*keys, "service")):

        def build(builder: ChangeBuilder) -> None:
            for key, value in zip(
                keys, (plan.host, plan.port, plan.tls == "implicit"), strict=True
            ):
                builder.set(place.file, place.child(key).pointer, value)
            builder.remove(place.file, place.child("service").pointer)

        fix = build_fix("Remove service and write its host, port and secure", build, safe=False)
    text = (
        f"“service” overrides {', '.join(written)}: LoopBack connects to {plan.host}:"
        f"{plan.port}, whatever is written beside it."
    )
    yield Found("warning", transport.place("service"), text, fix)


@RULES.check(each_smtp, "url-overrides", "“url” replaces all other keys")
def url_overrides(transport: TransportView) -> Iterator[Found]:
    """`url` replaces every other key of the transport.

    Source: nodemailer 2.7.2 and 6.10.1, lib/nodemailer.js, createTransport().
    """
    kept = {"type", "alias", "url"}
    others = [k for k, v in transport.written.items() if k not in kept and v is not UNDEFINED]
    if truthy(transport.get("url")) and others:
        text = f"“url” replaces the whole transport: LoopBack ignores {', '.join(others)} here."
        yield Found("warning", transport.place("url"), text)
