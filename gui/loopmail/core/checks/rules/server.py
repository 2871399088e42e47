"""Where it connects: host, port, and whether TLS starts at once."""

import difflib
import ipaddress
import re
from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.checks.context import Context, Place, TransportView, build_fix, set_at
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.js import UNDEFINED, truthy
from loopmail.core.nodemailer import find_service, rules_for, service_names
from loopmail.core.secret_names import mask_host

# Ports on which servers speak first in clear text and offer STARTTLS (RFC 6409, RFC 3207).
CLEAR_PORTS = frozenset({25, 587, 2525, 1025})
IMPLICIT_PORT = 465  # RFC 8314
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


def port_secure_mismatch(context: Context) -> Iterator[Problem]:
    """TLS from the first byte on a clear-text port, or clear text on port 465.

    Users read “secure” as “use TLS at all”; they then get “wrong version number”, or “Greeting never
    received” after half a minute.
    """
    for transport in context.transports():
        plan = transport.plan
        if plan.outcome != "smtp" or "service" in (
            plan.origins.get("port"),
            plan.origins.get("secure"),
        ):
            continue
        if truthy(transport.get("url")):
            continue
        port = plan.port
        if plan.tls == "implicit" and port in CLEAR_PORTS:
            yield transport.problem(
                "port-secure-mismatch",
                "error",
                "secure" if transport.has("secure") else "port",
                f"Port {port} speaks clear text first, but “secure” makes LoopBack start TLS at "
                "once: the connection fails with “wrong version number”. STARTTLS encrypts there.",
                _starttls_fix(transport),
            )
        elif plan.tls != "implicit" and str(port) == str(IMPLICIT_PORT):
            yield transport.problem(
                "port-secure-mismatch",
                "error",
                "secure" if transport.has("secure") else "port",
                "Port 465 expects TLS from the first byte, but LoopBack would wait for a clear-text "
                "greeting and give up after 30 seconds.",
                _implicit_fix(transport),
            )


def _starttls_fix(transport: TransportView) -> Fix | None:
    if transport.from_variable("secure"):
        return None
    secure = transport.last_place("secure", "port")
    require = Place(secure.file, secure.pointer.rpartition("/")[0] + "/requireTLS")
    if is_loopback(transport.plan.host):
        return set_at(secure, "Set secure to false", False)
    return build_fix(
        "Use STARTTLS: set secure to false and requireTLS to true",
        lambda b: b.set(secure.file, secure.pointer, False).set(
            require.file, require.pointer, True
        ),
    )


def _implicit_fix(transport: TransportView) -> Fix | None:
    if transport.from_variable("secure") or transport.from_variable("port"):
        return None
    secure, port = transport.last_place("secure", "port"), transport.place("port")
    return build_fix(
        "Set secure to true",
        lambda b: b.set(port.file, port.pointer, IMPLICIT_PORT).set(
            secure.file, secure.pointer, True
        ),
    )


def port_missing(context: Context) -> Iterator[Problem]:
    """No port: 25 with LoopBack 2, 587 with LoopBack 3.

    Source: the constructors in smtp-connection 2.12.0, lib/smtp-connection.js, and in nodemailer
    6.10.1, lib/smtp-connection/index.js.
    """
    for transport in context.transports():
        if transport.plan.outcome != "smtp" or truthy(transport.get("port")):
            continue
        if transport.has("service") or truthy(transport.get("url")):
            continue
        if transport.from_variable("port"):
            continue  # variable-unresolved reports it
        port = transport.plan.port
        fix = transport.set_fix(f"Write port {port}", "port", port)
        text = (
            f"No port is given: this LoopBack takes {port}. "
            "LoopBack 2 would take 25 and LoopBack 3 587, so an upgrade changes it."
        )
        if transport.plan.tls == "implicit":
            text = f"No port is given: LoopBack takes {port} because secure is on."
        yield transport.problem("port-missing", "info", "port", text, fix)


def host_missing(context: Context) -> Iterator[Problem]:
    """No host: LoopBack then takes localhost and fails with “ECONNREFUSED 127.0.0.1”."""
    for transport in context.transports():
        if transport.plan.outcome != "smtp" or truthy(transport.get("host")):
            continue
        if truthy(transport.get("url")):
            continue
        if truthy(transport.get("service")):
            yield from _unknown_service(transport)
            continue
        if transport.from_variable("host"):
            continue  # variable-unresolved reports it
        yield transport.problem(
            "host-missing",
            "error",
            "host",
            "No host is given, so LoopBack connects to localhost. Name your provider’s server.",
        )


