"""Finding, adding and removing transports, in all layers that LoopBack merges with each other."""

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import parse_layer_name
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import Json
from loopmail.core.jsontext import Edit, find, format_pointer, parse, parse_pointer
from loopmail.core.loopback.datasources import layer_values

_NEW = {"type": "smtp"}


def add_transport(workspace: Workspace, file: str, name: str) -> list[Change]:
    """Append an smtp transport (a single `transport` object becomes `transports`).

    Where other layers list transports too, each of them gets an item: LoopBack merges arrays item
    by item and refuses different lengths. The first file in reading order gets the transport,
    the later ones an empty object, which changes nothing there.
    """
    builder = ChangeBuilder(workspace)
    for number, layer in enumerate(_linked_files(workspace.snapshot(), file, name)):
        _append(builder, layer, name, {} if number else dict(_NEW))
    return builder.changes


def _append(builder: ChangeBuilder, file: str, name: str, transport: dict[str, Json]) -> None:
    part = builder.get(file, format_pointer([name]))
    several = part.get("transports") if isinstance(part, dict) else None
    if isinstance(several, list):
        builder.set(file, format_pointer([name, "transports", len(several)]), transport)
        return
    single = part.get("transport") if isinstance(part, dict) else None
    if several is None and isinstance(single, dict | list):
        _make_list(builder, file, name, isinstance(single, list))
        builder.set(file, format_pointer([name, "transports", "-"]), transport)
        return
    builder.set(file, format_pointer([name, "transports"]), [transport])


def _make_list(builder: ChangeBuilder, file: str, name: str, is_list: bool) -> None:
    """Turn `transport` into `transports` without re-writing what is in it."""
    builder.remove(file, format_pointer([name, "transports"]))
    builder.rename(file, format_pointer([name, "transport"]), "transports")
    if is_list:
        return
    text = builder.text(file)
    node = find(parse(text), format_pointer([name, "transports"]))
    if node is not None:
        inner = text[node.offset : node.end]
        builder.edit(file, Edit(node.offset, node.length, f"[{inner}]"))


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
    counts = _counts(snapshot, name)
    in_every_env = not all(map(_of_one_env, counts))
    if _of_one_env(file) and not in_every_env:
        return [file]
    if not in_every_env:
        _check_fits(counts, file)
        return [file]
    return list(counts)


def _of_one_env(file: str) -> bool:
    found = parse_layer_name(file)
    return found is not None and found.env is not None


def _counts(snapshot: Snapshot, name: str) -> dict[str, int]:
    """Return the number of transports in each layer that lists some."""
    counts = {}
    for layer, value in layer_values(snapshot, "datasources").items():
        part = value.get(name)
        several = part.get("transports") if isinstance(part, dict) else None
        single = part.get("transport") if isinstance(part, dict) else None
        if isinstance(several, list):
            counts[layer] = len(several)
        elif several is None and isinstance(single, dict | list):
            counts[layer] = 1 if isinstance(single, dict) else len(single)
    return counts


def _check_fits(counts: dict[str, int], file: str) -> None:
    """Refuse a first transport that an environment's own list would not fit to."""
    for layer, count in counts.items():
        if count != 1:
            raise EditError(
                "",
                f"{layer} lists {count} transports of its own; LoopBack does not start when "
                f"{file} lists a different number. Add the transport in {layer}.",
            )
