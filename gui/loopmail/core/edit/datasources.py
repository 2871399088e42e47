"""Mail data sources and transports as the form sees them: the changes that edit them.

Functions return changes; nothing is applied. `file` is the layer that is edited. A data source is
one thing over all layers: renaming, copying and removing it touch every file that mentions it.
"""

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.edit.transports import add_transport, remove_transport
from loopmail.core.errors import EditError
from loopmail.core.js import Json
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback import datasources as datasource_names
from loopmail.core.loopback.connectors import MAIL
from loopmail.core.loopback.datasources import (
    DatasourceInfo,
    TransportInfo,
    datasource_keys,
    layer_values,
    list_datasources,
    transports,
)

__all__ = [
    "DatasourceInfo",
    "TransportInfo",
    "add_mail_datasource",
    "add_transport",
    "duplicate_datasource",
    "list_datasources",
    "remove_datasource",
    "remove_transport",
    "rename_datasource",
    "transports",
    "valid_name",
]


def valid_name(snapshot: Snapshot, name: str) -> str | None:
    """Return a sentence saying why the name cannot be used for a new data source, or None."""
    return datasource_names.refusal(name, datasource_keys(snapshot))


def _check_new_name(snapshot: Snapshot, name: str) -> None:
    reason = valid_name(snapshot, name)
    if reason:
        raise EditError(format_pointer([name]), reason)


def _check_exists(snapshot: Snapshot, name: str) -> None:
    if name not in datasource_keys(snapshot):
        raise EditError(format_pointer([name]), f"There is no data source “{name}”.")


def _check_readable(snapshot: Snapshot) -> None:
    """Refuse to change half of an app: a broken layer could not follow."""
    for file, sentence in snapshot.errors.items():
        layer = snapshot.app.file(file)
        if layer and not layer.script and layer.kind != "config":
            raise EditError("", f"{sentence} Fix {file} first: this change must reach every file.")


def add_mail_datasource(workspace: Workspace, file: str, name: str) -> list[Change]:
    """Add a mail data source with one empty smtp transport; raise EditError if that is taken."""
    _check_new_name(workspace.snapshot(), name)
    value = {"name": name, "connector": MAIL, "transports": [{"type": "smtp"}]}
    return ChangeBuilder(workspace).set(file, format_pointer([name]), value).changes


def duplicate_datasource(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Copy a data source in every layer that has it."""
    snapshot = workspace.snapshot()
    _check_exists(snapshot, name)
    _check_new_name(snapshot, new_name)
    _check_readable(snapshot)
    builder = ChangeBuilder(workspace)
    for file, value in layer_values(snapshot, "datasources").items():
        if name in value:
            builder.copy(file, format_pointer([name]), new_name)
            _rename_inside(builder, file, value[name], name, new_name)
    return builder.changes


def _rename_inside(builder: ChangeBuilder, file: str, part: Json, name: str, new_name: str) -> None:
    """Let the inner `name` follow; LoopBack 3 warns when it differs from the key."""
    if isinstance(part, dict) and part.get("name") == name:
        builder.set(file, format_pointer([new_name, "name"]), new_name)


def rename_datasource(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Rename in every layer, the inner `name` where it equalled the key, and all bindings."""
    snapshot = workspace.snapshot()
    _check_exists(snapshot, name)
    if name == new_name:
        return []
    others = [key for key in datasource_keys(snapshot) if key != name]
    reason = datasource_names.refusal(new_name, others)
    if reason:
        raise EditError(format_pointer([name]), reason)
    _check_readable(snapshot)
    builder = ChangeBuilder(workspace)
    for file, value in layer_values(snapshot, "datasources").items():
        if name in value:
            builder.rename(file, format_pointer([name]), new_name)
            _rename_inside(builder, file, value[name], name, new_name)
    _rebind(builder, snapshot, name, new_name)
    return builder.changes


def remove_datasource(workspace: Workspace, name: str) -> list[Change]:
    """Remove from every layer; bindings to it become null."""
    snapshot = workspace.snapshot()
    _check_exists(snapshot, name)
    _check_readable(snapshot)
    builder = ChangeBuilder(workspace)
    for file, value in layer_values(snapshot, "datasources").items():
        if name in value:
            builder.remove(file, format_pointer([name]))
    _rebind(builder, snapshot, name, None)
    return builder.changes


def _rebind(builder: ChangeBuilder, snapshot: Snapshot, name: str, new: str | None) -> None:
    """Write `new` into every binding that LoopBack would lead to the data source `name`."""
    names = datasource_names.index_names(datasource_keys(snapshot))
    for file, value in layer_values(snapshot, "model-config").items():
        for model, entry in value.items():
            bound = entry.get("dataSource") if isinstance(entry, dict) else None
            if isinstance(bound, str) and names.get(bound) == name:
                builder.set(file, format_pointer([model, "dataSource"]), new)
