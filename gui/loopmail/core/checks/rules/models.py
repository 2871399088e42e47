"""model-config.json against the data sources, and which transport a message finds."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from loopmail.core.checks.context import Context, DatasourceView, TransportView, rename_at
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import Family, Found, each_source, each_transport, the_app
from loopmail.core.edit.bindings import FILE, bind
from loopmail.core.js import truthy
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.bindings import model_to_bind
from loopmail.core.loopback.registry import ModelError, registry_of
from loopmail.core.loopback.transport import Place
from loopmail.core.near_miss import closest

RULES = Family()


def _place(context: Context, model: str) -> Place:
    return context.view.binding_place(model)


def _bind_fix(model: str, datasource: str, file: str, *, safe: bool = True) -> Fix:
    summary = f"Bind {model} to {datasource}"
    return Fix(summary, safe, lambda workspace: bind(workspace, model, datasource, file))


@RULES.check(the_app, "model-not-bound", "No model uses the mail data source")
def model_not_bound(context: Context) -> Iterator[Found]:
    """A mail data source that no model uses: `Email.send` throws.

    Source: loopback 3.28.0, common/models/email.js, Email.send().
    """
    mail = [source.name for source in context.mail]
    registry = context.view.registry
    if not mail or FILE not in context.snapshot.values or not registry.defined:
        return
    if any(model.datasource in mail for model in registry.defined.values()):
        return
    lost = {error.model for error in registry.errors if error.kind == "datasource"}
    senders = [
        m for m in registry.models.values() if m.is_email and m.send in ("throws", "unknown")
    ]
    if any(model.datasource is not None or model.name in lost for model in senders):
        return  # bound elsewhere: the next rules report it, or its connector sends
    name = model_to_bind(registry)
    place = _place(context, name or "Email")
    email = registry.lookup("Email")
    text = (
        f"No model is bound to {mail[0]}: Email.send fails with “You must connect the Email Model to "
        "a Mail connector”."
    )
    if email is not None and email.send == "none":
        text = (
            f"No model is bound to {mail[0]}, so nothing of this app sends through it: "
            f"app.models.Email is the app’s own model {email.name}, which has no send."
        )
    fix = _bind_fix(name, mail[0], place.file) if name is not None else None
    yield Found("warning", place, text, fix)


@RULES.check(the_app, "model-bound-to-non-mail", "An e-mail model is bound to something else")
def model_bound_to_non_mail(context: Context) -> Iterator[Found]:
    """LoopBack's Email, or a model based on it, bound to a data source that is not mail.

    A table of the app's own that is called Email sends nothing, and shall not.
    """
    mail = [source.name for source in context.mail]
    for name, model in sorted(context.view.registry.models.items()):
        source = context.effective.datasources.get(model.datasource or "")
        if source is None or model.send != "throws":
            continue
        place = _place(context, name)
        text = (
            f"{name} is bound to {source.name} ({source.settings.get('connector')}): {name}.send "
            "fails with “You must connect the Email Model to a Mail connector”."
        )
        fix = _bind_fix(name, mail[0], place.file, safe=len(mail) == 1) if mail else None
        yield Found("warning", place, text, fix)


@RULES.check(the_app, "model-shadowed", "Another model takes the name of an e-mail model")
def model_shadowed(context: Context) -> Iterator[Found]:
    """A model that could send mail, and a later one that takes its name in `app.models`.

    Source: loopback 3.28.0, lib/application.js, app.model().
    """
    registry = context.view.registry
    for name, other in registry.shadowed.items():
        if registry.models[name].send != "none" and other.send != "mail":
            text = (
                f"app.models.{name} is the model {other.name}: LoopBack registers each model under "
                f"its name in camel case, too, and {other.name} comes later. app.models.{name}.send "
                f"is not {name}’s. Give {other.name} another name"
            )
            if _apart_when_last(context, name, other.name):
                text += (
                    f", or list {name} after {other.name} in {FILE}: then each is found under its "
                    f"own name, and code that gets {other.name} from app.models.{name} must say "
                    f"app.models.{other.name}"
                )
            yield Found("warning", _place(context, other.name), f"{text}.")


def _apart_when_last(context: Context, name: str, other: str) -> bool:
    """Tell whether both models are found under their own names once `name` is the last entry."""
    value = context.snapshot.values.get(FILE)
    if not isinstance(value, dict) or name not in value:
        return False
    moved = {key: value[key] for key in value if key != name} | {name: value[name]}
    values = {**context.snapshot.values, FILE: moved}
    registry = registry_of(replace(context.snapshot, values=values), context.effective)
    return registry.boot_error is None and not {name, other} & set(registry.shadowed)


def _stops_start(context: Context, *, not_found: bool) -> Iterator[tuple[ModelError, str]]:
    """Yield what is wrong with models or their files, and the sentence about it."""
    errors = context.view.model_errors if context.effective.error is None else ()
    for error in errors:
        lost = error.kind == "model" and error.text.startswith("Model not found")
        if error.kind != "datasource" and lost == not_found:
            text = error.text.rstrip(".").replace(f"{context.snapshot.app.root}/", "")
            yield error, f"The app does not start: {text}."


@RULES.check(the_app, "model-not-found", "There is no such model")
def model_not_found(context: Context) -> Iterator[Found]:
    """An entry without a model, or a model without its base.

    Source: loopback 3.28.0, lib/registry.js, getModel() and createModel().
    """
    known = context.view.registry.defined
    for error, text in _stops_start(context, not_found=True):
        place = _place(context, error.model)
        near = next((name for name in known if name.lower() == error.model.lower()), None)
        written = place.pointer == format_pointer([error.model])
        free = near is not None and near != error.model and near not in context.effective.models
        fix = rename_at(place, f"Rename {error.model} to {near}", near or "", safe=False)
        yield Found("error", place, text, fix if written and free else None)


@RULES.check(the_app, "crash-at-boot")
def models_stop_start(context: Context) -> Iterator[Found]:
    """A definition that is no JSON, a circle of bases and the like."""
    for error, text in _stops_start(context, not_found=False):
        sources = Place(FILE, format_pointer(["_meta", "sources"]))
        yield Found("error", _place(context, error.model) if error.model else sources, text)


@RULES.check(the_app, "datasource-missing", "A model is bound to a data source that does not exist")
def datasource_missing(context: Context) -> Iterator[Found]:
    """A binding to a data source that does not exist: the app does not start.

    Source: loopback 3.28.0, lib/application.js, configureModel().
    """
    if context.effective.error:
        return
    for error in context.view.registry.errors:
        if error.kind != "datasource":
            continue
        model, place = error.model, _place(context, error.model)
        wanted = error.text.partition('"')[2].removesuffix('"')
        near = closest(wanted, context.effective.datasources)
        fix = _bind_fix(model, near, place.file, safe=False) if near else None
        text = (
            f"{model} is bound to “{wanted}”, which does not exist: the app does not start "
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
