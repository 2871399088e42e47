"""Moving the plain secrets of an app's files to the keyring; stays open beside the work."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from loopmail.core.app.folder import LOCAL_FILE
from loopmail.core.app.git import IgnoreLine, add_ignore_line, ignore_line
from loopmail.core.app.versions import resolves_variables
from loopmail.core.errors import LoopmailError
from loopmail.core.secrets.adopt import (
    PlainSecret,
    Survey,
    find_secrets,
    plan_adoption,
    plan_local_file,
    survey,
)
from loopmail.core.secrets.move import Move, overwritten
from loopmail.ui.dialogs.adopt_row import AdoptRow
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    Banner,
    ChoiceBox,
    Tone,
    bare,
    counted,
    heading,
    plain_label,
    primary_button,
    sentences,
    set_role,
    single_shot,
)


class AdoptDialog(QDialog):
    """Lists every plain secret of all layers, masked; moves the chosen ones as one undo step."""

    save_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._job: Job | None = None
        self._survey: Survey | None = None
        self._share = self._replace = False  # what the user has agreed to
        self.rows: list[AdoptRow] = []
        self.setObjectName("adoptDialog")
        self.setWindowTitle(self.tr("Move Passwords to Keyring"))
        self.resize(640, 520)
        set_role(self, "page")
        self.title = heading(self.tr("Passwords in plain text"), scale=1.3)
        self.lead = plain_label("", wrap=True)
        self.boot = Banner("warn")
        self.outcome = Banner("ok")
        self.status = plain_label("", "muted", wrap=True)
        self.target = ChoiceBox()
        self.target.setObjectName("adopt-target")
        self.target.addItem(self.tr("Keyring"), "keyring")
        self.target.addItem(LOCAL_FILE, "local")
        self.target.currentIndexChanged.connect(self._enable)
        self.ignore = QCheckBox()
        self.ignore.setObjectName("adopt-ignore")
        self.ignore.setChecked(True)
        self.go = primary_button("")
        self.go.setDefault(True)
        self.go.clicked.connect(self.move_chosen)
        self._lay_out()
        self._later = single_shot(self, 0, self.refresh)
        state.changed.connect(self._later.start)
        state.opened.connect(self.close)
        self.refresh()

    def _lay_out(self) -> None:
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        self._list = QWidget()
        set_role(self._list, "page")
        self._list_rows = QVBoxLayout(self._list)
        self._list_rows.setContentsMargins(0, 4, 8, 4)
        self._list_rows.setSpacing(12)
        self._list_rows.addStretch(1)
        self._scroller = bare(QScrollArea())
        self._scroller.setWidget(self._list)
        self._whither = QWidget()
        whither = QHBoxLayout(self._whither)
        whither.setContentsMargins(0, 0, 0, 0)
        label = QLabel(self.tr("Move to"))
        label.setBuddy(self.target)
        whither.addWidget(label)
        whither.addWidget(self.target)
        whither.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.status, 1)
        buttons.addWidget(close)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        for widget in (self.title, self.lead, self.boot, self.outcome):
            column.addWidget(widget)
        column.addWidget(self._scroller, 1)
        column.addWidget(self._whither)
        column.addWidget(self.ignore)
        column.addLayout(buttons)
        self.outcome.hide()

    # -- showing ------------------------------------------------------------------------------

    def restart(self) -> None:
        """Forget what was said and unchecked (the dialog is opened again)."""
        self.outcome.hide()
        self._show(())
        self.refresh()

    def choose_only(self, file: str, pointer: str) -> None:
        """Check this secret alone (the user comes from its problem); unknown: all stay checked."""
        if all(row.key != (file, pointer) for row in self.rows):
            return
        for row in self.rows:
            row.box.setChecked(row.key == (file, pointer) and row.secret.stays is None)
            if row.key == (file, pointer):
                self._scroller.ensureWidgetVisible(row)
                row.box.setFocus()

    def refresh(self) -> None:
        """Look at the files again, and ask git in a worker."""
        if self._state.workspace is None:
            return
        snapshot = self._state.snapshot()
        secrets = find_secrets(snapshot)
        self._show(secrets)
        if self._job is not None:
            self._job.cancel()
        self.status.setText(self.tr("Looking into git…") if self.rows else "")
        self._job = Job(lambda: survey(snapshot, secrets))
        self._job.done.connect(self._take)
        self._job.failed.connect(lambda error: self.status.setText(str(error)))
        self._job.start()

    def _take(self, found: Survey) -> None:
        self._survey = found
        self._show(found.secrets)
        problem = found.git.problem
        about_git = self.tr("About git: {0}.").format(problem) if problem else ""
        skipped, unread = sorted(self._state.snapshot().errors), ""
        if skipped:
            unread = self.tr("Not looked at, since invalid: {0}.").format(", ".join(skipped))
        self.status.setText(sentences(about_git, unread) if self.rows else "")

    def _show(self, secrets: Sequence[PlainSecret]) -> None:
        keys = [(secret.place.file, secret.place.pointer) for secret in secrets]
        if keys != [row.key for row in self.rows]:
            unchecked = {row.key for row in self.rows if not row.box.isChecked()}
            for row in self.rows:
                self._list_rows.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = [AdoptRow(secret, self._list) for secret in secrets]
            for at, row in enumerate(self.rows):
                row.box.setChecked(row.secret.stays is None and row.key not in unchecked)
                row.box.toggled.connect(self._enable)
                self._list_rows.insertWidget(at, row)
        for row, secret in zip(self.rows, secrets, strict=True):
            row.show_secret(secret)
        self._enable()

    def _enable(self) -> None:
        workspace = self._state.workspace
        if workspace is None:
            return
        versions = self._state.versions
        works = resolves_variables(versions)
        self.boot.setVisible(not works and bool(self.rows))
        self.boot.say(
            self.tr("loopback-boot {0} does not fill in ${VARIABLE}.").replace(
                "{0}", versions.boot
            ),
            self.tr(
                "The app would sign in with that very text. {0} works with it: LoopBack reads it"
                " after datasources.json, and git should ignore it. Or update loopback-boot to"
                " 2.18 or later."
            ).replace("{0}", LOCAL_FILE),
        )
        if not works:
            self.target.setCurrentIndex(1)
        self.target.setEnabled(works)
        local = self.target.currentData() == "local"
        if not self.rows:
            lead = self.tr("No passwords stand in this app's files as plain text.")
        elif not any(row.secret.stays is None for row in self.rows):
            lead = self.tr("LoopBack could not fill in a placeholder where these stand.")
        elif local:
            lead = self.tr("The chosen ones move to {0}, which stays on this computer.").format(
                LOCAL_FILE
            )
        else:
            lead = self.tr(
                "The chosen ones move to the keyring of this computer; the files keep a placeholder"
                " such as $\u2060{EMAIL_DS_PASS}. “Run App” and “loopmail run” hand them to your"
                " app."
            )
        self.lead.setText(lead)
        there = (workspace.app.server / LOCAL_FILE).exists()
        known = self._survey is not None and not self._survey.local_file_ignored
        self.ignore.setVisible(known and bool(self.rows) and (local or there))
        line = ignore_line(workspace.app).line
        self.ignore.setText(self.tr("Add “{0}” to .gitignore").format(line).replace("&", "&&"))
        count = len(self.chosen())
        one, many = self.tr("Move 1 to Keyring"), self.tr("Move {0} to Keyring")
        if local:
            one, many = self.tr("Move 1 to the Local File"), self.tr("Move {0} to the Local File")
        self.go.setText(counted(count, one, many))
        self.go.setEnabled(count > 0 and (works or local))
        for widget in (self.go, self._whither):
            widget.setVisible(bool(self.rows))

    # -- moving -------------------------------------------------------------------------------

    def chosen(self) -> list[PlainSecret]:
        """Return the secrets whose boxes are checked."""
        return [row.secret for row in self.rows if row.box.isChecked()]

    def move_chosen(self, *, replace: bool = False) -> None:
        """Move the chosen secrets as one undo step, once the keyring was asked what it holds.

        `replace`: without asking, also entries that hold another secret.
        """
        state, chosen = self._state, self.chosen()
        workspace = state.workspace
        if workspace is None or not chosen:
            return
        local = self.target.currentData() == "local"
        wanted = not self.ignore.isHidden() and self.ignore.isChecked()
        ignore = ignore_line(workspace.app) if wanted else None

        def plan() -> Move:
            return (plan_local_file if local else plan_adoption)(workspace, chosen)

        def go_on(taken: Sequence[str]) -> None:
            if not isValid(self) or state.workspace is not workspace:
                return
            if taken:
                self._ask_to_replace(taken)
                return
            try:
                move = plan()  # anew: the files may have changed meanwhile
                state.move_secret(move)
            except LoopmailError as error:
                self._tell_error(error)
                return
            self._finish(move, chosen, ignore, local=local)

        try:
            writes = plan().writes
        except LoopmailError as error:
            self._tell_error(error)
            return
        if replace or not writes:
            go_on(())
            return
        self.go.setEnabled(False)
        self.status.setText(self.tr("Waiting for the keyring…"))
        secrets = state.secrets()
        job = Job(lambda: overwritten(writes, secrets))
        job.done.connect(go_on)
        job.failed.connect(self._tell_error)
        job.start()

    def _finish(
        self,
        move: Move,
        moved: Sequence[PlainSecret],
        ignore: IgnoreLine | None,
        *,
        local: bool,
    ) -> None:
        """Add the line to .gitignore, in a worker, and say what was done and what is left to do."""
        if local:
            moved = [secret for secret in moved if secret.place.env is None]
        leaked = [secret.place.user for secret in moved if secret.leak is not None]
        # One sentence for all that git has.
        notes = [note for note in move.notes if not any(note.startswith(f"{u}:") for u in leaked)]
        if leaked:
            names = ", ".join(dict.fromkeys(leaked))
            notes.append(
                self.tr(
                    "Git still has them in older commits: change them at their providers ({0})."
                ).format(names)
            )
        if local:
            one = self.tr("Moved 1 secret to {1}")
            done = counted(len(moved), one, self.tr("Moved {0} secrets to {1}"), LOCAL_FILE)
        else:
            one = self.tr("Moved 1 secret to the keyring")
            done = counted(len(moved), one, self.tr("Moved {0} secrets to the keyring"))
        if ignore is None:
            self._tell_done(done, notes)
            return
        job = Job(lambda: add_ignore_line(ignore))
        job.done.connect(lambda _: self._tell_done(done, notes))
        job.failed.connect(lambda error: self._tell_done(done, [*notes, str(error)]))
        job.start()

    def _tell_done(self, text: str, notes: Sequence[str]) -> None:
        if not isValid(self):
            return
        said = [self.tr("Save to write the keyring and the files; Undo takes it back."), *notes]
        tone: Tone = "warn" if notes else "ok"
        save = self._say(text, "\n".join(said), tone, self.tr("Save"))
        save.clicked.connect(self.save_wanted)
        save.clicked.connect(save.hide)
        self._later.start()

    def _tell_error(self, error: LoopmailError) -> None:
        if isValid(self):
            title, yes = self.tr("Nothing was moved."), self.tr("Try Again")
            self._ask(title, str(error), yes, self.move_chosen)

    def _ask_to_replace(self, users: Sequence[str]) -> None:
        self._ask(
            self.tr("The keyring holds another secret already."),
            self.tr("It stands there as {0}.").format(", ".join(users)),
            self.tr("Replace"),
            partial(self.move_chosen, replace=True),
        )

    def _ask(self, title: str, text: str, yes: str, act: Callable[[], object]) -> None:
        """Say what prevents the move, with a button to go on all the same."""
        button = self._say(title, text, "warn", yes)
        button.clicked.connect(self.outcome.hide)
        button.clicked.connect(lambda: act())
        self._enable()

    def _say(self, title: str, text: str, tone: Tone, button_text: str) -> QPushButton:
        self.status.setText("")
        self.outcome.clear_buttons()
        self.outcome.say(title, text, tone)
        button = QPushButton(button_text)
        self.outcome.add_button(button)
        self.outcome.show()
        return button

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Stop looking into git (Qt's virtual method)."""
        if self._job is not None:
            self._job.cancel()
        super().closeEvent(event)
