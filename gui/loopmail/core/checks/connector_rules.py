"""Connectors that LoopBack does not find (loopback-semantics 2)."""

from collections.abc import Iterator

from loopmail.core.app_folder import BASE_FILE
from loopmail.core.checks.context import Context, Place, set_at
from loopmail.core.checks.problem import Problem, Severity
from loopmail.core.connectors import is_mail_connector, means_mail
from loopmail.core.js import truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.layers import EffectiveDatasource


def connector_unknown(context: Context) -> Iterator[Problem]:
    """A connector that LoopBack does not find: the app does not start."""
    for source in context.effective.datasources.values():
        connector, origin = source.settings.get("connector"), source.origins.get("/connector")
        if origin is not None and origin.variable:
            continue
        settings = source.settings
        if isinstance(connector, str) and connector:
            if not is_mail_connector(connector) and means_mail(connector, settings):
                yield _misspelt(context, source, connector)
        elif not truthy(connector) and not truthy(settings.get("adapter")):
            yield from _unnamed(context, source)


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


def _unnamed(context: Context, source: EffectiveDatasource) -> Iterator[Problem]:
    """No connector: LoopBack 2 does not notice, LoopBack 3 takes the data source's own name."""
    name, settings = source.name, source.settings
    sends = "transports" in settings or "transport" in settings
    missing = context.view.connectors.missing(name, settings, context.versions.major)
    effect = f"LoopBack {context.versions.major} sends nothing"
    if missing is not None:
        effect = "LoopBack 3 takes the name for one, finds none and does not start"
    if sends:
        text = f"“{name}” has transports but no connector: {effect}."
        fix = set_at(_place(source), "Set connector to mail", "mail")
        yield context.problem("connector-unknown", "error", _place(source), text, fix)
    elif missing is not None:
        severity: Severity = "warning" if context.versions.source == "default" else "error"
        text = f"“{name}” has no connector: {effect}."
        yield context.problem("connector-unknown", severity, _place(source), text)


RULES = (connector_unknown,)
