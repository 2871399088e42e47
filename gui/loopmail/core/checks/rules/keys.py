"""Keys that nothing reads (of other libraries or versions, misspelt), and values of a wrong type."""

from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.checks.context import Context, DatasourceView, TransportView, build_fix
from loopmail.core.checks.problem import Fix, Severity
from loopmail.core.checks.rule import Family, Found, each_smtp, each_source, each_transport
from loopmail.core.checks.rules.sign_in import NEAR
from loopmail.core.edit.fields import DEAD_KEYS, TRANSPORT_FIELDS, DeadKey
from loopmail.core.js import UNDEFINED, truthy
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback.datasources import layer_values
from loopmail.core.near_miss import closest
from loopmail.core.nodemailer.connector import transport_key

RULES = Family()

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


_KNOWN = _KNOWN_EXTRA | {field.path.split("/")[1] for field in TRANSPORT_FIELDS}
# First and last Nodemailer major version that reads a key, where not all do.
_READ_BY = {
    field.path[1:]: field
    for field in TRANSPORT_FIELDS
    if "/" not in field.path[1:] and (field.since or field.until)
}


# --- Keys that nothing reads ------------------------------------------------------------


@RULES.check(each_transport, "dead-key", "A key of another library or version that nothing reads")
def dead_key(transport: TransportView) -> Iterator[Found]:
    """Keys that other libraries, or Nodemailer before 1.0, read; here they silently do nothing."""
    for key, dead in DEAD.items():
        if transport.has(key):
            text = f"“{key}” has no effect: {dead.text[0].lower()}{dead.text[1:]}"
            yield Found("warning", transport.place(key), text, _dead_fix(transport, key, dead))
    tls = transport.get("tls")
    if tls is not UNDEFINED and tls is not None and not isinstance(tls, dict):
        text = "“tls” must be an object of TLS options; this value has no effect."
        fix = transport.remove_fix("Remove tls", "tls")
        yield Found("warning", transport.place("tls"), text, fix)


def _dead_fix(transport: TransportView, key: str, dead: DeadKey) -> Fix | None:
    value, use = transport.get(key), (dead.use or "")[1:]
    free = bool(use) and not transport.has(use)
    if key in _TLS_KEYS:
        matters = not transport.has("secure") and transport.plan.port == 465
        if value is True and free and (use == "requireTLS" or matters):
            return transport.rename_fix(f"Rename {key} to {use}", key, use, safe=False)
        return transport.remove_fix(f"Remove {key}", key)
    if free and use.startswith("auth/"):
        return _move_fix(transport, key, use)
    if free and "/" not in use:
        return transport.rename_fix(f"Rename {key} to {use}", key, use, safe=False)
    return transport.remove_fix(f"Remove {key}", key, safe=False)


def _move_fix(transport: TransportView, key: str, use: str) -> Fix | None:
    """Move `username` and the like into `auth`."""
    if transport.has("auth") and not isinstance(transport.get("auth"), dict):
        return None
    old = transport.place(key)
    new = old.pointer.removesuffix(key) + use

    def build(builder: ChangeBuilder) -> None:
        # As written: a ${VAR} stays one.
        value = builder.get(old.file, old.pointer)
        if value is not UNDEFINED:
            builder.remove(old.file, old.pointer).set(old.file, new, value)

    return build_fix(f"Move {key} to {use.replace('/', '.')}", build, safe=False)


@RULES.check(each_source, "dead-key")
def transport_beside_transports(source: DatasourceView) -> Iterator[Found]:
    """A `transport` that LoopBack never looks at, since `transports` remains beside it.

    Source: loopback 3.28 lib/connectors/mail.js, the same in 2.x. Often a layer lists `transports`
    over a single `transport` and means to add to it.
    """
    single = source.settings.get("transport")
    if transport_key(source.settings) != "transports" or not isinstance(single, dict | list):
        return
    dead, listed = source.place("/transport"), source.place("/transports")
    where = "stands beside it" if listed.file == dead.file else f"is given in {listed.file}"
    text = (
        "“transport” has no effect here: LoopBack takes only “transports”, which "
        f"{where}. What “transport” says, such as the sign-in, does not count."
    )
    yield Found("warning", dead, text, _join_fix(source, dead.file, listed.file))


