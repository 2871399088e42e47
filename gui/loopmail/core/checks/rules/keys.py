"""Keys that nothing reads (of other libraries or versions, misspelt), and values of a wrong type."""

import difflib
from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.checks.context import Context, TransportView, build_fix
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.checks.rules.sign_in import NEAR
from loopmail.core.edit.fields import DEAD_KEYS, TRANSPORT_FIELDS, DeadKey
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext import format_pointer
from loopmail.core.nodemailer.connector import transport_key

# Keys of `auth` are reported by the rules of signing in.
DEAD = {dead.key[1:]: dead for dead in DEAD_KEYS if not dead.key.startswith("/auth/")}
_TLS_KEYS = ("secureConnection", "ssl", "useTLS")
# Read by some Nodemailer, but no field of the form: kept for code, or objects.
_KNOWN_EXTRA = frozenset(
    {"type", "alias", "transport", "direct", "auth", "tls", "dkim", "logger", "args", "SES"}
    | {"socket", "connection", "secured", "getSocket", "customAuth", "normalizeHeaderKey", "dnsTtl"}
)
_AUTH_EXTRA = frozenset(
    {"service", "provisionCallback", "customHeaders", "customParams", "options"}
)
_SIGN_IN = frozenset(key for keys in NEAR.values() for key in keys)
_OF_AUTH = frozenset(f.path.split("/")[2] for f in TRANSPORT_FIELDS if f.path.startswith("/auth/"))


def known_keys() -> frozenset[str]:
    """The transport's top-level keys that some Nodemailer reads."""
    return _KNOWN_EXTRA | {field.path.split("/")[1] for field in TRANSPORT_FIELDS}


_KNOWN = known_keys()
# First and last Nodemailer major version that reads a key, where not all do.
_READ_BY = {
    field.path[1:]: field
    for field in TRANSPORT_FIELDS
    if "/" not in field.path[1:] and (field.since or field.until)
}


def dead_key(context: Context) -> Iterator[Problem]:
    """Keys that other libraries, or Nodemailer before 1.0, read; here they silently do nothing."""
    for transport in context.transports():
        for key, dead in DEAD.items():
            if transport.has(key):
                text = f"“{key}” has no effect: {dead.text[0].lower()}{dead.text[1:]}"
                fix = _dead_fix(transport, key, dead)
                yield transport.problem("dead-key", "warning", key, text, fix)
        tls = transport.get("tls")
        if tls is not UNDEFINED and tls is not None and not isinstance(tls, dict):
            yield transport.problem(
                "dead-key",
                "warning",
                "tls",
                "“tls” must be an object of TLS options; this value has no effect.",
                transport.remove_fix("Remove tls", "tls"),
            )


def _dead_fix(transport: TransportView, key: str, dead: DeadKey) -> Fix | None:
    value, use = transport.get(key), (dead.use or "")[1:]
    if key in _TLS_KEYS:
        free = not transport.has("secure") and transport.plan.port == 465
        if value is True and (use == "requireTLS" or free) and not transport.has(use):
            return transport.rename_fix(f"Rename {key} to {use}", key, use, safe=False)
        return transport.remove_fix(f"Remove {key}", key)
    if use.startswith("auth/") and not transport.has(use):
        return _move_fix(transport, key, use)
    if use and "/" not in use and not transport.has(use):
        return transport.rename_fix(f"Rename {key} to {use}", key, use, safe=False)
    return transport.remove_fix(f"Remove {key}", key, safe=False)


def _move_fix(transport: TransportView, key: str, use: str) -> Fix | None:
    """Move `username` and the like into `auth`."""
    if transport.has("auth") and not isinstance(transport.get("auth"), dict):
        return None
    old = transport.place(key)
    new = old.pointer[: -len(key)] + use

    def build(builder: ChangeBuilder) -> None:
        # As written: a ${VAR} stays one.
        value = builder.get(old.file, old.pointer)
        if value is not UNDEFINED:
            builder.remove(old.file, old.pointer).set(old.file, new, value)

    return build_fix(f"Move {key} to {use.replace('/', '.')}", build, safe=False)


