"""Reading the layers of a snapshot and merging them in LoopBack's order."""

from collections.abc import Mapping, Sequence

from loopmail.core.boot_errors import NOT_AN_OBJECT, BootRefused
from loopmail.core.layer_files import FileRead
from loopmail.core.merge_rules import Node, merge_layer, track
from loopmail.core.workspace import Snapshot


class LayerReader:
    """Loads the configurations of one app for one environment; collects warnings."""

    def __init__(
        self, snapshot: Snapshot, orders: Mapping[str, Sequence[FileRead]], boot_major: int
    ) -> None:
        self._snapshot = snapshot
        self._orders = orders
        self._boot_major = boot_major
        self.warnings: list[str] = []
        for kind, order in orders.items():
            self._warn(kind, order)

    def load(self, kind: str) -> Node:
        """Return the merged configuration, an empty one without files; raise BootRefused."""
        # All files are read before the first two are merged, as in loopback-boot: an unreadable
        # one is reported rather than layers that do not fit.
        names = [file.path for file in self._orders[kind] if file.state == "read"]
        layers = [(name, self._read(name)) for name in names]
        if not layers:
            return Node({}, None, "")
        result = layers[0][1]
        for name, layer in layers[1:]:
            path = str(self._snapshot.app.server / name)
            merge_layer(result, layer, path, self._boot_major)
        return result

    def _read(self, name: str) -> Node:
        if name in self._snapshot.errors:
            raise BootRefused(self._snapshot.errors[name])
        if name not in self._snapshot.values:
            raise BootRefused(f"{name} could not be read.")
        value = self._snapshot.values[name]
        if not isinstance(value, (dict, list)):
            raise BootRefused(NOT_AN_OBJECT)
        layer = track(value, name)
        if isinstance(layer.content, list):  # at the root it is treated by its indices
            layer.content = {str(index): item for index, item in enumerate(layer.content)}
        return layer

    def _warn(self, kind: str, order: Sequence[FileRead]) -> None:
        states = {file.state for file in order}
        if order[0].state == "missing" and "hidden" in states:
            self.warnings.append(
                f"{kind}.json is missing, so LoopBack reads none of the files that override it."
            )
            return
        for file in order:
            if file.state == "script":
                self.warnings.append(
                    f"{file.path} is a script: loopmail does not run it, so the values that it "
                    "sets are not known here."
                )
            elif file.state == "hidden":
                script = file.path.removesuffix("on")
                self.warnings.append(f"{file.path} is never read: {script} stands in its place.")
