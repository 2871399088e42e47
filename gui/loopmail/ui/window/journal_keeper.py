"""Keeps unsaved changes safe from a crash, and offers them at the next start.

A moment after each change a worker writes the journal (see core/app/journal.py); it goes when the
changes are saved, reverted or thrown away on purpose. A journal whose process is gone is offered
as a banner when its app is opened again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, QObject, Signal

from loopmail.core.app.workspace import Workspace
from loopmail.core.disk.locks import own_session
from loopmail.core.errors import LoopmailError
from loopmail.ui.session.messages import Choice, MessageBar
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import single_shot

if TYPE_CHECKING:  # the window shows before an app is read
    from loopmail.core.app.journal import Recovery, UnsavedTexts

_PAUSE_MS = 300


class JournalKeeper(QObject):
    """Writes and offers the journal of the open app."""

    written = Signal()  # the journal on disk is that of the last change
    looked = Signal()  # what there was to offer has been offered

    def __init__(
        self, state: AppState, messages: MessageBar, parent: QObject, folder: Path | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self._folder = folder
        self._server: Path | None = None  # whose journal may be on disk
        self._job: Job | None = None
        self._again = False
        self._looking: Job | None = None
        self._timer = single_shot(self, _PAUSE_MS, self._write)
        state.changed.connect(self._schedule)
        state.saved.connect(self._write)
        state.opened.connect(self._opened)

    # -- writing ----------------------------------------------------------------------------

    def _schedule(self) -> None:
        if self._state.workspace is not None and (self._state.modified or self._server):
            self._timer.start()

    def _write(self) -> None:
        """Write what is unsaved now, or remove the journal when nothing is."""
        self._timer.stop()
        if self._job is not None:
            self._again = True  # one after the other: the newest must come last
            return
        workspace = self._state.workspace
        old = self._server
        texts: UnsavedTexts = {}
        entries: list[str] = []
        if workspace is not None:
            from loopmail.core.app.journal import unsaved_texts

            texts = unsaved_texts(workspace)
            pending = self._state.entries.values()
            entries = sorted(user for (_, user), secret in pending.items() if secret is not None)
        wanted = workspace is not None and bool(texts or entries)
        self._server = workspace.app.server if workspace is not None and wanted else None
        if old is None and not wanted:
            return
        new = self._server
        self._job = Job(lambda: _put(old, new, texts, self._folder, entries))
        self._job.finished.connect(self._done)
        self._job.start()

    def _done(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self._write()
        else:
            self.written.emit()

    def finish(self) -> None:
        """The app is left on purpose: nothing is to be kept; waits for the disk for a moment."""
        self._timer.stop()
        self._again = False
        server, self._server = self._server, None
        if server is not None:
            if self._job is not None:
                self._job.wait(1000)
            job = Job(lambda: _put(server, None, {}, self._folder))
            job.start()
            job.wait(1000)

    # -- offering ---------------------------------------------------------------------------

    def _opened(self) -> None:
        self._write()  # what was open before has been left on purpose
        workspace = self._state.workspace
        if self._looking is not None:
            self._looking.cancel()
        if workspace is None:
            return
        from loopmail.core.app.journal import orphans

        server, folder = workspace.app.server, self._folder
        self._looking = Job(lambda: orphans(server, folder))
        self._looking.done.connect(lambda found: self._offer(workspace, found))
        self._looking.finished.connect(self.looked)
        self._looking.start()

    def _offer(self, workspace: Workspace, found: list[Recovery]) -> None:
        if self._state.workspace is not workspace:
            return
        for number, recovery in enumerate(reversed(found)):
            names = ", ".join(sorted(recovery.files)) or self.tr("passwords")
            omitted = ", ".join(recovery.omitted)
            written = QDateTime.fromSecsSinceEpoch(int(recovery.written))
            moment = QLocale().toString(written, QLocale.FormatType.ShortFormat)
            again = self.tr("Passwords are not kept; type these again: {0}").format(omitted)
            choices: list[Choice] = [
                (self.tr("Bring Back"), partial(self._bring_back, workspace, recovery)),
                (self.tr("Discard"), partial(self._forget, recovery)),
            ]
            self._messages.show_message(
                f"journal-{number}",
                "accent",
                self.tr("Unsaved changes of {0} from {1} were kept.").format(names, moment),
                again if omitted else "",
                choices,
            )

    def _bring_back(self, workspace: Workspace, recovery: Recovery) -> None:
        """Make the kept changes as one undo step; those of files that changed since stay kept."""
        if self._state.workspace is not workspace:
            return
        from loopmail.core.app.journal import recovery_changes, stale_files

        stale = [name for name in recovery.files if name in workspace.modified()]
        try:
            stale += stale_files(workspace, recovery)
            changes = [] if stale else recovery_changes(workspace, recovery)
            self._state.push(self.tr("Bring Back Unsaved Changes"), changes)
        except (LoopmailError, KeyError, IndexError, ValueError, TypeError):
            stale = sorted(recovery.files)  # a journal that does not fit the files
        if stale:
            self._messages.show_message(
                "journal-stale",
                "warn",
                self.tr("Not brought back."),
                self.tr(
                    "These files have changed since: {0}. Undo or revert the changes and open the "
                    "folder again to be asked once more."
                ).format(", ".join(dict.fromkeys(stale))),
            )
            return
        self._forget(recovery)

    def _forget(self, recovery: Recovery) -> None:
        path = recovery.path
        if path is not None:
            Job(lambda: path.unlink(missing_ok=True)).start()


def _put(
    old: Path | None,
    new: Path | None,
    texts: UnsavedTexts,
    folder: Path | None,
    entries: Sequence[str] = (),
) -> None:
    """Write the journal of `new`, remove that of `old` if it is another; on a worker thread."""
    from loopmail.core.app.journal import journal_folder, journal_of, write_journal

    place = folder or journal_folder()
    try:
        session = own_session(place)
    except OSError:
        return  # no state folder: work goes on without a net
    if old is not None and old != new:
        write_journal(old, None, place, session)
    if new is not None:
        write_journal(new, journal_of(texts, entries), place, session)
