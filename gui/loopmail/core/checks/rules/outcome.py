"""Successes that send nothing, secrets in the log, and connectors that LoopBack does not find."""

from collections.abc import Iterator

from loopmail.core.app.folder import BASE_FILE
from loopmail.core.checks.context import (
    Context,
    DatasourceView,
    TransportView,
    remove_at,
    rename_at,
    set_at,
)
from loopmail.core.checks.rule import Family, Found, each_source, each_transport, the_app
from loopmail.core.js import truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.connectors import is_mail_connector, means_mail
from loopmail.core.loopback.datasources import layer_values
from loopmail.core.loopback.effective import Origin
from loopmail.core.loopback.transport import Place

RULES = Family()


# --- LoopBack reports success and nothing leaves the machine ----------------------------
# Source: loopback 3.28.0, lib/connectors/mail.js, MailConnector(), setupTransport() and
# Mailer.send().


@RULES.check(each_source, "nothing-sent", "LoopBack reports success and sends nothing")
def no_transports(source: DatasourceView) -> Iterator[Found]:
    """Data sources in which LoopBack finds no transport."""
    single, several = source.settings.get("transport"), source.settings.get("transports")
    if isinstance(single, list) and not truthy(several):
        place = source.place("/transport")
        text = (
            "“transport” holds a list: LoopBack takes it for one transport without a type, reports "
            "success and sends nothing."
        )
        fix = rename_at(place, "Rename transport to transports", "transports")
        yield Found("error", place, text, fix)
    elif not truthy(several) and not truthy(single):
        text = (
            "This data source has no transports: LoopBack warns, reports success and sends nothing."
        )
        yield Found("error", source.place("/transports"), text)
    elif several == []:
        text = "The list of transports is empty: LoopBack reports success and sends nothing."
        yield Found("error", source.place("/transports"), text)


@RULES.check(each_transport, "nothing-sent")
def stub(transport: TransportView) -> Iterator[Found]:
    """Transports that only pretend."""
    if transport.plan.outcome not in ("stub", "none"):
        return
    type_, place, fix = transport.get("type"), transport.place("type"), None
    if truthy(transport.get("host")) or truthy(transport.get("service")):
        safe = not truthy(type_)
        fix = transport.set_fix("Set type to smtp", "type", "smtp", safe=safe)
    if not truthy(type_):
        text = "Without a type LoopBack takes the stub transport: it reports success and sends nothing."
        yield Found("error", place, text, fix)
    elif isinstance(type_, str) and type_.lower() == "stub":
        text = "The stub transport reports success and sends nothing (fine for tests)."
        yield Found("warning", place, text, fix)
    else:
        text = transport.plan.text or "This transport reports success and sends nothing."
        yield Found("warning", transport.place(), text)


# --- `debug` prints whole messages, with `logger` the dialogue too: secrets end up in the log
# Source: loopback 3.28.0, lib/connectors/mail.js, Mailer.send().


@RULES.check(
    each_source, "debug-prints-secrets", "Messages or passwords are printed to the console"
)
def source_debugs(source: DatasourceView) -> Iterator[Found]:
    """`debug` of a data source."""
    if truthy(source.settings.get("debug")):
        place = source.place("/debug")
        text = "debug prints every message with its text to the console, password-reset links included."
        yield Found("warning", place, text, remove_at(place, "Remove debug"))


@RULES.check(each_transport, "debug-prints-secrets")
def transport_debugs(transport: TransportView) -> Iterator[Found]:
    """`debug` of a transport, together with `logger`."""
    if transport.get("logger") is True and truthy(transport.get("debug")):
        password = " and the password" if transport.nodemailer == 2 else ""
        text = f"logger with debug prints every message{password} to the console."
        fix = transport.remove_fix("Remove debug", "debug")
        yield Found("warning", transport.place("debug"), text, fix)


# --- Connectors that LoopBack does not find -------------------------------------------
# Sources: dataSourcesFromConfig() in loopback 3.28.0, lib/application.js; _resolveConnector() in
# loopback-datasource-juggler 3.36.1, lib/datasource.js.


@RULES.check(the_app, "connector-unknown", "LoopBack knows no such connector")
def connector_unknown(context: Context) -> Iterator[Found]:
    """A connector that LoopBack does not find: the app does not start.

    Where none is given, LoopBack 2 does not notice, and LoopBack 3 takes the data source's own name.
    """
    for name, source in context.effective.datasources.items():
        settings, origin = source.settings, source.origins.get("/connector")
        if origin is not None and origin.variable:
            continue
        connector, place = settings.get("connector"), _connector_place(context, name, origin)
        fix = set_at(place, "Set connector to mail", "mail")
        if isinstance(connector, str) and connector:
            if not is_mail_connector(connector) and means_mail(connector, settings):
                text = f"LoopBack knows no connector “{connector}”: its name is “mail”, in small letters."
                yield Found("error", place, text, fix)
            continue
        if truthy(connector) or truthy(settings.get("adapter")):
            continue
        major = context.versions.major
        missing = context.view.connectors.missing(name, settings, major)
        effect = f"LoopBack {major} sends nothing"
        if missing is not None:
            effect = "LoopBack 3 takes the name for one, finds none and does not start"
        if "transports" in settings or "transport" in settings:
            text = f"“{name}” has transports but no connector: {effect}."
            yield Found("error", place, text, fix)
        elif missing is not None:
            guessed = context.versions.source == "default"
            text = f"“{name}” has no connector: {effect}."
            yield Found("warning" if guessed else "error", place, text)


def _connector_place(context: Context, name: str, origin: Origin | None) -> Place:
    """Return where the connector stands, or would in the first layer that has the data source."""
    if origin is not None and origin.file is not None:
        return Place(origin.file, origin.pointer)
    layers = layer_values(context.snapshot, "datasources")
    read = [file.path for file in context.layers("datasources") if file.state == "read"]
    file = next((file for file in read if name in layers.get(file, ())), BASE_FILE)
    return Place(file, format_pointer([name, "connector"]))
