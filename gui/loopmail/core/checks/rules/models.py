"""model-config.json against the data sources, and which transport a message finds."""

import difflib
from collections import defaultdict
from collections.abc import Iterator

from loopmail.core.checks.context import Context, Place
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.edit.bindings import bind
from loopmail.core.js import truthy
from loopmail.core.jsontext.pointer import format_pointer

_FILE = "model-config.json"
# Connectors that surely send no mail; others (mandrill, sendgrid, …) bring a `send` of their own.
_NO_MAIL = frozenset(
    {"memory", "transient", "kv-memory", "kv-redis", "remote", "rest", "soap", "mysql", "redis"}
    | {"postgresql", "mongodb", "mssql", "oracle", "db2", "dashdb", "cloudant", "couchdb2"}
    | {"sqlite3", "elasticsearch", "cassandra", "informix", "neo4j", "openapi", "swagger"}
)


def _mail_models(context: Context) -> set[str]:
    bases = {model.name: model.base for model in context.snapshot.app.models}
    found = {"Email"}
    for name in bases:
        base, seen = bases.get(name), {name}
        while base and base not in seen:
            if base == "Email":
                found.add(name)
            seen.add(base)
            base = bases.get(base)
    return found


def _place(context: Context, model: str) -> Place:
    for layer in reversed([f for f in context.snapshot.app.files if f.kind == "model-config"]):
        value = context.snapshot.values.get(layer.name)
        entry = value.get(model) if isinstance(value, dict) else None
        if isinstance(entry, dict) and "dataSource" in entry:
            return Place(layer.name, format_pointer([model, "dataSource"]))
    return Place(_FILE, format_pointer([model]))


def _bind_fix(context: Context, model: str, datasource: str, *, safe: bool = True) -> Fix:
    file = _place(context, model).file
    return Fix(
        f"Bind {model} to {datasource}",
        safe,
        lambda workspace: bind(workspace, model, datasource, file),
    )


def model_not_bound(context: Context) -> Iterator[Problem]:
    """A mail data source that no model uses: `Email.send` throws.

    Source: loopback 3.28.0, common/models/email.js, Email.send().
    """
    mail = [source.name for source in context.mail]
    if not mail or _FILE not in context.snapshot.values:
        return
    if set(context.view.bindings.values()) & set(mail):
        return
    if "Email" in context.effective.models and context.effective.models["Email"] is not None:
        return  # bound elsewhere: the next rules report it
    yield context.problem(
        "model-not-bound",
        "warning",
        _place(context, "Email"),
        f"No model is bound to {mail[0]}: Email.send fails with “You must connect the Email Model to "
        "a Mail connector”.",
        _bind_fix(context, "Email", mail[0]),
    )


def model_bound_to_non_mail(context: Context) -> Iterator[Problem]:
    """Email, or a model based on it, bound to a data source that is not mail."""
    mail = [source.name for source in context.mail]
    for model in sorted(_mail_models(context) & set(context.effective.models)):
        datasource = context.view.bindings[model]
        source = context.effective.datasources.get(datasource or "")
        if source is None or datasource in mail:
            continue
        connector = source.settings.get("connector")
        if str(connector).removeprefix("loopback-connector-") not in _NO_MAIL:
            continue
        yield context.problem(
            "model-bound-to-non-mail",
            "warning",
            _place(context, model),
            f"{model} is bound to {datasource} ({connector}): {model}.send fails with “You must connect "
            "the Email Model to a Mail connector”.",
            _bind_fix(context, model, mail[0], safe=len(mail) == 1) if mail else None,
        )


def datasource_missing(context: Context) -> Iterator[Problem]:
    """A binding to a data source that does not exist: the app does not start.

    Source: loopback 3.28.0, lib/application.js, configureModel().
    """
    if context.effective.error:
        return
    for model, datasource in context.view.lost_bindings.items():
        near = difflib.get_close_matches(datasource, context.effective.datasources, n=1)
        fix = _bind_fix(context, model, near[0], safe=False) if near else None
        yield context.problem(
            "datasource-missing",
            "error",
            _place(context, model),
            f"{model} is bound to “{datasource}”, which does not exist: the app does not start "
            f"(“{model} is referencing a dataSource that does not exist”).",
            fix,
        )


# --- Which transport a message finds --------------------------------------------------
# Source: loopback 3.28.0, lib/connectors/mail.js, setupTransport(), transportForName() and
# defaultTransport().

_PROTOTYPE = {"constructor", "toString", "valueOf", "hasOwnProperty", "__proto__", "isPrototypeOf"}


def alias_duplicate(context: Context) -> Iterator[Problem]:
    """Two transports under one name: the last one gets the mail."""
    for source in context.mail:
        by_key: dict[str, list[int]] = defaultdict(list)
        for number, transport in enumerate(source.transports):
            key = (
                transport.get("alias") if truthy(transport.get("alias")) else transport.get("type")
            )
            by_key[str(key)].append(number)
        for key, numbers in by_key.items():
            if len(numbers) < 2:
                continue
            last = source.transports[numbers[-1]]
            aliased = any(truthy(source.transports[n].get("alias")) for n in numbers)
            yield last.problem(
                "alias-duplicate",
                "warning" if aliased else "info",
                "alias",
                f"{len(numbers)} transports answer to “{key}”: send with transport “{key}” takes the "
                "last of them, send without one the first of all. Give each its own alias.",
            )


def alias_captured(context: Context) -> Iterator[Problem]:
    """A transport without alias and type catches every message that names none."""
    for source in context.mail:
        if len(source.transports) < 2:
            continue
        for transport in source.transports:
            if not truthy(transport.get("alias")) and not truthy(transport.get("type")):
                yield transport.problem(
                    "alias-captured",
                    "error",
                    "",
                    "This transport has neither alias nor type: LoopBack gives it every message that "
                    "names no transport, and sends nothing.",
                    transport.set_fix("Set type to smtp", "type", "smtp", safe=False),
                )
    for transport in context.transports():
        alias = transport.get("alias")
        if isinstance(alias, str) and alias in _PROTOTYPE:
            yield transport.problem(
                "alias-captured",
                "error",
                "alias",
                f"“{alias}” is a built-in name of JavaScript objects; sending through it fails.",
            )


RULES = (
    model_not_bound,
    model_bound_to_non_mail,
    datasource_missing,
    alias_duplicate,
    alias_captured,
)
