"""model-config.json against the data sources."""

import difflib
from collections.abc import Iterator

from loopmail.core.bindings import bind
from loopmail.core.checks.context import Context, Place
from loopmail.core.checks.problem import Fix, Problem
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
    """A mail data source that no model uses: `Email.send` throws (users-pains E7)."""
    mail = [source.name for source in context.mail]
    if not mail or _FILE not in context.snapshot.values:
        return
    if set(context.view.bindings.values()) & set(mail):
        return
    if "Email" in context.effective.models and context.effective.models["Email"] is not None:
        return  # bound elsewhere: the next rules tell
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
    """A binding to a data source that does not exist: the app does not start (users-pains E8)."""
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


RULES = (model_not_bound, model_bound_to_non_mail, datasource_missing)
