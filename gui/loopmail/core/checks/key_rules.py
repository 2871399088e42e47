"""Keys that nothing reads: those of other libraries, of other versions, and slips of the pen."""

import difflib
from collections.abc import Iterator

from loopmail.core.change_builder import ChangeBuilder
from loopmail.core.checks.context import Context, TransportView, build_fix
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.checks.signin_rules import NEAR
from loopmail.core.fields import DEAD_KEYS, TRANSPORT_FIELDS, DeadKey
from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext import format_pointer
from loopmail.core.plan.connector import transport_key

# Keys of `auth` are told by the rules of signing in.
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
    """Keys that were read by other libraries and do nothing here (users-pains A3, E10)."""
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


RULES = (dead_key, unknown_key, transport_beside_transports)
