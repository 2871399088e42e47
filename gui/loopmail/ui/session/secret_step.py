"""A SecretTransaction in the window: its keyring's parts on workers, its documents' one undo step."""

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.core.secrets.move import Move, SecretTransaction
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job


class SecretStep(QObject):
    """Does a Move for the window. `plan` and `share` are the transaction's.

    `careful`: do nothing, but emit `taken`, if entries that hold another secret would be replaced.
    """

    done = Signal()
    taken = Signal(list)  # the entries
    failed = Signal(object)  # LoopmailError; KeyringShared asks for `share`
    finished = Signal()

    def __init__(
        self,
        state: AppState,
        plan: Callable[[], Move],
        *,
        share: bool = False,
        careful: bool = False,
    ) -> None:
        super().__init__(state)
        assert state.workspace is not None, "no app is open"
        self._state = state
        self._workspace = state.workspace
        root = state.workspace.app.root
        self._transaction = SecretTransaction(plan, state.store, root, share=share)
        self.text = self._transaction.text
        self.notes = self._transaction.notes
        self._careful = careful
        self._quiet = False  # the keyring already is as this undo or redo wants it
        self._abandoned = False
        self._last_ended = threading.Event()  # the keyring's last call
        self._last_ended.set()
        state.saved.connect(self._forget)

    def start(self) -> None:
        """Begin; without a keyring's part the files are changed at once."""
        if not self._transaction.writes_first:
            self._push()
            return
        job = self._job(self._write)
        job.done.connect(self._go_on)
        job.failed.connect(self._fail)
        job.start()

    def _write(self) -> list[str]:
        taken = self._transaction.overwritten() if self._careful else []
        if not taken:
            self._transaction.write()
        return taken

    def _go_on(self, taken: list[str]) -> None:
        if taken:
            self.taken.emit(taken)
            self.finished.emit()
        else:
            self._push()

    def abandon(self) -> None:
        """Do not wait for the keyring any longer; what it still does is taken back."""
        self._abandoned = True
        self.finished.emit()

    def _job(self, call: Callable[[], object]) -> Job:
        """Return a job that begins when the one before has ended."""
        before, ended = self._last_ended, threading.Event()
        self._last_ended = ended

        def in_order() -> object:
            before.wait()
            try:
                return call()
            finally:
                ended.set()

        return Job(in_order)

    def _push(self) -> None:
        """Change the files, as an undo step which the keyring follows."""
        if self._abandoned or self._state.workspace is not self._workspace:
            self._job(self._transaction.roll_back).start()
            return
        keyring, stack = self._transaction.needs_keyring, self._state.undo
        redo = partial(self._follow, self._transaction.write, 1, stack.undo) if keyring else None
        undo = partial(self._follow, self._transaction.roll_back, -1, stack.redo)
        self._quiet = True
        try:
            self._transaction.change(
                lambda move: self._state.push(
                    move.text, move.changes, redo=redo, undo=undo if keyring else None
                )
            )
        except LoopmailError as error:
            self._job(self._transaction.roll_back).start()
            self._fail(error)
            return
        finally:
            self._quiet = False
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
        if self._state.workspace is not self._workspace:
            return
        entries = self._transaction.unneeded(self._state.snapshot())
        if entries:
            job = self._job(lambda: self._transaction.forget(entries))
            job.failed.connect(self.failed)
            job.finished.connect(self._state.refresh_variables)
            job.start()

    def _follow(self, call: Callable[[], object], way: int, back: Callable[[], None]) -> None:
        """Let the keyring follow the files; if it does not, the files go back as well."""
        if self._quiet:
            return
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
            self.failed.emit(error)

        job.failed.connect(take_back)
        job.finished.connect(self._state.refresh_variables)
        job.start()