def unknown_key(context: Context) -> Iterator[Problem]:
    """Keys that no Nodemailer reads, or not the app's; often a slip of the pen."""
    for transport in context.transports():
        if transport.plan.outcome not in ("smtp", "direct") and not transport.has("host"):
            continue
        for key in transport.settings:
            if key not in _KNOWN and key not in DEAD and transport.has(key):
                yield _unknown(transport, key, _KNOWN)
        auth = transport.get("auth")
        for key in auth if isinstance(auth, dict) else ():
            if key in _OF_AUTH | _AUTH_EXTRA | _SIGN_IN:
                continue
            if _slip(key, _OF_AUTH, auth):
                yield _unknown(transport, f"auth/{key}", _OF_AUTH)
        yield from _other_version(transport)


def _slip(key: str, known: frozenset[str], siblings: dict[str, object]) -> str | None:
    """Return the key that was probably meant."""
    folded = {one.lower(): one for one in sorted(known)}
    near = difflib.get_close_matches(key.lower(), folded, n=1, cutoff=0.85)
    return folded[near[0]] if near and folded[near[0]] not in siblings else None


def _unknown(transport: TransportView, path: str, known: frozenset[str]) -> Problem:
    parent, _, key = path.rpartition("/")
    siblings = transport.get(parent) if parent else transport.settings
    near = _slip(key, known, siblings)
    if near is None:
        text = f"“{key}” has no effect: Nodemailer does not read it."
        return transport.problem("unknown-key", "info", path, text)
    text = f"“{key}” has no effect. Was “{near}” meant?"
    fix = transport.rename_fix(f"Rename {key} to {near}", path, near, safe=False)
    return transport.problem("unknown-key", "warning", path, text, fix)


def _other_version(transport: TransportView) -> Iterator[Problem]:
    versions = transport.context.versions
    if versions.source == "default" or transport.plan.outcome != "smtp":
        return
    for key, field in _READ_BY.items():
        if transport.has(key) and not field.read_by(versions.nodemailer_major):
            yield transport.problem(
                "unknown-key",
                "info",
                key,
                f"“{key}” has no effect: this app’s Nodemailer {versions.nodemailer_major} does not read it.",
            )


def transport_beside_transports(context: Context) -> Iterator[Problem]:
    """A `transport` that LoopBack never looks at, since `transports` remains beside it.

    Source: loopback 3.28 lib/connectors/mail.js, the same in 2.x. Often a layer lists `transports`
    over a single `transport` and means to add to it.
    """
    for source in context.mail:
        settings = source.source.settings
        if transport_key(settings) != "transports" or not isinstance(
            settings.get("transport"), dict | list
        ):
            continue
        dead, listed = source.place("/transport"), source.place("/transports")
        where = "stands beside it" if listed.file == dead.file else f"is given in {listed.file}"
        text = (
            "“transport” has no effect here: LoopBack takes only “transports”, which "
            f"{where}. What “transport” says, such as the sign-in, does not count."
        )
        fix = _join_fix(context, source.name, dead.file, listed.file)
        yield context.problem("dead-key", "warning", dead, text, fix)


def _join_fix(context: Context, name: str, single: str, listing: str) -> Fix | None:
    """Let the file that lists one transport add to the single one of an earlier file instead."""
    parts = {
        layer.path: part
        for layer in context.effective.files
        if isinstance(whole := context.snapshot.values.get(layer.path), dict)
        and isinstance(part := whole.get(name), dict)
    }
    if [path for path, part in parts.items() if "transports" in part] != [listing]:
        return None
    items, part = parts[listing]["transports"], parts[listing]
    if single == listing or "transport" in part or not isinstance(items, list) or len(items) != 1:
        return None
    base = format_pointer([name])

    def build(builder: ChangeBuilder) -> None:
        builder.remove(listing, f"{base}/transports")
        builder.set(listing, f"{base}/transport", items[0])

    return build_fix(f"Write “transport” in {listing}, to add to {single}", build, safe=False)


# --- Values of the wrong JavaScript type ----------------------------------------------

# Compared with true and false themselves, not by truthiness: they have rules of their own.
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
    """The texts "false", "0" and "no" count as true in JavaScript.

    They mostly come from variables: what the environment gives is always text.
    """
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
    """A port as text: LoopBack 2 keeps the text, LoopBack 3 converts it.

    Source: the constructors in smtp-connection 2.12.0, lib/smtp-connection.js, and in nodemailer
    6.10.1, lib/smtp-connection/index.js.
    """
    for transport in filter(_counts, context.transports()):
        port = transport.get("port")
        if not truthy(port):
            continue  # none at all: port-missing reports it
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


RULES = (
    dead_key,
    unknown_key,
    transport_beside_transports,
    string_not_boolean,
    port_not_number,
    timeout_not_number,
)