def _unknown_service(transport: TransportView) -> Iterator[Problem]:
    service, line = transport.get("service"), rules_for(transport.context.versions.nodemailer_major)
    if not isinstance(service, str) or find_service(service, line.line) is not None:
        return
    near = difflib.get_close_matches(service, service_names(line.line), n=1, cutoff=0.7)
    fix = None
    if near and near[0] != service:
        fix = transport.set_fix(f"Set service to {near[0]}", "service", near[0], safe=False)
    yield transport.problem(
        "host-missing",
        "error",
        "service",
        f"Nodemailer knows no service “{service}” and no host is given, so LoopBack connects to "
        "localhost.",
        fix,
    )


def host_malformed(context: Context) -> Iterator[Problem]:
    """Blanks, quotes, commas, a scheme or a port inside the host: what copying leaves behind."""
    for transport in context.transports():
        host = transport.get("host")
        if not isinstance(host, str) or not host or transport.plan.outcome != "smtp":
            continue
        try:
            ipaddress.ip_address(host)
            continue
        except ValueError:
            pass
        if _HOST.match(host) or (host.isprintable() and not host.isascii() and " " not in host):
            continue
        clean, port = _clean_host(host)
        fix = None
        if clean and not transport.from_variable("host"):
            fix = _host_fix(transport, clean, port)
        yield transport.problem(
            "host-malformed",
            "error",
            "host",
            f"“{mask_host(host)}” is not a host name: looking it up fails (EBADNAME or ENOTFOUND).",
            fix,
        )


def _clean_host(host: str) -> tuple[str | None, int | None]:
    text = _SCHEME.sub("", host.strip(" \t\r\n\"'“”;,")).split("/")[0].strip(" \"';,")
    port = None
    if match := re.fullmatch(r"(.*):(\d{1,5})", text):
        text, port = match[1], int(match[2])
    return (text, port) if _HOST.match(text) else (None, None)


def _host_fix(transport: TransportView, host: str, port: int | None) -> Fix:
    place, port_place = transport.place("host"), transport.place("port")
    move_port = port is not None and not transport.has("port")
    summary = f"Set host to {host}" + (f" and port to {port}" if move_port else "")

    def build(builder: ChangeBuilder) -> None:
        builder.set(place.file, place.pointer, host)
        if move_port:
            builder.set(port_place.file, port_place.pointer, port)

    return build_fix(summary, build)


def service_overrides(context: Context) -> Iterator[Problem]:
    """`service` wins over host, port and secure, so that changing those changes nothing.

    Source: the constructors in nodemailer-smtp-transport 2.7.2, lib/smtp-transport.js, and in
    nodemailer 6.10.1, lib/smtp-transport/index.js.
    """
    for transport in context.transports():
        plan = transport.plan
        written = [k for k in ("host", "port", "secure") if transport.has(k)]
        if plan.origins.get("host") != "service" or not written:
            continue
        yield transport.problem(
            "service-overrides",
            "warning",
            "service",
            f"“service” overrides {', '.join(written)}: LoopBack connects to {plan.host}:"
            f"{plan.port}, whatever is written beside it.",
            _service_fix(transport),
        )


def _service_fix(transport: TransportView) -> Fix | None:
    if any(transport.from_variable(k) for k in ("host", "port", "secure", "service")):
        return None
    place, plan = transport.place(), transport.plan
    return build_fix(
        "Remove service and write its host, port and secure",
        lambda b: (
            b.set(place.file, place.child("host").pointer, plan.host)
            .set(place.file, place.child("port").pointer, plan.port)
            .set(place.file, place.child("secure").pointer, plan.tls == "implicit")
            .remove(place.file, place.child("service").pointer)
        ),
        safe=False,
    )


def url_overrides(context: Context) -> Iterator[Problem]:
    """`url` replaces every other key of the transport.

    Source: nodemailer 2.7.2 and 6.10.1, lib/nodemailer.js, createTransport().
    """
    kept = {"type", "alias", "url"}
    for transport in context.transports():
        others = [k for k, v in transport.written.items() if k not in kept and v is not UNDEFINED]
        if transport.plan.outcome == "smtp" and truthy(transport.get("url")) and others:
            yield transport.problem(
                "url-overrides",
                "warning",
                "url",
                f"“url” replaces the whole transport: LoopBack ignores {', '.join(others)} here.",
            )


RULES = (
    port_secure_mismatch,
    port_missing,
    host_missing,
    host_malformed,
    service_overrides,
    url_overrides,
)
