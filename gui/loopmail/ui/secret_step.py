"""One undo step that changes files and the keyring together.

The keyring goes first, on a worker thread, since it may ask the user something; the files follow
when it has answered. If either fails, neither is changed. An entry that is no longer needed is
deleted only when the files have been saved: until then it may be the secret's only lasting home.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.core.move import Move
from loopmail.core.ownership import claim_or_refuse
from loopmail.core.placeholders import all_uses
from loopmail.core.secrets import SecretStore
from loopmail.ui.state import AppState
from loopmail.ui.worker import Job


class SecretStep(QObject):
    """Does a Move for the window. `plan` makes it and is called again right before the files change.

    `share`: the user agreed to use the entries together with another app of the same name.
    """

    done = Signal()
    failed = Signal(object)  # LoopmailError; KeyringShared asks for `share`
    finished = Signal()

    def __init__(self, state: AppState, plan: Callable[[], Move], *, share: bool = False) -> None:
        super().__init__(state)
        assert state.workspace is not None, "no app is open"
        self._state = state
        self._workspace = state.workspace
        self._plan = plan
        self._share = share
        self._root = state.workspace.app.root
        self._store: SecretStore = state.store
        self._in_order = threading.Lock()
        self._quiet = False  # the keyring already is as this undo or redo wants it
        self._abandoned = False
        self._applied = False
        move = plan()
        self.text = move.text
        self.notes = move.notes
        kept = tuple(write for write in move.writes if write.secret is not None)
        gone = tuple(write for write in move.writes if write.secret is None)
        self._now = replace(move, changes=(), writes=kept)
        # Without a file to save there is nothing to wait for.
        self._at_save = replace(move, changes=(), writes=gone if move.changes else ())
        if not move.changes:
            self._now = replace(move, changes=())
        state.saved.connect(self._forget)

    def start(self) -> None:
        """Begin; without a keyring's part the files are changed at once."""
        if not self._now.writes:
            self._push()
            return
        job = self._job(self._write)
        job.done.connect(lambda _: self._push())
        job.failed.connect(self._fail)
        job.start()

    def abandon(self) -> None:
        """Do not wait for the keyring any longer; what it still does is taken back."""
        self._abandoned = True
        self.finished.emit()

    def _job(self, call: Callable[[], None]) -> Job:
        def in_order() -> None:
            with self._in_order:
                call()

        return Job(in_order)

    def _write(self) -> None:
        for service in {write.service for write in self._now.writes}:
            claim_or_refuse(service, self._root, share=self._share)
        self._now.write(self._store)

    def _unwrite(self) -> None:
        self._now.unwrite(self._store)
        self._at_save.unwrite(self._store)

    def _push(self) -> None:
        """Change the files; planned anew, since they may have changed while the keyring asked."""
        keyring = bool(self._now.writes or self._at_save.writes)
        if self._abandoned or self._state.workspace is not self._workspace:
            self._job(self._unwrite).start()
            return
        self._quiet = True
        try:
            move = self._plan()
            redo, undo = (self._redo, self._undo) if keyring else (None, None)
            self._state.push(move.text, move.changes, redo=redo, undo=undo)
        except LoopmailError as error:
            self._job(self._unwrite).start()
            self._fail(error)
            return
        finally:
            self._quiet = False
        self._applied = True
        if keyring:
            self._state.refresh_variables()
        self.done.emit()
        self.finished.emit()

    def _fail(self, error: LoopmailError) -> None:
        if not self._abandoned:
            self.failed.emit(error)
            self.finished.emit()

    # -- after the step ---------------------------------------------------------------------

    def _forget(self) -> None:
        """The files are saved: delete the entries that nothing needs any longer."""
        if not self._applied or not self._at_save.writes:
            return
        if self._state.workspace is not self._workspace:
            return
        used = {origin.variable for origin in all_uses(self._state.snapshot())}
        if any(write.user.partition("@")[0] in used for write in self._at_save.writes):
            return  # the secret has come back to the keyring since
        job = self._job(lambda: self._at_save.write(self._store))
        job.failed.connect(self.failed)
        job.finished.connect(self._state.refresh_variables)
        job.start()

    def _redo(self) -> None:
        if not self._quiet:
            self._applied = True
            self._follow(self._write, 1, self._state.undo.undo)

    def _undo(self) -> None:
        if not self._quiet:
            self._applied = False
            self._follow(self._unwrite, -1, self._state.undo.redo)

    def _follow(self, call: Callable[[], None], way: int, back: Callable[[], None]) -> None:
        """Let the keyring follow the files; if it does not, the files go back as well."""
        stack = self._state.undo
        expected = stack.index() + way  # Qt sets the index after the command has run
        job = self._job(call)

        def take_back(error: LoopmailError) -> None:
            if stack.index() == expected and self._state.workspace is self._workspace:
                self._quiet = True
                try:
                    back()
                finally:
                    self._quiet = False
                self._applied = way < 0
            self.failed.emit(error)

        job.failed.connect(take_back)
        job.finished.connect(self._state.refresh_variables)
        job.start()
