"""Noticing that another program changed a file of the open app, and merging the change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal
from PySide6.QtWidgets import QWidget

from loopmail.core.app.definitions import is_outdated
from loopmail.core.app.folder import AppFolder, open_app
from loopmail.core.app.merge import Conflict, Side
from loopmail.core.app.workspace import (
    Change,
    ChangedFile,
    Look,
    Snapshot,
    Workspace,
    known_files,
    look,
)
from loopmail.core.errors import LoopmailError
from loopmail.ui.session.messages import Choice, MessageBar
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import single_shot
from loopmail.ui.window.file_actions import FileActions

Sides = Mapping[str, Mapping[str, Side]]  # by file and pointer

# --- Noticing changes -----------------------------------------------------------------

_PAUSE_MS = 250  # editors write in several steps


class Watcher(QObject):
    """Emits `changed` with the ChangedFiles: those that differ from what was read or written here."""

    changed = Signal(list)
    folder_changed = Signal()  # a file appeared or went, or a model or script is not what it was
    looked = Signal()  # a look at the disk has ended

    def __init__(self, state: AppState, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        # What each file contained when its change was reported.
        self._told: Mapping[str, object] = {}
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
        workspace = self._state.workspace
        if workspace is None:
            return
        if self._job is not None:
            self._again = True
            return
        app, files = workspace.app, known_files(workspace)
        self._job = Job(lambda: (look(app.server, files), is_outdated(app)))
        self._job.done.connect(lambda found: self._take(workspace, *found))
        self._job.finished.connect(self._done)
        self._job.start()

    @property
    def idle(self) -> bool:
        """Whether no look at the disk is under way, and one has been taken."""
        return self._job is None and self._listing is not None

    def _done(self) -> None:
        self._job = None
        again, self._again = self._again, False
        if again:
            self.check()
        else:
            self.looked.emit()

    def _take(self, workspace: Workspace, found: Look, outdated: bool) -> None:
        if self._state.workspace is not workspace:
            self._again = True  # another app was opened meanwhile
            return
        documents = workspace.documents
        for name, known, now in found.same:
            if name in documents:
                documents[name].confirm(known, now)
        self._watch(workspace, found.listing)
        if self._listing is not None and (outdated or found.listing != self._listing):
            self.folder_changed.emit()
        self._listing = found.listing
        # What was saved or loaded while the worker looked is known already.
        other = [
            one
            for one in found.other
            if one.name in documents and documents[one.name].disk is one.known
        ]
        told = {one.name: one.state.data if one.state is not None else one.error for one in other}
        before, self._told = self._told, told
        if told and told != before:
            self.changed.emit(other)

    def _watch(self, workspace: Workspace, listing: frozenset[str]) -> None:
        """Watch the files and the folder; one that was replaced by a rename has to be added again."""
        server = workspace.app.server
        wanted = {str(one.path) for name, one in workspace.documents.items() if name in listing}
        wanted.add(str(server))
        missing = wanted.difference(self._files.files(), self._files.directories())
        if missing:
            self._files.addPaths(sorted(missing))


# --- Merging changes, or asking -------------------------------------------------------


class DiskChanges(QObject):
    """Merges what goes together with the edits here, and asks (out of the way) about the rest.

    Either is one undo step, so that the undo history stays whole.
    """

    said = Signal(str)  # a short message for the status bar

    def __init__(
        self, state: AppState, messages: MessageBar, files: FileActions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._state = state
        self._messages = messages
        self._file_actions = files
        self._window = window
        self.watcher = Watcher(state, self)
        self.watcher.changed.connect(self._notice)
        self.watcher.folder_changed.connect(self._look_again)

    def check(self) -> None:
        """Compare with the disk now; a worker does it."""
        self.watcher.check()

    def _look_again(self) -> None:
        """Files appeared or went: take a fresh look at the folder, keeping all edits."""
        workspace = self._state.workspace
        assert workspace is not None
        server, snapshot = workspace.app.server, self._state.snapshot()

        def take(app: AppFolder) -> None:
            if self._state.workspace is workspace:
                self._state.rescan(app)

        job = Job(lambda: _look_at(server, snapshot))
        job.done.connect(take)
        job.start()

    # -- merging ------------------------------------------------------------------------------

    def _notice(self, files: Sequence[ChangedFile]) -> None:
        lost = [one for one in files if one.state is None]
        if lost:
            self._ask_about_lost(lost)
        elif not self._merge(files, {}):
            self._ask(files)

    def _merge(self, files: Sequence[ChangedFile], sides: Sides) -> bool:
        """Bring in what is on disk as one undo step; tell whether nothing conflicts."""
        workspace = self._state.workspace
        assert workspace is not None
        own = workspace.modified()
        changes: list[Change] = []
        try:
            for one in files:
                merged = workspace.merge_external(one.name, sides.get(one.name), one.state)
                if merged.conflicts:
                    return False
                changes += [merged.change] if merged.change is not None else []
        except LoopmailError:
            return False
        self._take(self.tr("Merge with the disk"), changes)
        names = ", ".join(one.name for one in files)
        if not own:
            self.said.emit(self.tr("Loaded again, for it changed on disk: {0}").format(names))
        elif changes:
            self._messages.show_message(
                "disk",
                "info",
                self.tr("Merged with the disk: {0}").format(names),
                self.tr("Another program changed it; your unsaved changes are still here."),
                [(self.tr("Undo the Merge"), self._undo_merge)],
            )
        return True

    def _undo_merge(self) -> None:
        if self._state.undo.undoText() == self.tr("Merge with the disk"):
            self._state.undo.undo()

    def _take(self, text: str, changes: Sequence[Change]) -> None:
        """Make the changes one undo step; what is like the disk then counts as saved."""
        self._messages.close_message("disk")
        self._messages.close_message("save")
        self._state.push(text, changes)
        self._state.settle_clean()

    # -- asking -------------------------------------------------------------------------------

    def _ask(self, files: Sequence[ChangedFile]) -> None:
        choices: list[Choice] = [
            (self.tr("Compare…"), partial(self._compare, files)),
            (self.tr("Keep Mine"), partial(self._keep_mine, files)),
            (self.tr("Load Theirs"), partial(self._load_theirs, files)),
        ]
        self._messages.show_message(
            "disk",
            "warn",
            self.tr("Changed on disk: {0}").format(", ".join(one.name for one in files)),
            self.tr("Another program changed what you have changed here, too."),
            choices,
        )

    def _ask_about_lost(self, files: Sequence[ChangedFile]) -> None:
        names = [one.name for one in files]
        if not self._state.modified:
            self._file_actions.load_theirs()
            gone, unread = (
                ", ".join(o.name for o in files if o.gone is is_) for is_ in (True, False)
            )
            told = [self.tr("Gone from the disk: {0}").format(gone)] if gone else []
            told += [self.tr("No longer readable: {0}").format(unread)] if unread else []
            self.said.emit(". ".join(told))
            return
        self._messages.show_message(
            "disk",
            "warn",
            self.tr("Changed on disk: {0}").format(", ".join(names)),
            self.tr("It was deleted or cannot be read, while you have unsaved changes here."),
            [
                (self.tr("Keep Mine"), lambda: self._file_actions.keep_mine(names)),
                (self.tr("Load Theirs"), self._file_actions.load_theirs),
            ],
        )

    def _conflicts(self, files: Sequence[ChangedFile]) -> dict[str, tuple[Conflict, ...]]:
        workspace = self._state.workspace
        assert workspace is not None
        return {
            one.name: conflicts
            for one in files
            if one.name in workspace.documents
            and (conflicts := workspace.merge_external(one.name, None, one.state).conflicts)
        }

    def _compare(self, files: Sequence[ChangedFile]) -> None:
        from loopmail.ui.dialogs.conflict import ConflictPanel

        conflicts = self._conflicts(files)
        if not conflicts:
            self._merge(files, {})
            return
        workspace = self._state.workspace

        def decide(sides: Sides) -> None:
            if self._state.workspace is not workspace:
                return
            if not self._merge(files, sides):
                self._ask(files)  # other values conflict by now
            self.check()

        panel = ConflictPanel(conflicts, self._window)
        panel.decided.connect(decide)
        panel.rejected.connect(lambda: self._ask(files))
        self._state.opened.connect(panel.close)
        panel.show()

    def _keep_mine(self, files: Sequence[ChangedFile]) -> None:
        """Take what is here where both changed it, and the rest of what is on disk."""
        ours: dict[str, dict[str, Side]] = {
            name: {one.pointer: "ours" for one in found}
            for name, found in self._conflicts(files).items()
        }
        self._merge(files, ours)
        self.check()

    def _load_theirs(self, files: Sequence[ChangedFile]) -> None:
        """Take what is on disk whole; undo brings back what was here."""
        workspace = self._state.workspace
        assert workspace is not None
        changes = [
            change
            for one in files
            if one.state is not None and one.name in workspace.documents
            if (change := workspace.load_external(one.name, one.state)) is not None
        ]
        self._take(self.tr("Load from the disk"), changes)
        self.check()


def _look_at(server: Path, snapshot: Snapshot) -> AppFolder:
    """Look at an app's folder, and at the models that its files speak of; called on a worker."""
    from loopmail.core.loopback.registry import preload_definitions

    app = open_app(server)
    preload_definitions(replace(snapshot, app=app))
    return app
