"""Values of the wrong JavaScript type, and keys that nothing reads."""

import difflib
from collections.abc import Iterator

from loopmail.core.checks.context import Context, TransportView
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.fields import TRANSPORT_FIELDS
from loopmail.core.js import UNDEFINED, truthy

BOOLEANS = (
    "secure",
    "ignoreTLS",
    "requireTLS",
    "opportunisticTLS",
    "pool",
    "lmtp",
    "forceAuth",
    "debug",
    "sendmail",
)
TIMEOUTS = ("connectionTimeout", "greetingTimeout", "socketTimeout", "dnsTimeout")
_OFF = {"false", "0", "no", "off", "n", "f"}
# Keys of Nodemailer 0.x and of other libraries, which no Nodemailer from 1 on reads.
DEAD = {
    "secureConnection": "“secure” is today’s name",
    "ssl": "“secure” is the key for TLS from the first byte",
    "useTLS": "“secure” or “requireTLS” are the keys",
    "username": "the user belongs into “auth” as “user”",
    "password": "the password belongs into “auth” as “pass”",
    "from": "LoopBack has no place for a default sender; give “from” with each message",
    "defaultForType": "LoopBack has no default transport by message type; use “alias”",
    "defaults": "LoopBack has no place for default message fields; give them with each message",
    "maxSockets": "“maxConnections” with “pool” is today’s name",
}
_TLS_KEYS = ("secureConnection", "ssl", "useTLS")
_KNOWN_EXTRA = frozenset(
    {"type", "alias", "transport", "direct", "auth", "tls", "dkim", "proxy", "url", "service"}
    | {"logger", "transactionLog", "component", "path", "args", "newline", "streamTransport"}
    | {"jsonTransport", "skipEncoding", "SES", "socket", "connection", "secured", "getSocket"}
    | {"customAuth", "normalizeHeaderKey", "dnsTtl"}
)


def known_keys() -> frozenset[str]:
    """The transport's top-level keys that some Nodemailer reads."""
    tops = {field.path.lstrip("/").split("/")[0] for field in TRANSPORT_FIELDS}
    return _KNOWN_EXTRA | tops | set(BOOLEANS) | set(TIMEOUTS) | {"host", "port", "name"}


def string_not_boolean(context: Context) -> Iterator[Problem]:
    """The texts "false", "0" and "no" count as true in JavaScript (users-pains A4)."""
    for transport in context.transports():
        for key in BOOLEANS:
            value = transport.get(key)
            if not isinstance(value, str):
                continue
            yield _string_problem(transport, key, value)


def _string_problem(transport: TransportView, key: str, value: str) -> Problem:
    meant = bool(value) and value.strip().lower() not in _OFF
    word = str(meant).lower()
    variable = transport.from_variable(key)
    source = f"${{{variable}}} gives a text; " if variable else ""
    counts = f"{source}the text “{value}” counts as {str(truthy(value)).lower()} in JavaScript"
    if truthy(value) == meant:
        text = f"{counts}: write {word} without quotes."
        return transport.problem(
            "string-not-boolean", "info", key, text, transport.set_fix(f"Write {word}", key, meant)
        )
    fix = transport.set_fix(f"Write {word}", key, meant, safe=False)
    return transport.problem(
        "string-not-boolean", "error", key, f"{counts}: {key} is switched on.", fix
    )


def port_not_number(context: Context) -> Iterator[Problem]:
    """A port as text: LoopBack 2 keeps the text, LoopBack 3 converts it (loopback-semantics 5.1)."""
    for transport in context.transports():
        port = transport.get("port")
        if port is UNDEFINED or isinstance(port, int | float) and not isinstance(port, bool):
            if isinstance(port, int | float) and not 0 <= port < 65536:
                yield transport.problem(
                    "port-not-number",
                    "error",
                    "port",
                    f"There is no port {port}: ports end at 65535.",
                )
            continue
        digits = isinstance(port, str) and port.strip().isascii() and port.strip().isdigit()
        if digits and 0 < int(port) < 65536:
            fix = transport.set_fix(f"Write the number {int(port)}", "port", int(port))
            implicit = int(port) == 465 and not transport.has("secure")
            effect = (
                "LoopBack 2 does not see that 465 means TLS" if implicit else "it works by luck"
            )
            if transport.from_variable("port"):
                continue  # always text; only its effect on 465 matters: see the mismatch
            yield transport.problem(
                "port-not-number",
                "warning" if implicit else "info",
                "port",
                f"The port is the text “{port}”, not a number; {effect}.",
                fix,
            )
        else:
            yield transport.problem(
                "port-not-number",
                "error",
                "port",
                f"The port {port!r} is no number: LoopBack 2 fails with a RangeError, "
                "LoopBack 3 quietly takes 587 (465 with secure).",
            )


def timeout_not_number(context: Context) -> Iterator[Problem]:
    """A time-out as text: socketTimeout crashes the process, greetingTimeout fires at once."""
    for transport in context.transports():
        for key in TIMEOUTS:
            value = transport.get(key)
            if not isinstance(value, str) or not value:
                continue
            number = value.strip()
            fix = None
            if number.isascii() and number.isdigit():
                fix = transport.set_fix(f"Write the number {int(number)}", key, int(number))
            effect = "crashes the process (ERR_INVALID_ARG_TYPE)"
            if key != "socketTimeout":
                effect = "works only if the text is a number; otherwise it fires at once"
            yield transport.problem(
                "timeout-not-number",
                "error" if key == "socketTimeout" else "warning",
                key,
                f"{key} is the text “{value}”, not a number of milliseconds: it {effect}.",
                fix,
            )


def dead_key(context: Context) -> Iterator[Problem]:
    """Keys that were read by other libraries and do nothing here (users-pains A3, E10)."""
    for transport in context.transports():
        for key, hint in DEAD.items():
            if transport.has(key):
                yield transport.problem(
                    "dead-key",
                    "warning",
                    key,
                    f"“{key}” has no effect: {hint}.",
                    _dead_fix(transport, key),
                )
        if transport.has("tls") and not isinstance(transport.get("tls"), dict):
            yield transport.problem(
                "dead-key",
                "warning",
                "tls",
                "“tls” must be an object of TLS options; this value has no effect.",
                transport.remove_fix("Remove tls", "tls"),
            )


def _dead_fix(transport: TransportView, key: str) -> Fix:
    value = transport.get(key)
    free = not transport.has("secure") and (transport.plan.port == 465 or not transport.has("port"))
    if key in _TLS_KEYS and value is True and free:
        return transport.rename_fix(f"Rename {key} to secure", key, "secure", safe=False)
    return transport.remove_fix(f"Remove {key}", key, safe=key in _TLS_KEYS)


def unknown_key(context: Context) -> Iterator[Problem]:
    """Keys that no Nodemailer reads; often a slip of the pen."""
    known = known_keys()
    for transport in context.transports():
        if transport.plan.outcome not in ("smtp", "direct") and not transport.has("host"):
            continue
        for key in transport.settings:
            if key in known or key in DEAD or transport.get(key) is UNDEFINED:
                continue
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
            if near and not transport.has(near[0]):
                yield transport.problem(
                    "unknown-key",
                    "warning",
                    key,
                    f"“{key}” has no effect. Was “{near[0]}” meant?",
                    transport.rename_fix(f"Rename {key} to {near[0]}", key, near[0], safe=False),
                )
            else:
                yield transport.problem(
                    "unknown-key",
                    "info",
                    key,
                    f"“{key}” has no effect: Nodemailer does not read it.",
                )


RULES = (string_not_boolean, port_not_number, timeout_not_number, dead_key, unknown_key)
