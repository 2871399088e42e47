"""What the form of one transport reads and writes: its values, their origins, its changes.

A value is read twice: from the layer that is edited (`own`) and from what LoopBack would load
for the chosen environment (`effective`). Changes always go to the edited layer.
"""

from collections.abc import Iterable, Mapping

from loopmail.core.change_builder import ChangeBuilder
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.core.layers import EffectiveDatasource, Origin
from loopmail.core.secrets import variable_name
from loopmail.core.workspace import Change
from loopmail.ui.state import AppState


def dig(value: Json, pointer: str) -> Json:
    """Return what a JSON Pointer leads to, or UNDEFINED."""
    for token in parse_pointer(pointer):
        if isinstance(value, dict):
            value = value.get(token, UNDEFINED)
        elif isinstance(value, list):
            value = value[int(token)] if token.isdigit() and int(token) < len(value) else UNDEFINED
        else:
            return UNDEFINED
    return value


def list_key(settings: Json) -> str:
    """Tell where the connector takes transports from: `transports` if truthy, else `transport`.

    Source: loopback/lib/connectors/mail.js. A data source with neither gets `transports`.
    """
    if not isinstance(settings, dict):
        return "transports"
    if truthy(settings.get("transports", UNDEFINED)):
        return "transports"
    single = isinstance(settings.get("transport"), dict)
    return "transport" if single and "transports" not in settings else "transports"


class TransportValues:
    """One transport of one data source, seen through the state's layer and environment."""

    def __init__(self, state: AppState, datasource: str, index: int) -> None:
        self.state = state
        self.datasource = datasource
        self.index = index
        self._layer: str | None = None

    @property
    def layer(self) -> str:
        """The file that changes go to: the one chosen in the tool bar, unless frozen."""
        return self._layer or self.state.layer

    def frozen(self) -> "TransportValues":
        """Return the same transport of the same layer, whatever is chosen meanwhile."""
        copy = TransportValues(self.state, self.datasource, self.index)
        copy._layer = self.layer
        return copy

    # --- reading -------------------------------------------------------------------------

    def layer_settings(self, file: str | None = None) -> Json:
        """Return the data source's value in a layer (the edited one), or UNDEFINED."""
        if self.state.workspace is None:
            return UNDEFINED
        values = self.state.snapshot().values
        return dig(values.get(file or self.layer, {}), format_pointer([self.datasource]))

    def effective_datasource(self) -> EffectiveDatasource | None:
        """Return the data source as LoopBack would load it, or None when it would not."""
        if self.state.workspace is None:
            return None
        return self.state.effective().datasources.get(self.datasource)

    def _key(self) -> str:
        own = self.layer_settings()
        if isinstance(own, dict) and ("transports" in own or "transport" in own):
            return list_key(own)
        found = self.effective_datasource()
        return list_key(found.settings if found else own)

    def prefix(self) -> str:
        """Return the transport's JSON Pointer relative to the data source."""
        key = self._key()
        return "/transport" if key == "transport" else f"/transports/{self.index}"

    def pointer(self, path: str) -> str:
        """Return the JSON Pointer in the edited file of a path relative to the transport."""
        return format_pointer([self.datasource]) + self.prefix() + path

    def own(self, path: str) -> Json:
        """Return the value in the edited layer, or UNDEFINED."""
        return dig(self.layer_settings(), self.prefix() + path)

    def effective(self, path: str) -> Json:
        """Return the value LoopBack would load, or UNDEFINED; the layer's own when it cannot load."""
        found = self.effective_datasource()
        if found is None:
            return self.own(path)
        key = list_key(found.settings)
        prefix = "/transport" if key == "transport" else f"/transports/{self.index}"
        return dig(found.settings, prefix + path)

    def origin(self, path: str) -> Origin | None:
        """Return where the effective value stands."""
        found = self.effective_datasource()
        if found is None:
            return None
        key = list_key(found.settings)
        prefix = "/transport" if key == "transport" else f"/transports/{self.index}"
        return found.origins.get(prefix + path)

    def current(self, path: str) -> Json:
        """Return the layer's own value, or else the effective one."""
        own = self.own(path)
        return self.effective(path) if own is UNDEFINED else own

    def variable_name(self, ending: str = "PASS") -> str:
        """Return the variable loopmail would make for a secret of this transport."""
        if self.index == 0:
            return variable_name(self.datasource, None, ending)
        alias = self.current("/alias")
        named = isinstance(alias, str) and bool(alias)
        return variable_name(self.datasource, alias if named else self.index + 1, ending)

    # --- writing -------------------------------------------------------------------------

    def changes(self, values: Mapping[str, Json]) -> list[Change]:
        """Return the changes that write values by path (UNDEFINED removes) into the layer.

        Raise EditError where a value on the way is no object.
        """
        steps: list[tuple[str, Json]] = []
        if any(value is not UNDEFINED for value in values.values()):
            steps += self._missing_structure()
        steps += [(self.pointer(path), value) for path, value in values.items()]
        return file_changes(self.state, self.layer, steps)

    def _missing_structure(self) -> list[tuple[str, Json]]:
        """Return what must stand in the layer first.

        LoopBack merges arrays index by index and refuses other lengths (config-loader.js,
        plugin-base.js), so a layer gets as many transports as the layers beneath it have.
        """
        if self._key() == "transport":
            return []
        own = self.layer_settings()
        mine = own.get("transports") if isinstance(own, dict) else None
        have = len(mine) if isinstance(mine, list) else 0
        wanted = max([self.index + 1, *self._lengths_elsewhere()])
        base = format_pointer([self.datasource, "transports"])
        if mine is None:
            return [(base, [{} for _ in range(wanted)])]
        if not isinstance(mine, list):
            return []  # the edit says what is wrong
        return [(f"{base}/{at}", {}) for at in range(have, wanted)]

    def _lengths_elsewhere(self) -> Iterable[int]:
        snapshot = self.state.snapshot()
        for file in snapshot.app.files:
            if file.kind != "datasources" or file.name == self.layer:
                continue
            if file.slot == "env" and file.env != self.state.env:
                continue
            listed = dig(self.layer_settings(file.name), "/transports")
            if isinstance(listed, list):
                yield len(listed)


def file_changes(state: AppState, file: str, steps: Iterable[tuple[str, Json]]) -> list[Change]:
    """Return changes of one file for several values (UNDEFINED removes), in order.

    Raise InvalidJson when the file is broken, EditError where a value does not fit.
    """
    if state.workspace is None:
        return []
    builder = ChangeBuilder(state.workspace)
    for pointer, value in steps:
        if value is UNDEFINED:
            builder.remove(file, pointer)
        else:
            builder.set(file, pointer, value)
    return builder.changes