def _join_fix(source: DatasourceView, single: str, listing: str) -> Fix | None:
    """Let the file that lists one transport add to the single one of an earlier file instead."""
    values = layer_values(source.context.snapshot, "datasources")
    parts = {
        layer.path: part
        for layer in source.context.layers("datasources")
        if isinstance(part := values.get(layer.path, {}).get(source.name), dict)
    }
    if [path for path, part in parts.items() if "transports" in part] != [listing]:
        return None
    items, part = parts[listing]["transports"], parts[listing]
    if single == listing or "transport" in part or not isinstance(items, list) or len(items) != 1:
        return None
    base = format_pointer([source.name])

    def build(builder: ChangeBuilder) -> None:
        builder.remove(listing, f"{base}/transports")
        builder.set(listing, f"{base}/transport", items[0])

    return build_fix(f"Write “transport” in {listing}, to add to {single}", build, safe=False)


@RULES.check(each_transport, "unknown-key", "A key that Nodemailer does not read")
def unknown_key(transport: TransportView) -> Iterator[Found]:
    """Keys that no Nodemailer reads; often a slip of the pen. A module has keys of its own."""
    if transport.plan.module is not None:
        return
    if transport.plan.outcome not in ("smtp", "direct") and not transport.has("host"):
        return
    for key in transport.settings:
        if key in _KNOWN or key in DEAD or not transport.has(key):
            continue
        near = _slip(key, _KNOWN, transport.settings)
        if near is None:
            text = f"“{key}” has no effect: Nodemailer does not read it."
            yield Found("info", transport.place(key), text)
        else:
            yield _misspelt(transport, key, near)
    auth = transport.get("auth")
    for key in auth if isinstance(auth, dict) else ():
        if key not in _OF_AUTH | _AUTH_EXTRA | _SIGN_IN and (near := _slip(key, _OF_AUTH, auth)):
            yield _misspelt(transport, f"auth/{key}", near)


def _slip(key: str, known: frozenset[str], siblings: dict[str, object]) -> str | None:
    """Return the key that was probably meant."""
    near = closest(key, known, cutoff=0.85)
    return near if near not in siblings else None


def _misspelt(transport: TransportView, path: str, near: str) -> Found:
    key = path.rpartition("/")[2]
    text = f"“{key}” has no effect. Was “{near}” meant?"
    fix = transport.rename_fix(f"Rename {key} to {near}", path, near, safe=False)
    return Found("warning", transport.place(path), text, fix)


@RULES.check(each_smtp, "unknown-key")
def key_of_other_version(transport: TransportView) -> Iterator[Found]:
    """Keys that only other versions of Nodemailer read than the app's."""
    if transport.context.versions.source == "default":
        return
    for key, field in _READ_BY.items():
        if transport.has(key) and not field.read_by(transport.nodemailer):
            text = (
                f"“{key}” has no effect: this app’s Nodemailer {transport.nodemailer} "
                "does not read it."
            )
            yield Found("info", transport.place(key), text)


# --- Values of the wrong JavaScript type ----------------------------------------------

# Compared with true and false themselves, not by truthiness: they have rules of their own.
_EXACT = {"/logger", "/tls/rejectUnauthorized"}
BOOLEANS = tuple(
    field for field in TRANSPORT_FIELDS if field.kind == "boolean" and field.path not in _EXACT
)
TIMEOUTS = ("connectionTimeout", "greetingTimeout", "socketTimeout", "dnsTimeout")
_OFF = {"false", "0", "no", "off", "n", "f"}


def _each_read(context: Context) -> Iterator[TransportView]:
    """The transports whose values somebody reads: a stub on purpose reads none."""
    for transport in each_transport(context):
        kind = transport.get("type")
        if not (isinstance(kind, str) and kind.lower() == "stub"):
            yield transport


