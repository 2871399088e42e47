"""model-config.json against the data sources, and which transport a message finds."""

import difflib
from collections import defaultdict
from collections.abc import Iterator

from loopmail.core.checks.context import Context, DatasourceView, TransportView
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import Family, Found, each_source, each_transport, the_app
from loopmail.core.edit.bindings import FILE, bind, sends_mail
from loopmail.core.js import truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.datasources import layer_values
from loopmail.core.loopback.transport import Place

RULES = Family()

# Connectors that surely send no mail; others (mandrill, sendgrid, …) bring a `send` of their own.
_NO_MAIL = frozenset(
    {"memory", "transient", "kv-memory", "kv-redis", "remote", "rest", "soap", "mysql", "redis"}
    | {"postgresql", "mongodb", "mssql", "oracle", "db2", "dashdb", "cloudant", "couchdb2"}
    | {"sqlite3", "elasticsearch", "cassandra", "informix", "neo4j", "openapi", "swagger"}
)


def _place(context: Context, model: str) -> Place:
    for file, value in reversed(layer_values(context.snapshot, "model-config").items()):
        entry = value.get(model)
        if isinstance(entry, dict) and "dataSource" in entry:
            return Place(file, format_pointer([model, "dataSource"]))
    return Place(FILE, format_pointer([model]))


def _bind_fix(model: str, datasource: str, file: str, *, safe: bool = True) -> Fix:
    summary = f"Bind {model} to {datasource}"
    return Fix(summary, safe, lambda workspace: bind(workspace, model, datasource, file))


@RULES.check(the_app, "model-not-bound", "No model uses the mail data source")
def model_not_bound(context: Context) -> Iterator[Found]:
    """A mail data source that no model uses: `Email.send` throws.

    Source: loopback 3.28.0, common/models/email.js, Email.send().
    """
    mail = [source.name for source in context.mail]
    if not mail or FILE not in context.snapshot.values:
        return
    if set(context.view.bindings.values()) & set(mail):
        return
    if context.effective.models.get("Email") is not None:
        return  # bound elsewhere: the next rules report it
    place = _place(context, "Email")
    text = (
        f"No model is bound to {mail[0]}: Email.send fails with “You must connect the Email Model to "
        "a Mail connector”."
    )
    yield Found("warning", place, text, _bind_fix("Email", mail[0], place.file))


@RULES.check(the_app, "model-bound-to-non-mail", "An e-mail model is bound to something else")
def model_bound_to_non_mail(context: Context) -> Iterator[Found]:
    """Email, or a model based on it, bound to a data source that is not mail."""
    mail = [source.name for source in context.mail]
    bases = {model.name: model.base for model in context.snapshot.app.models}
    for model in sorted(context.effective.models):
        datasource = context.view.bindings[model]
        source = context.effective.datasources.get(datasource or "")
        if source is None or datasource in mail or not sends_mail(model, bases):
            continue
        connector = source.settings.get("connector")
        if str(connector).removeprefix("loopback-connector-") not in _NO_MAIL:
            continue
        place = _place(context, model)
        text = (
            f"{model} is bound to {datasource} ({connector}): {model}.send fails with “You must connect "
            "the Email Model to a Mail connector”."
        )
        fix = _bind_fix(model, mail[0], place.file, safe=len(mail) == 1) if mail else None
        yield Found("warning", place, text, fix)


@RULES.check(the_app, "datasource-missing", "A model is bound to a data source that does not exist")
def datasource_missing(context: Context) -> Iterator[Found]:
    """A binding to a data source that does not exist: the app does not start.

    Source: loopback 3.28.0, lib/application.js, configureModel().
    """
    if context.effective.error:
        return
    for model, datasource in context.view.lost_bindings.items():
        place = _place(context, model)
        near = difflib.get_close_matches(datasource, context.effective.datasources, n=1)
        fix = _bind_fix(model, near[0], place.file, safe=False) if near else None
        text = (
            f"{model} is bound to “{datasource}”, which does not exist: the app does not start "
            f"(“{model} is referencing a dataSource that does not exist”)."
        )
        yield Found("error", place, text, fix)


# --- Which transport a message finds --------------------------------------------------
# Source: loopback 3.28.0, lib/connectors/mail.js, setupTransport(), transportForName() and
# defaultTransport().

_PROTOTYPE = {"constructor", "toString", "valueOf", "hasOwnProperty", "__proto__", "isPrototypeOf"}


@RULES.check(each_source, "alias-duplicate", "Two transports have one name")
def alias_duplicate(source: DatasourceView) -> Iterator[Found]:
    """Two transports under one name: the last one gets the mail."""
    by_key: dict[str, list[TransportView]] = defaultdict(list)
    for transport in source.transports:
        alias = transport.get("alias")
        by_key[str(alias if truthy(alias) else transport.get("type"))].append(transport)
    for key, same in by_key.items():
        if len(same) > 1:
            aliased = any(truthy(transport.get("alias")) for transport in same)
            text = (
                f"{len(same)} transports answer to “{key}”: send with transport “{key}” takes the "
                "last of them, send without one the first of all. Give each its own alias."
            )
            yield Found("warning" if aliased else "info", same[-1].place("alias"), text)


@RULES.check(
    each_transport, "alias-captured", "A transport catches messages that are not meant for it"
)
def alias_captured(transport: TransportView) -> Iterator[Found]:
    """A transport without alias and type catches every message that names none."""
    alias, alone = transport.get("alias"), len(transport.source.transports) == 1
    if not alone and not truthy(alias) and not truthy(transport.get("type")):
        text = (
            "This transport has neither alias nor type: LoopBack gives it every message that "
            "names no transport, and sends nothing."
        )
        fix = transport.set_fix("Set type to smtp", "type", "smtp", safe=False)
        yield Found("error", transport.place(), text, fix)
    if isinstance(alias, str) and alias in _PROTOTYPE:
        text = f"“{alias}” is a built-in name of JavaScript objects; sending through it fails."
        yield Found("error", transport.place("alias"), text)
