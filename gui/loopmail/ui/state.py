"""What the window is looking at: workspace, environment, layer, selection, undo. STUB.

All pages get this one object, read from it, change through `push`, and refresh on its signals.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loopmail.core.checks.problem import Problem
from loopmail.core.layers import Effective
from loopmail.core.secrets import SecretStore
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Change, Snapshot, Workspace


class AppState(QObject):
    """The open app and everything chosen in the tool bar; lives on the GUI thread."""

    opened = Signal()  # another app (or none) is open; pages rebuild themselves
    changed = Signal()  # a document's text, or what is computed from it, changed; pages refresh
    environment_changed = Signal()
    layer_changed = Signal()  # "Edit in"
    selection_changed = Signal()
    variables_changed = Signal()  # keyring values arrived
    problems_changed = Signal()

    workspace: Workspace | None
    undo: QUndoStack
    env: str | None  # None: base file only
    layer: str  # the datasources file that the next change goes to
    selection: tuple[str, str]  # ("welcome"|"datasource"|"bindings"|"file", name)
    versions: Versions
    store: SecretStore
    variables: Variables
    problems: Sequence[Problem]

    def snapshot(self) -> Snapshot:
        """Return the current snapshot (cached until the next change)."""
        raise NotImplementedError

    def effective(self) -> Effective:
        """Return the effective configuration for the chosen environment (cached)."""
        raise NotImplementedError

    def push(
        self,
        text: str,
        changes: Sequence[Change],
        *,
        merge_key: str | None = None,
        redo: Callable[[], None] | None = None,
        undo: Callable[[], None] | None = None,
    ) -> None:
        """Do changes as one undo step called `text` (never holding a secret).

        Steps with the same `merge_key` that follow each other become one (typing in a field).
        `redo`/`undo` go with the step for what is not in a document (the keyring). An empty
        list of changes without `redo` does nothing.
        """
        raise NotImplementedError

    def select(self, kind: str, name: str = "") -> None:
        """Show another page."""
        raise NotImplementedError