@RULES.check(_each_read, "string-not-boolean", "A text stands where true or false is meant")
def string_not_boolean(transport: TransportView) -> Iterator[Found]:
    """The texts "false", "0" and "no" count as true in JavaScript.

    They mostly come from variables: what the environment gives is always text.
    """
    for field in BOOLEANS:
        key = field.path[1:]
        value = transport.get(key)
        if not isinstance(value, str) or not field.read_by(transport.nodemailer):
            continue
        meant = bool(value) and value.strip().lower() not in _OFF
        variable, as_meant = transport.from_variable(key), truthy(value) == meant
        word = str(meant).lower()
        fix = transport.set_fix(f"Write {word}", key, meant, safe=as_meant)
        says = f"${{{variable}}} gives a text; the text" if variable else "The text"
        says += f" “{value}” counts as {str(truthy(value)).lower()} in JavaScript"
        if not as_meant:
            yield Found("error", transport.place(key), f"{says}: {key} is switched on.", fix)
        elif variable:
            yield Found("info", transport.place(key), f"{says}, as it is meant.", fix)
        else:
            text = f"{says}: write {word} without quotes."
            yield Found("info", transport.place(key), text, fix)


def _is_digits(text: str) -> bool:
    return text.strip().isascii() and text.strip().isdigit()


@RULES.check(_each_read, "port-not-number", "The port is no number")
def port_not_number(transport: TransportView) -> Iterator[Found]:
    """A port that is no whole number up to 65535; as text, LoopBack 2 keeps it and 3 converts it.

    Source: the constructors in smtp-connection 2.12.0, lib/smtp-connection.js, and in nodemailer
    6.10.1, lib/smtp-connection/index.js.
    """
    port, place = transport.get("port"), transport.place("port")
    if not truthy(port):
        return  # none at all: port-missing reports it
    if type(port) in (int, float):
        if not (0 <= port < 65536 and port == int(port)):
            text = f"There is no port {port}: a port is a whole number up to 65535, so no mail goes out."
            yield Found("error", place, text)
        return
    if isinstance(port, str) and _is_digits(port) and 0 < int(port) < 65536:
        if transport.from_variable("port"):
            return  # always text; only its effect on 465 matters: see the mismatch
        implicit = int(port) == 465 and transport.get("secure") is UNDEFINED
        effect = (
            "LoopBack 2 does not see that 465 means TLS" if implicit else "it works all the same"
        )
        text = f"The port is the text “{port}”, not a number; {effect}."
        fix = transport.set_fix(f"Write the number {int(port)}", "port", int(port))
        yield Found("warning" if implicit else "info", place, text, fix)
        return
    shown = f"“{port}”" if isinstance(port, str) else f"{port}"
    if transport.nodemailer == 2 or any("ort" in f.text[:20] for f in transport.plan.faults):
        effect = "connecting fails with a RangeError"
    else:
        effect = f"LoopBack quietly takes {transport.plan.port} instead"
    yield Found("error", place, f"The port {shown} is no number: {effect}.")


@RULES.check(_each_read, "timeout-not-number", "A time-out is a text")
def timeout_not_number(transport: TransportView) -> Iterator[Found]:
    """A time-out as text: socketTimeout crashes the process, greetingTimeout fires at once."""
    for key in TIMEOUTS:
        value = transport.get(key)
        if not isinstance(value, str) or not value:
            continue
        fix: Fix | None = None
        if _is_digits(value):
            fix = transport.set_fix(f"Write the number {int(value)}", key, int(value))
        severity: Severity = "error"
        effect = "it is over at once, so that no connection comes about"
        if key == "socketTimeout":
            effect = "the app crashes as soon as it is connected (ERR_INVALID_ARG_TYPE)"
        elif _is_digits(value):
            severity = "info"
            effect = "it works, but the same in socketTimeout would crash the app"
        text = f"{key} is the text “{value}”, not a number of milliseconds: {effect}."
        yield Found(severity, transport.place(key), text, fix)
