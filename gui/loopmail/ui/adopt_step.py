"""What happens when the chosen secrets move: the keyring is asked first, then one undo step."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from loopmail.core.adopt import PlainSecret, plan_adoption, plan_local_file
from loopmail.core.errors import KeyringShared, LoopmailError
from loopmail.core.gitignore import IgnoreLine, add_ignore_line
from loopmail.core.move import Move
from loopmail.ui.secret_step import SecretStep
from loopmail.ui.state import AppState
from loopmail.ui.worker import Job


class Adoption(QObject):
    """Moves secrets to the keyring or to datasources.local.json, once."""

    done = Signal(str, list)  # what was done, and what the user still has to do
    failed = Signal(str)
    taken = Signal(list)  # the entries that hold something else: ask before replacing them
    shared = Signal(str)  # another app of the same name has entries: ask before sharing them

    def __init__(self, state: AppState, chosen: Sequence[PlainSecret], *, local: bool) -> None:
        super().__init__(state)
        self._state = state
        self._chosen = list(chosen)
        self._local = local
        self.ignore: IgnoreLine | None = None

    def start(self, *, share: bool = False, replace: bool = False) -> None:
        """Begin; exactly one of the signals follows."""
        try:
            step = SecretStep(self._state, self._plan, share=share, careful=not replace)
        except LoopmailError as error:
            self.failed.emit(str(error))
            return
        step.done.connect(lambda: self._finish(step))
        step.failed.connect(self._fail)
        step.taken.connect(self.taken)
        step.start()

    def _plan(self) -> Move:
        workspace = self._state.workspace
        if workspace is None:
            raise LoopmailError("The app was closed.")
        plan = plan_local_file if self._local else plan_adoption
        return plan(workspace, self._chosen)

    def _fail(self, error: LoopmailError) -> None:
        if isinstance(error, KeyringShared):
            self.shared.emit(str(error))
        else:
            self.failed.emit(str(error))

    def _notes(self, step: SecretStep) -> list[str]:
        """Return what is left to do; one sentence for all that git has (its notes come last)."""
        moved = [s for s in self._chosen if not self._local or s.place.env is None]
        leaked = [s.place.user for s in moved if s.leak is not None]
        notes = [note for note in step.notes if not any(note.startswith(f"{u}:") for u in leaked)]
        if leaked:
            names = ", ".join(dict.fromkeys(leaked))
            notes.append(
                self.tr(
                    "Git still has them in older commits: change them at their providers ({0})."
                ).format(names)
            )
        return notes

    def _finish(self, step: SecretStep) -> None:
        """Add the line to .gitignore, in a worker, and tell."""
        proposal, notes = self.ignore, self._notes(step)
        if proposal is None:
            self.done.emit(step.text, notes)
            return
        job = Job(lambda: add_ignore_line(proposal))
        job.done.connect(lambda _: self.done.emit(step.text, notes))
        job.failed.connect(lambda error: self.done.emit(step.text, [*notes, str(error)]))
        job.start()
