"""Adding, copying, renaming and removing mail data sources, and adding and removing transports.

Functions return changes; nothing is applied. `file` is the layer that is edited. A data source is
one thing over all layers: renaming, copying and removing it touch every file that mentions it, and
the number of its transports is the same in all layers that LoopBack merges with each other.
"""

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import parse_layer_name
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.edit.bindings import bindings_to
from loopmail.core.errors import EditError
from loopmail.core.js import Json
from loopmail.core.jsontext import Edit, find, format_pointer, parse, parse_pointer
from loopmail.core.loopback.connectors import MAIL
from loopmail.core.loopback.datasources import (
    datasource_keys,
    layer_values,
    refusal,
    transport_items,
)

# --- Data sources -----------------------------------------------------------------------


def valid_name(snapshot: Snapshot, name: str, *, instead_of: str | None = None) -> str | None:
    """Return a sentence saying why a data source cannot have this name, or None.

    `instead_of` is the name that it has so far.
    """
    return refusal(name, [key for key in datasource_keys(snapshot) if key != instead_of])


def _check_name(snapshot: Snapshot, name: str, old: str | None = None) -> None:
    reason = valid_name(snapshot, name, instead_of=old)
    if reason:
        raise EditError(format_pointer([old or name]), reason)


def _check_exists(snapshot: Snapshot, name: str) -> None:
    if name not in datasource_keys(snapshot):
        raise EditError(format_pointer([name]), f"There is no data source “{name}”.")


def _parts(snapshot: Snapshot, name: str) -> dict[str, Json]:
    """Return what each file says of a data source.

    Refuse to change half of an app: a broken layer could not follow.
    """
    for file, sentence in snapshot.errors.items():
        layer = snapshot.app.file(file)
        if layer and not layer.script and layer.kind in ("datasources", "model-config"):
            raise EditError("", f"{sentence} Fix {file} first: this change must reach every file.")
    layers = layer_values(snapshot, "datasources")
    return {file: value[name] for file, value in layers.items() if name in value}


def add_mail_datasource(workspace: Workspace, file: str, name: str) -> list[Change]:
    """Add a mail data source with one empty smtp transport; raise EditError if that is taken."""
    _check_name(workspace.snapshot(), name)
    value = {"name": name, "connector": MAIL, "transports": [{"type": "smtp"}]}
    return ChangeBuilder(workspace).set(file, format_pointer([name]), value).changes


def duplicate_datasource(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Copy a data source in every layer that has it."""
    snapshot = workspace.snapshot()
    _check_exists(snapshot, name)
    _check_name(snapshot, new_name)
    builder = ChangeBuilder(workspace)
    for file, part in _parts(snapshot, name).items():
        builder.copy(file, format_pointer([name]), new_name)
        _rename_inside(builder, file, part, name, new_name)
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
    _check_name(snapshot, new_name, name)
    builder = ChangeBuilder(workspace)
    for file, part in _parts(snapshot, name).items():
        builder.rename(file, format_pointer([name]), new_name)
        _rename_inside(builder, file, part, name, new_name)
    for file, model in bindings_to(snapshot, name):
        builder.set(file, format_pointer([model, "dataSource"]), new_name)
    return builder.changes


def remove_datasource(workspace: Workspace, name: str) -> list[Change]:
    """Remove from every layer; bindings to it become null."""
    snapshot = workspace.snapshot()
    _check_exists(snapshot, name)
    builder = ChangeBuilder(workspace)
    for file in _parts(snapshot, name):
        builder.remove(file, format_pointer([name]))
    for file, model in bindings_to(snapshot, name):
        builder.set(file, format_pointer([model, "dataSource"]), None)
    return builder.changes


# --- Transports -------------------------------------------------------------------------


def add_transport(workspace: Workspace, file: str, name: str) -> list[Change]:
    """Append an smtp transport (a single `transport` object becomes `transports`).

    Where other layers list transports too, each of them gets an item: LoopBack merges arrays item
    by item and refuses different lengths. The first file in reading order gets the transport,
    the later ones an empty object, which changes nothing there.
    """
    builder = ChangeBuilder(workspace)
    for number, layer in enumerate(_linked_files(workspace.snapshot(), file, name)):
        _append(builder, layer, name, {} if number else {"type": "smtp"})
    return builder.changes


def _append(builder: ChangeBuilder, file: str, name: str, transport: dict[str, Json]) -> None:
    part = builder.get(file, format_pointer([name]))
    part = part if isinstance(part, dict) else {}
    several, single = part.get("transports"), part.get("transport")
    pointer = format_pointer([name, "transports"])
    if several is None and isinstance(single, dict | list):
        # It becomes `transports` without what is in it being written anew.
        builder.remove(file, pointer)
        builder.rename(file, format_pointer([name, "transport"]), "transports")
        text = builder.text(file)
        node = find(parse(text), pointer)
        if isinstance(single, dict) and node is not None:
            builder.edit(file, Edit(node.offset, node.length, f"[{text[node.offset : node.end]}]"))
    elif not isinstance(several, list):
        builder.set(file, pointer, [transport])
        return
    builder.set(file, f"{pointer}/-", transport)


def remove_transport(workspace: Workspace, file: str, pointer: str) -> list[Change]:
    """Remove a transport by its pointer, in every layer that is merged with this one."""
    tokens = parse_pointer(pointer)
    builder = ChangeBuilder(workspace)
    if find(parse(builder.text(file)), pointer) is None:
        raise EditError(pointer, f"{file} has no transport at {pointer}.")
    linked = [file]
    if len(tokens) == 3 and tokens[1] == "transports":
        linked = _linked_files(workspace.snapshot(), file, tokens[0])
    for layer in linked:
        builder.remove(layer, pointer)
    return builder.changes


def _linked_files(snapshot: Snapshot, file: str, name: str) -> list[str]:
    """Return the files that list transports and are merged with `file`, in reading order.

    An environment's file is merged with the base and the local file only; but as soon as one of
    those lists transports, every environment is bound to their number.
    """
    counts = {}
    for layer, value in layer_values(snapshot, "datasources").items():
        part = value.get(name)
        items = transport_items(part) if isinstance(part, dict) else []
        if items or isinstance(part, dict) and isinstance(part.get("transports"), list):
            counts[layer] = len(items)
    if any(_is_read_everywhere(layer) for layer in counts):
        return list(counts)
    for layer, count in counts.items():
        # A first transport for every environment, which an environment's own list would not fit to.
        if _is_read_everywhere(file) and count != 1:
            raise EditError(
                "",
                f"{layer} lists {count} transports of its own; LoopBack does not start when "
                f"{file} lists a different number. Add the transport in {layer}.",
            )
    return [file]


def _is_read_everywhere(file: str) -> bool:
    name = parse_layer_name(file)
    return name is None or name.env is None
