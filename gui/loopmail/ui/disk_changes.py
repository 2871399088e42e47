"""What happens when another program changed a file of the open app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.ui.messages import Choice, MessageBar
from loopmail.ui.opener import Opener
from loopmail.ui.state import AppState
from loopmail.ui.watcher import Watcher
from loopmail.ui.worker import Job

if TYPE_CHECKING:
    from loopmail.core.app_folder import AppFolder
    from loopmail.core.workspace import Change, Workspace


class DiskChanges(QObject):
    """Loads what is unmodified here, and asks (without getting in the way) about the rest."""

    told = Signal(str)  # a word for the status bar

    def __init__(
        self, state: AppState, messages: MessageBar, opener: Opener, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self._opener = opener
        self._watcher = Watcher(state, self)
        self._watcher.changed.connect(self._notice)
        self._watcher.folder_changed.connect(self._look_again)
        self._job: Job | None = None

    def check(self) -> None:
        """Compare with the disk now."""
        self._watcher.check()

    def _look_again(self) -> None:
        """Files appeared or went: take a fresh look at the folder, keeping all edits."""
        from loopmail.core.app_folder import open_app

        workspace = self._state.workspace
        assert workspace is not None
        server = workspace.app.server
        self._job = Job(lambda: open_app(server))
        self._job.done.connect(lambda app: self._rescan(workspace, app))
        self._job.start()

    def _rescan(self, workspace: Workspace, app: AppFolder) -> None:
        if self._state.workspace is workspace:
            self._state.rescan(app)

    def _notice(self, names: list[str]) -> None:
        listed = ", ".join(names)
        if not self._state.modified:
            self._opener.load_theirs()
            self.told.emit(self.tr("Loaded again, for it changed on disk: {0}").format(listed))
            return
        choices: list[Choice] = [
            (self.tr("Keep Mine"), lambda: self._opener.keep_mine(names)),
            (self.tr("Load Theirs"), self._opener.load_theirs),
        ]
        merges = self._merges(names)
        if merges is not None:
            choices.insert(0, (self.tr("Merge"), lambda: self._merge(names)))
        self._messages.show_message(
            "disk",
            "warn",
            self.tr("Changed on disk: {0}").format(listed),
            self.tr("Another program changed it while you have unsaved changes here."),
            choices,
        )

    def _merges(self, names: Sequence[str]) -> list[Change] | None:
        """Return the changes that bring in what is on disk; None if both sides clash."""
        workspace = self._state.workspace
        assert workspace is not None
        changes = []
        try:
            for name in names:
                merged = workspace.merge_external(name)
                if merged.conflicts:
                    return None
                if merged.change is not None:
                    changes.append(merged.change)
        except LoopmailError:
            return None  # gone, or no JSON any more: nothing to merge with
        return changes

    def _merge(self, names: Sequence[str]) -> None:
        """Bring in what is on disk as one undo step, as it is now."""
        changes = self._merges(names)
        if changes is None:
            self._notice(list(names))
            return
        self._state.push(self.tr("Merge with the disk"), changes)
        self.told.emit(self.tr("Merged: {0}").format(", ".join(names)))
