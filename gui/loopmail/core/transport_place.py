"""Where a transport stands in one layer, and what the layers beneath say about it."""

from dataclasses import dataclass, field

from loopmail.core import datasource_names
from loopmail.core.change_builder import ChangeBuilder
from loopmail.core.connectors import MAIL
from loopmail.core.datasource_list import (
    datasource_keys,
    layer_slot,
    layer_values,
    list_datasources,
    transport_items,
)
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import format_pointer
from loopmail.core.workspace import Snapshot


@dataclass(slots=True)
class TransportPlace:
    """One transport of one layer.

    `own` is what the layer says, `inherited` what the layers beneath say when merged. `count` is
    the number of transports the layers beneath list (LoopBack wants the same number here).
    """

    file: str
    datasource: str
    index: int
    pointer: str
    own: dict[str, Json] = field(repr=False)
    inherited: dict[str, Json] = field(repr=False)
    count: int
    beneath: bool  # a layer beneath has the data source
    missing: bool  # the layer does not have this transport yet

    def has(self, *path: str) -> bool:
        """Tell whether this layer or one beneath gives a value of its own here."""
        return any(_has(value, path) for value in (self.own, self.inherited))

    def has_object(self, key: str) -> bool:
        """Tell whether the merged value at the key is an object."""
        merged = self.own.get(key, self.inherited.get(key))
        return isinstance(merged, dict)

    def create(self, builder: ChangeBuilder, transport: dict[str, Json]) -> None:
        """Write the missing transport, with the data source around it where that is missing."""
        here = builder.get(self.file, format_pointer([self.datasource]))
        if isinstance(here, dict) and isinstance(here.get("transports"), list):
            builder.set(self.file, self.pointer, transport)
            return
        items: list[Json] = [{} for _ in range(max(self.count, self.index + 1))]
        items[self.index] = transport
        if isinstance(here, dict) or self.beneath:
            builder.set(self.file, format_pointer([self.datasource, "transports"]), items)
            return
        value = {"name": self.datasource, "connector": MAIL, "transports": items}
        builder.set(self.file, format_pointer([self.datasource]), value)


def _has(value: Json, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return value is not None


def find_place(
    builder: ChangeBuilder, snapshot: Snapshot, file: str, datasource: str, index: int
) -> TransportPlace:
    """Find a transport in a layer; raise EditError if it cannot be one.

    A `transport` that is a list, which LoopBack takes for a stub, is renamed to `transports`.
    """
    known = datasource in datasource_keys(snapshot)
    _check_datasource(snapshot, datasource, known)
    part = builder.get(file, format_pointer([datasource]))
    if isinstance(part, dict) and "transports" not in part and _is_list(part.get("transport")):
        builder.rename(file, format_pointer([datasource, "transport"]), "transports")
        part = builder.get(file, format_pointer([datasource]))
    items = _items(file, datasource, part)
    parts = _parts_beneath(snapshot, file, datasource)
    inherited, count = _inherited(parts, index)
    if index > max(len(items), count - 1, 0):
        raise EditError(
            format_pointer([datasource]), f"“{datasource}” has no transport number {index + 1}."
        )
    pointer = format_pointer([datasource, "transports", index])
    own: Json = {}
    missing = index >= len(items)
    if not missing:
        below, own = items[index]
        pointer = format_pointer([datasource]) + below
        if not isinstance(own, dict):
            own, missing = {}, True
    return TransportPlace(
        file, datasource, index, pointer, own, inherited, count, bool(parts), missing
    )


def _is_list(value: Json) -> bool:
    return isinstance(value, list)


def _check_datasource(snapshot: Snapshot, datasource: str, known: bool) -> None:
    if not known:
        reason = datasource_names.refusal(datasource, datasource_keys(snapshot))
        if reason:
            raise EditError(format_pointer([datasource]), reason)
        return
    info = next(i for i in list_datasources(snapshot) if i.name == datasource)
    if info.broken:
        raise EditError(format_pointer([datasource]), info.broken)
    if not info.is_mail and info.connector:
        raise EditError(
            format_pointer([datasource]),
            f"“{datasource}” is a data source of the connector “{info.connector}”, not of “mail”.",
        )


def _items(file: str, datasource: str, part: Json) -> list[tuple[str, Json]]:
    if not isinstance(part, dict):
        return []
    several = part.get("transports", UNDEFINED)
    if several is not UNDEFINED and several is not None and not isinstance(several, list):
        pointer = format_pointer([datasource, "transports"])
        raise EditError(pointer, f"“transports” of “{datasource}” in {file} is not a list.")
    return transport_items(part)


def _parts_beneath(snapshot: Snapshot, file: str, datasource: str) -> list[dict[str, Json]]:
    """Return what the layers read before `file` say about the data source."""
    beneath = {"base": (), "local": ("base",), "env": ("base", "local")}[layer_slot(file)]
    return [
        value[datasource]
        for name, value in layer_values(snapshot, "datasources").items()
        if layer_slot(name) in beneath and isinstance(value.get(datasource), dict)
    ]


def _inherited(parts: list[dict[str, Json]], index: int) -> tuple[dict[str, Json], int]:
    """Merge the transports of that number, key by key, and count the transports."""
    merged: dict[str, Json] = {}
    count = 0
    for part in parts:
        items = [item for _, item in transport_items(part)]
        count = max(count, len(items))
        if index < len(items) and isinstance(items[index], dict):
            merged = _merge(merged, items[index])
    return merged, count


def _merge(old: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merge(before, value)
        else:
            merged[key] = value
    return merged
