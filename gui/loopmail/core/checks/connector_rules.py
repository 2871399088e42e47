"""Connectors that LoopBack does not find (loopback-semantics 2)."""

from collections.abc import Iterator

from loopmail.core.app_folder import BASE_FILE
from loopmail.core.checks.context import Context, Place, may_be_path, set_at
from loopmail.core.checks.problem import Problem, Severity
from loopmail.core.js import truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.layers import EffectiveDatasource

# Connectors that come with loopback itself, by the names of their files (lib/connectors, juggler).
_BUILT_IN = frozenset({"mail", "memory", "transient", "kv-memory", "remote"})


def connector_unknown(context: Context) -> Iterator[Problem]:
    """A connector that LoopBack does not find: the app does not start."""
    for source in context.effective.datasources.values():
        connector, origin = source.settings.get("connector"), source.origins.get("/connector")
        if origin is not None and origin.variable:
            continue
        sends = "transports" in source.settings or "transport" in source.settings
        if isinstance(connector, str) and connector:
            if connector != "mail" and _means_mail(connector, sends):
                yield _misspelt(context, source, connector)
        elif not truthy(connector) and not truthy(source.settings.get("adapter")):
            yield from _unnamed(context, source, sends=sends)


def _means_mail(connector: str, sends: bool) -> bool:
    name = connector.strip().lower()
    return name == "mail" or (sends and name in ("email", "smtp", "mailer", "nodemailer"))


def _place(source: EffectiveDatasource) -> Place:
    origin = source.origins.get("/connector")
    if origin is not None and origin.file is not None:
        return Place(origin.file, origin.pointer)
    return Place(BASE_FILE, format_pointer([source.name, "connector"]))


def _misspelt(context: Context, source: EffectiveDatasource, connector: str) -> Problem:
    return context.problem(
        "connector-unknown",
        "error",
        _place(source),
        f"LoopBack knows no connector “{connector}”: its name is “mail”, in small letters.",
        set_at(_place(source), "Set connector to mail", "mail"),
    )


def _unnamed(context: Context, source: EffectiveDatasource, *, sends: bool) -> Iterator[Problem]:
    """No connector: LoopBack 2 does not notice, LoopBack 3 takes the data source's own name."""
    name, three = source.name, context.versions.major > 2
    guessed = context.versions.source == "default"
    fix = set_at(_place(source), "Set connector to mail", "mail") if sends else None
    severity: Severity = "error"
    if sends:
        effect = "LoopBack 2 sends nothing"
        if three:
            effect = "LoopBack 3 takes the name for one, finds none and does not start"
        if three and name == "mail":
            severity = "info"
            effect = "LoopBack 3 takes the name for one, which works; LoopBack 2 sends nothing"
        text = f"“{name}” has transports but no connector: {effect}."
    elif three and not _installed(context, name):
        severity = "warning" if guessed else "error"
        text = (
            f"“{name}” has no connector: LoopBack 3 takes the name for one, finds none and does not "
            "start."
        )
    else:
        return
    yield context.problem("connector-unknown", severity, _place(source), text, fix)


def _installed(context: Context, name: str) -> bool:
    if name in _BUILT_IN:
        return True
    modules = context.snapshot.app.root / "node_modules"
    names = (name, f"loopback-connector-{name}")
    return any(may_be_path(one) and (modules / one).is_dir() for one in names)


RULES = (connector_unknown,)
