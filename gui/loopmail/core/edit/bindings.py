"""model-config.json: which model uses which data source.

Sources: for what a binding is, loopback-boot 2.28.0, lib/compiler.js, and 3.3.1,
lib/plugins/model.js; for what becomes of it, loopback 3.28.0, lib/registry.js, configureModel(), and
common/models/email.js.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import layer_name
from loopmail.core.app.models import BINDABLE, BUILTIN
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback.datasources import (
    DatasourceInfo,
    datasource_keys,
    index_names,
    layer_values,
    list_datasources,
)
from loopmail.core.loopback.layers import reading_order

FILE = layer_name("model-config")
META = "_meta"

SENDS_MAIL = "Sends mail"
BOUND = "Bound"
NOT_BOUND = "Not bound"
DATASOURCE_MISSING = "Data source missing"
LEFT_TO_SCRIPT = "Perhaps set by a script"
NOT_MAIL = "Not a mail data source"
MODEL_MISSING = "Model not found"
NOT_AN_OBJECT = "Not an object"


@dataclass(frozen=True, slots=True)
class Binding:
    """A row of the bindings table."""

    model: str
    datasource: str | None
    public: bool | None  # None: not written
    state: str  # a short sentence: "Sends mail", "Not bound", "Data source missing", …
    ok: bool
    file: str  # the layer that decides


@dataclass(frozen=True, slots=True)
class _Context:
    """What a binding's state depends on."""

    names: Mapping[str, str]  # every name of a data source, and its key
    mail: Set[str]
    scripts: bool  # a script may add data sources, which loopmail never executes
    bases: Mapping[str, str | None]  # models of the app's folders and what they extend


def sends_mail(model: str, bases: Mapping[str, str | None]) -> bool:
    """Tell whether a model is Email or extends it, over any number of steps."""
    seen: set[str] = set()
    current: str | None = model
    while current and current != "Email" and current not in seen:
        seen.add(current)
        current = bases.get(current)
    return current == "Email"


def list_bindings(
    snapshot: Snapshot, env: str | None = None, sources: Sequence[DatasourceInfo] | None = None
) -> list[Binding]:
    """All bindings of the app in that environment (None: the base file only), in file order.

    `_meta` is not a binding. Files that LoopBack would not read there do not count. `sources`
    are the app's data sources, when they are at hand.
    """
    if sources is None:
        sources = list_datasources(snapshot)
    layers = _layers(snapshot, env)
    context = _Context(
        names=index_names(datasource_keys(snapshot)),
        mail={one.name for one in sources if one.is_mail},
        scripts=any(file.script and file.kind == "datasources" for file in snapshot.app.files),
        bases={model.name: model.base for model in snapshot.app.models},
    )
    models = dict.fromkeys(model for value in layers.values() for model in value)
    return [_binding(model, layers, context) for model in models if model != META]


def count_bindings(snapshot: Snapshot, env: str | None = None) -> int:
    """Return how many bindings `list_bindings` would return."""
    layers = _layers(snapshot, env)
    return len({model for value in layers.values() for model in value} - {META})


def _layers(snapshot: Snapshot, env: str | None) -> dict[str, dict[str, Json]]:
    """Return the files that LoopBack reads in that environment."""
    present = {file.name for file in snapshot.app.files} | set(snapshot.values)
    order = reading_order("model-config", env, present)
    values = layer_values(snapshot, "model-config")
    return {
        file.path: values[file.path]
        for file in order
        if file.state == "read" and file.path in values
    }


def _binding(model: str, layers: dict[str, dict[str, Json]], context: _Context) -> Binding:
    entries = {file: value[model] for file, value in layers.items() if model in value}
    if not all(isinstance(entry, dict) for entry in entries.values()):
        return Binding(model, None, None, NOT_AN_OBJECT, ok=False, file=list(entries)[-1])
    merged = {key: value for entry in entries.values() for key, value in entry.items()}
    binding = [file for file, entry in entries.items() if "dataSource" in entry]
    decides = (binding or list(entries))[-1]
    bound = merged.get("dataSource")
    datasource = bound if isinstance(bound, str) and bound else None
    public = merged.get("public") if isinstance(merged.get("public"), bool) else None
    state, ok = _state(model, datasource, context)
    return Binding(model, datasource, public, state, ok, decides)


def _state(model: str, datasource: str | None, context: _Context) -> tuple[str, bool]:
    if model not in BUILTIN and model not in context.bases:
        return MODEL_MISSING, False
    for_mail = sends_mail(model, context.bases)
    if datasource is None:
        return NOT_BOUND, not for_mail
    key = context.names.get(datasource)
    if key is None:
        return (LEFT_TO_SCRIPT, True) if context.scripts else (DATASOURCE_MISSING, False)
    if key in context.mail:
        return SENDS_MAIL, True
    return (NOT_MAIL, False) if for_mail else (BOUND, True)


def bindable_models(snapshot: Snapshot) -> list[str]:
    """Models that may be bound and are not yet: built-in ones, then those of the folders."""
    present = {m for value in layer_values(snapshot, "model-config").values() for m in value}
    own = sorted(model.name for model in snapshot.app.models)
    return [model for model in dict.fromkeys((*BINDABLE, *own)) if model not in present]


def bindings_to(snapshot: Snapshot, datasource: str) -> Iterator[tuple[str, str]]:
    """Yield file and model of every binding that LoopBack would lead to a data source."""
    names = index_names(datasource_keys(snapshot))
    for file, value in layer_values(snapshot, "model-config").items():
        for model, entry in value.items():
            bound = entry.get("dataSource") if isinstance(entry, dict) else None
            if isinstance(bound, str) and names.get(bound) == datasource:
                yield file, model


def users_of(snapshot: Snapshot, datasource: str) -> list[str]:
    """The models bound to a data source, in any layer, in file order."""
    return list(dict.fromkeys(model for _, model in bindings_to(snapshot, datasource)))


def bind(
    workspace: Workspace, model: str, datasource: str | None, file: str = FILE
) -> list[Change]:
    """Set a model's dataSource, adding the entry if it is new; creates the file if needed."""
    _check_model(model)
    builder = ChangeBuilder(workspace)
    entry = builder.get(file, format_pointer([model]))
    if entry is UNDEFINED or isinstance(entry, dict):
        builder.set(file, format_pointer([model, "dataSource"]), datasource)
    else:
        builder.set(file, format_pointer([model]), {"dataSource": datasource})
    return builder.changes


def set_public(
    workspace: Workspace, model: str, public: bool | None, file: str = FILE
) -> list[Change]:
    """Set or remove a binding's `public`; raise EditError if the model has no entry here."""
    _check_model(model)
    builder = ChangeBuilder(workspace)
    pointer = format_pointer([model, "public"])
    if public is None:
        return builder.remove(file, pointer).changes
    return builder.set(file, pointer, public).changes


def unbind(workspace: Workspace, model: str, file: str = FILE) -> list[Change]:
    """Remove a model's entry."""
    _check_model(model)
    return ChangeBuilder(workspace).remove(file, format_pointer([model])).changes


def _check_model(model: str) -> None:
    if not model:
        raise EditError("", "A binding needs the name of a model.")
    if model == META:
        raise EditError("/_meta", "“_meta” says where models are found; it is no model.")
    if any(ord(character) < 32 for character in model):
        raise EditError("", "A model's name cannot hold control characters or line breaks.")
