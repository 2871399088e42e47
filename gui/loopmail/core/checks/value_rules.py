"""Values of the wrong JavaScript type: texts for booleans and numbers."""

from collections.abc import Iterator

from loopmail.core.checks.context import Context, TransportView
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.fields import TRANSPORT_FIELDS
from loopmail.core.js import UNDEFINED, Json, truthy

# Compared with true and false themselves, not by truthiness: their own rules tell.
_EXACT = {"/logger", "/tls/rejectUnauthorized"}
BOOLEANS = tuple(
    field for field in TRANSPORT_FIELDS if field.kind == "boolean" and field.path not in _EXACT
)
TIMEOUTS = ("connectionTimeout", "greetingTimeout", "socketTimeout", "dnsTimeout")
_OFF = {"false", "0", "no", "off", "n", "f"}


def _counts(transport: TransportView) -> bool:
    """Whether somebody reads the transport's values: a stub on purpose reads none."""
    kind = transport.get("type")
    return not (isinstance(kind, str) and kind.lower() == "stub")


def string_not_boolean(context: Context) -> Iterator[Problem]:
    """The texts "false", "0" and "no" count as true in JavaScript (users-pains A4)."""
    major = context.versions.nodemailer_major
    for transport in filter(_counts, context.transports()):
        for field in BOOLEANS:
            value = transport.get(field.path[1:])
            if isinstance(value, str) and field.read_by(major):
                yield _string_problem(transport, field.path[1:], value)


def _string_problem(transport: TransportView, key: str, value: str) -> Problem:
    meant = bool(value) and value.strip().lower() not in _OFF
    word = str(meant).lower()
    variable = transport.from_variable(key)
    source = f"${{{variable}}} gives a text; t" if variable else "T"
    counts = f"{source}he text “{value}” counts as {str(truthy(value)).lower()} in JavaScript"
    if truthy(value) == meant:
        text = f"{counts}: write {word} without quotes."
        if variable:
            text = f"{counts}, as it is meant."
        return transport.problem(
            "string-not-boolean", "info", key, text, transport.set_fix(f"Write {word}", key, meant)
        )
    fix = transport.set_fix(f"Write {word}", key, meant, safe=False)
    return transport.problem(
        "string-not-boolean", "error", key, f"{counts}: {key} is switched on.", fix
    )


def port_not_number(context: Context) -> Iterator[Problem]:
    """A port as text: LoopBack 2 keeps the text, LoopBack 3 converts it (loopback-semantics 5.1)."""
    for transport in filter(_counts, context.transports()):
        port = transport.get("port")
        if not truthy(port):
            continue  # none at all: port-missing tells
        if isinstance(port, str) and port.strip().isascii() and port.strip().isdigit():
            if 0 < int(port) < 65536:
                yield from _digits_problem(transport, port)
                continue
        elif _is_port(port):
            continue
        yield transport.problem("port-not-number", "error", "port", _port_text(transport, port))


def _is_port(port: Json) -> bool:
    return (
        isinstance(port, int | float)
        and not isinstance(port, bool)
        and 0 <= port < 65536
        and port == int(port)
    )


def _port_text(transport: TransportView, port: Json) -> str:
    shown = f"“{port}”" if isinstance(port, str) else f"{port}"
    faults = [fault for fault in transport.plan.faults if "ort" in fault.text[:20]]
    if isinstance(port, int | float) and not isinstance(port, bool):
        return (
            f"There is no port {shown}: a port is a whole number up to 65535, so no mail goes out."
        )
    if transport.context.versions.nodemailer_major == 2 or faults:
        return f"The port {shown} is no number: connecting fails with a RangeError."
    return f"The port {shown} is no number: LoopBack quietly takes {transport.plan.port} instead."


def _digits_problem(transport: TransportView, port: str) -> Iterator[Problem]:
    if transport.from_variable("port"):
        return  # always text; only its effect on 465 matters: see the mismatch
    implicit = int(port) == 465 and transport.get("secure") is UNDEFINED
    effect = "LoopBack 2 does not see that 465 means TLS" if implicit else "it works all the same"
    yield transport.problem(
        "port-not-number",
        "warning" if implicit else "info",
        "port",
        f"The port is the text “{port}”, not a number; {effect}.",
        transport.set_fix(f"Write the number {int(port)}", "port", int(port)),
    )


def timeout_not_number(context: Context) -> Iterator[Problem]:
    """A time-out as text: socketTimeout crashes the process, greetingTimeout fires at once."""
    for transport in filter(_counts, context.transports()):
        for key in TIMEOUTS:
            value = transport.get(key)
            if isinstance(value, str) and value:
                yield _timeout_problem(transport, key, value)


def _timeout_problem(transport: TransportView, key: str, value: str) -> Problem:
    number = value.strip()
    numeric = number.isascii() and number.isdigit()
    fix: Fix | None = None
    if numeric:
        fix = transport.set_fix(f"Write the number {int(number)}", key, int(number))
    start = f"{key} is the text “{value}”, not a number of milliseconds"
    if key == "socketTimeout":
        text = f"{start}: the app crashes as soon as it is connected (ERR_INVALID_ARG_TYPE)."
        return transport.problem("timeout-not-number", "error", key, text, fix)
    if numeric:
        text = f"{start}: it works, but the same in socketTimeout would crash the app."
        return transport.problem("timeout-not-number", "info", key, text, fix)
    text = f"{start}: it is over at once, so that no connection comes about."
    return transport.problem("timeout-not-number", "error", key, text, fix)


RULES = (string_not_boolean, port_not_number, timeout_not_number)
