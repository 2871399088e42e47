"""What happens when the chosen secrets move: the keyring is asked first, then one undo step."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from loopmail.core.app.git import IgnoreLine, add_ignore_line
from loopmail.core.errors import KeyringShared, LoopmailError
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.secrets.adopt import PlainSecret, plan_adoption, plan_local_file
from loopmail.core.secrets.move import Move
from loopmail.ui.session.secret_step import SecretStep
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import plain_label


class Adoption(QObject):
    """Moves secrets to the keyring or to datasources.local.json, once."""

    done = Signal(str, list)  # what was done, and what the user still has to do
    failed = Signal(str)
    taken = Signal(list)  # the entries with another secret: ask before replacing them
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
        """Add the line to .gitignore, in a worker, and emit `done`."""
        proposal, notes = self.ignore, self._notes(step)
        if proposal is None:
            self.done.emit(step.text, notes)
            return
        job = Job(lambda: add_ignore_line(proposal))
        job.done.connect(lambda _: self.done.emit(step.text, notes))
        job.failed.connect(lambda error: self.done.emit(step.text, [*notes, str(error)]))
        job.start()


# --- One row of the dialog ------------------------------------------------------------


def place_words(pointer: str) -> str:
    """Return a place in people's words: `/mail/transports/0/auth/pass` -> `mail › 1 › auth.pass`."""
    tokens = parse_pointer(pointer)
    if len(tokens) > 3 and tokens[1] == "transports" and tokens[2].isdigit():
        return f"{tokens[0]} › {int(tokens[2]) + 1} › {'.'.join(tokens[3:])}"
    return f"{tokens[0]} › {'.'.join(tokens[1:])}"


class AdoptRow(QWidget):
    """A check box with the secret's place; below it where it stands, masked, and what git knows."""

    toggled = Signal()

    def __init__(self, secret: PlainSecret, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.secret = secret
        place = secret.place
        self.box = QCheckBox(f"{place_words(place.pointer)}  ({place.file})".replace("&", "&&"))
        self.box.setObjectName(f"adopt-{place.file}-{place.pointer}")
        self.box.setChecked(True)
        self.box.toggled.connect(self.toggled)
        self.where = plain_label("", "muted", wrap=True)
        self.git = plain_label("", "warn", wrap=True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.box)
        for label in (self.where, self.git):
            label.setContentsMargins(24, 0, 0, 0)  # under the check box's text
            rows.addWidget(label)
        self.show_secret(secret)

    @property
    def key(self) -> tuple[str, str]:
        """The file and the place in it."""
        return self.secret.place.file, self.secret.place.pointer

    def show_secret(self, secret: PlainSecret) -> None:
        """Show what is known of it now."""
        self.secret = secret
        place = secret.place
        self.where.setText(
            self.tr("Line {0}: {1} · becomes ${{{2}}}").format(
                secret.line, secret.preview, place.variable
            )
        )
        text = ""
        if secret.leak is not None:
            text = self.tr(
                "Git has it since {0} (commit {1}). Change it at the provider too: moving it does"
                " not take it out of git's history."
            ).format(secret.leak.date, secret.leak.commit[:10])
        elif secret.tracked:
            text = self.tr("Git keeps this file, so the next commit would publish it.")
        self.git.setText(text)
        self.git.setVisible(bool(text))
