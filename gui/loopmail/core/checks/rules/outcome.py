"""Successes that send nothing, secrets in the log, and connectors that LoopBack does not find."""

from collections.abc import Iterator

from loopmail.core.app.folder import BASE_FILE
from loopmail.core.checks.context import Context, Place, TransportView, remove_at, rename_at, set_at
from loopmail.core.checks.problem import Fix, Problem, Severity
from loopmail.core.js import UNDEFINED, truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.connectors import is_mail_connector, means_mail
from loopmail.core.loopback.effective import EffectiveDatasource


def nothing_sent(context: Context) -> Iterator[Problem]:
    """LoopBack reports success and nothing leaves the machine.

    Source: loopback 3.28.0, lib/connectors/mail.js, MailConnector(), setupTransport() and
    Mailer.send().
    """
    for source in context.mail:
        settings = source.source.settings
        if isinstance(settings.get("transport"), list) and not truthy(settings.get("transports")):
            place = source.place("/transport")
            yield context.problem(
                "nothing-sent",
                "error",
                place,
                "“transport” holds a list: LoopBack takes it for one transport without a type, reports "
                "success and sends nothing.",
                rename_at(place, "Rename transport to transports", "transports"),
            )
        elif not truthy(settings.get("transports")) and not truthy(settings.get("transport")):
            yield context.problem(
                "nothing-sent",
                "error",
                source.place("/transports"),
                "This data source has no transports: LoopBack warns, reports success and sends nothing.",
            )
        elif settings.get("transports") == []:
            yield context.problem(
                "nothing-sent",
                "error",
                source.place("/transports"),
                "The list of transports is empty: LoopBack reports success and sends nothing.",
            )
    for transport in context.transports():
        if transport.plan.outcome in ("stub", "none"):
            yield _stub_problem(transport)


def _stub_problem(transport: TransportView) -> Problem:
    type_ = transport.get("type")
    if type_ is UNDEFINED or not truthy(type_):
        text = "Without a type LoopBack takes the stub transport: it reports success and sends nothing."
        return transport.problem("nothing-sent", "error", "type", text, _type_fix(transport))
    if isinstance(type_, str) and type_.lower() == "stub":
        text = "The stub transport reports success and sends nothing (fine for tests)."
        return transport.problem("nothing-sent", "warning", "type", text, _type_fix(transport))
    text = transport.plan.text or "This transport reports success and sends nothing."
    return transport.problem("nothing-sent", "warning", "", text)


def _type_fix(transport: TransportView) -> Fix | None:
    if not truthy(transport.get("host")) and not truthy(transport.get("service")):
        return None
    return transport.set_fix(
        "Set type to smtp", "type", "smtp", safe=not truthy(transport.get("type"))
    )


def debug_prints_secrets(context: Context) -> Iterator[Problem]:
    """`debug` prints whole messages, with `logger` the dialogue too: secrets end up in the log.

    Source: loopback 3.28.0, lib/connectors/mail.js, Mailer.send().
    """
    for source in context.mail:
        if truthy(source.source.settings.get("debug")):
            place = source.place("/debug")
            yield context.problem(
                "debug-prints-secrets",
                "warning",
                place,
                "debug prints every message with its text to the console, password-reset links included.",
                remove_at(place, "Remove debug"),
            )
    for transport in context.transports():
        if transport.get("logger") is True and truthy(transport.get("debug")):
            password = " and the password" if context.versions.nodemailer_major == 2 else ""
            yield transport.problem(
                "debug-prints-secrets",
                "warning",
                "debug",
                f"logger with debug prints every message{password} to the console.",
                transport.remove_fix("Remove debug", "debug"),
            )


# --- Connectors that LoopBack does not find -------------------------------------------
# Sources: dataSourcesFromConfig() in loopback 3.28.0, lib/application.js; _resolveConnector() in
# loopback-datasource-juggler 3.36.1, lib/datasource.js.


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


RULES = (
    nothing_sent,
    debug_prints_secrets,
    connector_unknown,
)
