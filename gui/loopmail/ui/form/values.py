"""What the form of one transport reads and writes, in the layer and environment of the state.

A value is read twice: from the layer that is edited (`own`) and from what LoopBack would load
for the chosen environment (`effective`). Changes always go to the edited layer.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from loopmail.core.app.workspace import Change
from loopmail.core.checks.problem import Problem
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.transport import Transport
from loopmail.ui.session.browser import open_address
from loopmail.ui.session.state import AppState


class TransportValues:
    """One transport of one data source (`index` None: the whole data source), whatever it holds.

    Changes go to the file chosen in the tool bar, unless there is a `layer`.
    """

    def __init__(
        self, state: AppState, datasource: str, index: int | None, layer: str | None = None
    ) -> None:
        self.state = state
        self.datasource = datasource
        self.index = index
        self._layer = layer
        self._known: tuple[object, Transport] | None = None
        self.left: Callable[[], object] = lambda: None  # called when the user has left a field

    def frozen(self) -> "TransportValues":
        """Return the same transport of the same layer, whatever is chosen meanwhile."""
        layer = self._layer or self.state.layer
        return TransportValues(self.state, self.datasource, self.index, layer)

    @property
    def transport(self) -> Transport:
        """The transport as it is now: made once for all rows, again after any change."""
        view = self.state.view() if self.state.workspace is not None else None
        place = (self._layer or self.state.layer, self.datasource, self.index)
        if self._known is not None and self._known[0] is view:
            known = self._known[1]
            if (known.file, known.datasource, known.index) == place:
                return known
        loaded = view.effective.datasources.get(self.datasource) if view is not None else None
        is_read = view is None or view.reads(place[0])
        snapshot = view.snapshot if view is not None else None
        made = Transport(snapshot, *place, loaded=loaded, is_read=is_read)
        self._known = (view, made)
        return made

    def environment_notes(self) -> dict[str, str]:
        """Return what variables of Node's decide about a setting of TLS, in words, by its path."""
        if self.state.workspace is None:
            return {}
        text = QCoreApplication.translate(
            "TransportValues", "{name} is set in the environment: the app {effect}"
        )
        effects = self.state.view().node_effects(self.transport.effective("/tls"))
        return {
            path: " · ".join(text.format(name=one.name, effect=one.text) for one in found)
            for path, found in effects.items()
        }

    def problems(self) -> Mapping[str, Sequence[Problem]]:
        """Return what the checks found about values of the edited layer, by path.

        Nothing about what a preset left for the user to type and the user has not seen to yet.
        """
        transport = self.transport
        base, found = transport.pointer(""), dict[str, list[Problem]]()
        for problem in self.state.problems:
            if (problem.file, problem.pointer) in self.state.untouched:
                continue
            if problem.file == transport.file and problem.pointer.startswith(base):
                found.setdefault(problem.pointer[len(base) :], []).append(problem)
        return found

    def leave_to_user(self, *paths: str) -> None:
        """Say nothing of these values until the user has been there, or a test begins."""
        transport = self.transport
        self.state.untouched |= {(transport.file, transport.pointer(path)) for path in paths}

    def visited(self, path: str) -> None:
        """Take note that the user has been at a value."""
        transport = self.transport
        self.state.untouched.discard((transport.file, transport.pointer(path)))
        self.left()

    def changes(self, values: Mapping[str, Json]) -> list[Change]:
        """Return the changes that write values by path (UNDEFINED removes) into the layer.

        Raise EditError where a value on the way is no object or LoopBack would not load it.
        """
        workspace = self.state.workspace
        return [] if workspace is None else self.transport.changes(workspace, values)

    def write(self, path: str, value: Json, label: str, say: Callable[[str], object]) -> bool:
        """Write a value (UNDEFINED removes it) as one undo step, which typing on goes into.

        `say` gets a sentence if that is not possible; tell whether it was done.
        """
        text = QCoreApplication.translate("TransportValues", "Change %1").replace("%1", label)
        transport = self.transport
        key = f"{transport.file}{transport.pointer(path)}"
        return self.state.change(text, lambda _: self.changes({path: value}), say, merge_key=key)

    def take_away(self, paths: Sequence[str], label: str, say: Callable[[str], object]) -> bool:
        """Remove what the edited layer says of these, as one undo step; tell whether it was done."""
        text = QCoreApplication.translate("TransportValues", "Reset %1").replace("%1", label)
        gone: dict[str, Json] = dict.fromkeys(paths, UNDEFINED)
        return self.state.change(text, lambda _: self.changes(gone), say)

    def open_address(self, url: str) -> bool:
        """Open an address in the user's browser, started by no program of the app; tell whether."""
        return open_address(self.state, url)
