"""Notices files of the app that another program changed; a worker looks at the disk."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from loopmail.ui.state import AppState
from loopmail.ui.widgets import single_shot
from loopmail.ui.worker import Job

if TYPE_CHECKING:
    from loopmail.core.disk_look import ChangedFile, Look
    from loopmail.core.workspace import Workspace

_PAUSE_MS = 250  # editors write in several steps


class Watcher(QObject):
    """Emits `changed` with the ChangedFiles: those that differ from what was read or written here."""

    changed = Signal(list)
    folder_changed = Signal()  # a file appeared or went
    looked = Signal()  # a look at the disk has ended

    def __init__(self, state: AppState, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        self._told: dict[str, object] = {}  # what each file held when it was told of
        self._listing: frozenset[str] | None = None  # None: not looked at yet
        self._job: Job | None = None
        self._again = False
        self._files = QFileSystemWatcher(self)
        self._timer = single_shot(self, _PAUSE_MS, self.check)
        self._files.fileChanged.connect(self._timer.start)
        self._files.directoryChanged.connect(self._timer.start)
        state.opened.connect(self._begin)
        state.saved.connect(self.check)

    def _begin(self) -> None:
        """Watch another app's files and their folder, or none."""
        old = self._files.files() + self._files.directories()
        if old:
            self._files.removePaths(old)
        self._told = {}
        self._listing = None
        self.check()

    def check(self) -> None:
        """Compare with the disk now (also when the window becomes active); a worker does it."""
        from loopmail.core.disk_look import known_files, look

        workspace = self._state.workspace
        if workspace is None:
            return
        if self._job is not None:
            self._again = True
            return
        folder, files = workspace.app.server, known_files(workspace)
        self._job = Job(lambda: look(folder, files))
        self._job.done.connect(lambda found: self._take(workspace, found))
        self._job.finished.connect(self._done)
        self._job.start()

    def _done(self) -> None:
        self._job = None
        again, self._again = self._again, False
        if again:
            self.check()
        else:
            self.looked.emit()

    def _take(self, workspace: "Workspace", found: "Look") -> None:
        if self._state.workspace is not workspace:
            self._again = True  # another app was opened meanwhile
            return
        documents = workspace.documents
        for name, known, now in found.same:
            if name in documents:
                documents[name].confirm(known, now)
        self._watch(workspace, found.listing)
        if self._listing is not None and found.listing != self._listing:
            self.folder_changed.emit()
        self._listing = found.listing
        # What was saved or loaded while the worker looked is known already.
        other = [
            one
            for one in found.other
            if one.name in documents and documents[one.name].disk is one.known
        ]
        told = {one.name: _content(one) for one in other}
        if told and told != self._told:
            self._told = told
            self.changed.emit(other)
        elif not told:
            self._told = {}

    def _watch(self, workspace: "Workspace", listing: frozenset[str]) -> None:
        """Watch the files and the folder; one that was replaced by a rename has to be added anew."""
        server = workspace.app.server
        wanted = {str(one.path) for name, one in workspace.documents.items() if name in listing}
        wanted.add(str(server))
        missing = wanted.difference(self._files.files(), self._files.directories())
        if missing:
            self._files.addPaths(sorted(missing))


def _content(file: "ChangedFile") -> object:
    return file.error if file.state is None else file.state.data
