"""Changing model-config.json: which model uses which data source."""

from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import layer_name
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json, Undefined
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback.datasources import datasource_keys, index_names, layer_values
from loopmail.core.loopback.layers import META

FILE = layer_name("model-config")


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


def put_back(workspace: Workspace, model: str, entry: Json | Undefined, file: str) -> list[Change]:
    """Give a model the entry that it had before it was bound; UNDEFINED: it had none."""
    _check_model(model)
    builder, pointer = ChangeBuilder(workspace), format_pointer([model])
    if entry is UNDEFINED:
        return builder.remove(file, pointer).changes
    return builder.set(file, pointer, entry).changes


def _check_model(model: str) -> None:
    if not model:
        raise EditError("", "A binding needs the name of a model.")
    if model == META:
        raise EditError("/_meta", "“_meta” says where models are found; it is no model.")
    if any(ord(character) < 32 for character in model):
        raise EditError("", "A model's name cannot hold control characters or line breaks.")
