"""Notices files of the app that another program changed."""

import os
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from loopmail.ui.state import AppState

_PAUSE_MS = 250  # editors write in several steps


class Watcher(QObject):
    """Emits `changed` with the names of files that differ from what was read or written here."""

    changed = Signal(list)
    folder_changed = Signal()  # a file appeared or went

    def __init__(self, state: AppState, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        self._told: list[str] = []
        self._listing: frozenset[str] = frozenset()
        self._files = QFileSystemWatcher(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.check)
        self._files.fileChanged.connect(self._timer.start)
        self._files.directoryChanged.connect(self._timer.start)
        state.opened.connect(self._watch)
        state.saved.connect(self._watch)

    def _watch(self) -> None:
        """Watch the open app's files and their folder (new files, atomic saves)."""
        old = self._files.files() + self._files.directories()
        if old:
            self._files.removePaths(old)
        self._told = []
        workspace = self._state.workspace
        if workspace is None:
            return
        self._listing = _listing(workspace.app.server)
        paths: list[Path] = [one.path for one in workspace.documents.values()]
        wanted = [str(path) for path in paths if path.is_file()] + [str(workspace.app.server)]
        self._files.addPaths(wanted)

    def check(self) -> None:
        """Compare with the disk now (also when the window becomes active)."""
        workspace = self._state.workspace
        if workspace is None:
            return
        if _listing(workspace.app.server) != self._listing:
            self._listing = _listing(workspace.app.server)
            self.folder_changed.emit()
        names = workspace.changed_on_disk()
        if names and names != self._told:
            self._told = names
            self.changed.emit(names)
        elif not names:
            self._told = []


def _listing(folder: Path) -> frozenset[str]:
    """Return the names of the files that could be configuration; none if the folder is gone."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    return frozenset(name for name in names if name.endswith((".json", ".js")))
