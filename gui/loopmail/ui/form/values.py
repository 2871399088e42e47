"""What the form of one transport reads and writes, in the layer and environment of the state.

A value is read twice: from the layer that is edited (`own`) and from what LoopBack would load
for the chosen environment (`effective`). Changes always go to the edited layer.
"""

from collections.abc import Iterable, Mapping, Sequence

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.workspace import Change
from loopmail.core.checks.problem import Problem
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.transport import Transport
from loopmail.core.secrets.homes import variable_name
from loopmail.ui.session.state import AppState


class TransportValues:
    """One transport of one data source (`index` None: the whole data source), whatever it holds."""

    def __init__(self, state: AppState, datasource: str, index: int | None) -> None:
        self.state = state
        self.datasource = datasource
        self.index = index
        self._layer: str | None = None
        self._known: tuple[object, object, Transport] | None = None

    @property
    def layer(self) -> str:
        """The file that changes go to: the one chosen in the tool bar, unless frozen."""
        return self._layer or self.state.layer

    def frozen(self) -> "TransportValues":
        """Return the same transport of the same layer, whatever is chosen meanwhile."""
        copy = TransportValues(self.state, self.datasource, self.index)
        copy._layer = self.layer
        return copy

    @property
    def transport(self) -> Transport:
        """The transport as it is now: made once for all rows, again after any change."""
        state = self.state
        is_open = state.workspace is not None
        snapshot = state.snapshot() if is_open else None
        loaded = state.effective() if is_open else None
        place = (self._layer or state.layer, self.datasource, self.index)
        if self._known is not None and self._known[0] is snapshot and self._known[1] is loaded:
            known = self._known[2]
            if (known.file, known.datasource, known.index) == place:
                return known
        source = loaded.datasources.get(self.datasource) if loaded is not None else None
        made = Transport(snapshot, *place, loaded=source)
        self._known = (snapshot, loaded, made)
        return made

    def own(self, path: str) -> Json:
        """Return the value in the edited layer, or UNDEFINED."""
        return self.transport.own(path)

    def problems(self) -> Mapping[str, Sequence[Problem]]:
        """Return what the checks found about values of the edited layer, by path."""
        transport = self.transport
        base, found = transport.pointer(""), dict[str, list[Problem]]()
        for problem in self.state.problems:
            if problem.file == transport.file and problem.pointer.startswith(base):
                found.setdefault(problem.pointer[len(base) :], []).append(problem)
        return found

    def variable_name(self, ending: str = "PASS") -> str:
        """Return the variable loopmail would make for a secret of this transport."""
        if not self.index:
            return variable_name(self.datasource, None, ending)
        alias = self.transport.current("/alias")
        named = isinstance(alias, str) and bool(alias)
        return variable_name(self.datasource, alias if named else self.index + 1, ending)

    def changes(self, values: Mapping[str, Json]) -> list[Change]:
        """Return the changes that write values by path (UNDEFINED removes) into the layer.

        Raise EditError where a value on the way is no object or LoopBack would not load it.
        """
        workspace = self.state.workspace
        return [] if workspace is None else self.transport.changes(workspace, values)


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
