"""The password: a field, where it is kept, and what that means for the file.

Reading and writing the keyring may block on a prompt, so both happen in a Job; the file is
changed when the keyring has answered, and both are one undo step.
"""

from PySide6.QtCore import QObject, QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from loopmail.core.errors import LoopmailError
from loopmail.core.js import UNDEFINED, Json
from loopmail.ui.binding import as_text
from loopmail.ui.icons import icon
from loopmail.ui.password_field_homes import HOMES, Home, KeyringStep, home_of, variable_in
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues
from loopmail.ui.worker import Job

PASS = "/auth/pass"
_TYPING_PAUSE_MS = 500


class PasswordField(QObject):
    """The rows “Password” and “Keep password in”."""

    moved = Signal()

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self._wanted: Home | None = None  # chosen for a password that is not there yet
        self._typed: str | None = None  # waits for the keyring
        self._job: Job | None = None
        self.edit = QLineEdit()
        self.edit.setObjectName("field-auth-pass")
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setToolTip("auth.pass")
        self.edit.textChanged.connect(self._on_text)
        self.reveal = QAction(icon("reveal"), self.tr("Show password"), self)
        self.reveal.setCheckable(True)
        self.reveal.toggled.connect(self._reveal)
        self.edit.addAction(self.reveal, QLineEdit.ActionPosition.TrailingPosition)
        self.row = FieldRow(self.edit)
        self.home = QComboBox()
        self.home.setObjectName("field-password-home")
        for home, text in zip(HOMES, self._home_names(), strict=True):
            self.home.addItem(text, home)
        self.home.currentIndexChanged.connect(self._on_home)
        self.home_row = FieldRow(self.home)
        self.home_row.line.addStretch(1)
        self._ways_out = self._make_ways_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        self.edit.editingFinished.connect(self.flush)

    def _home_names(self) -> tuple[str, str, str]:
        return self.tr("Keyring"), self.tr("Environment variable"), self.tr("File")

    def _make_ways_out(self) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        for text, slot in (
            (self.tr("Try Again"), self._try_again),
            (self.tr("Use an Environment Variable"), lambda: self._leave_keyring("environment")),
            (self.tr("Keep It in the File"), lambda: self._leave_keyring("file")),
        ):
            button = QPushButton(text)
            button.clicked.connect(slot)
            line.addWidget(button)
        line.addStretch(1)
        box.hide()
        self.home_row.add_below(box)
        return box

    # --- showing -------------------------------------------------------------------------

    def reset(self) -> None:
        """Another transport is shown: what was typed for the last one goes where it belongs."""
        self.flush()
        self._wanted = None
        self._typed = None
        self._say("")

    def current_home(self) -> Home:
        """Return where the password lives, or is going to live."""
        found = home_of(self.values.current(PASS), self.values.state.variables)
        if self._wanted is not None and (found is None or found != "file"):
            return self._wanted
        return found or "keyring"

    def variable(self) -> str:
        """Return the variable in the file, or the one that would be made."""
        own = self.values.current(PASS)
        return variable_in(own) or self.values.variable_name()

    def refresh(self) -> None:
        """Show what the file and the keyring say now."""
        home = self.current_home()
        with QSignalBlocker(self.home):
            self.home.setCurrentIndex(HOMES.index(home))
        self.edit.setReadOnly(home == "environment")
        if self._typed is None:
            self._show_text(home)
        self._show_notes(home)
        state, pointer = self.values.state, self.values.pointer(PASS)
        self.row.set_problems(
            [p for p in state.problems if p.pointer == pointer and p.file == state.layer]
        )

    def _show_text(self, home: Home) -> None:
        value = self.values.current(PASS)
        text = as_text(value)
        variable = variable_in(value)
        if variable is not None:
            found = self.values.state.variables.lookup(variable)
            text = as_text(found.value) if found is not None else ""
        with QSignalBlocker(self.edit):
            if self.edit.text() != text:
                self.edit.setText(text)
        self.edit.setPlaceholderText(
            self.tr("set outside, as %1").replace("%1", self.variable())
            if home == "environment"
            else ""
        )

    def _show_notes(self, home: Home) -> None:
        value = self.values.current(PASS)
        variable = variable_in(value)
        note = ""
        if home == "file":
            if value not in (UNDEFINED, ""):
                note = self.tr("The file holds the password itself: everybody who reads it can.")
        else:
            note = self.tr('In the file: "pass": "${%1}"').replace("%1", self.variable())
            if variable is not None and self.values.state.variables.lookup(variable) is None:
                note += self.tr(" · not set yet")
        self.home_row.set_note(note)

    def _reveal(self, on: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        self.reveal.setText(self.tr("Hide password") if on else self.tr("Show password"))

    # --- writing -------------------------------------------------------------------------

    def _on_text(self, text: str) -> None:
        home = self.current_home()
        if home == "file":
            self._write_file(text or UNDEFINED)
        elif home == "keyring":
            self._typed = text
            self._pause.start()

    def flush(self) -> None:
        """Store what was typed (also called after a short pause and when the field is left)."""
        self._pause.stop()
        if self._typed is None or self._job is not None:
            return
        self._store(self._typed)

    def _store(self, secret: str) -> None:
        step = KeyringStep.make(self.values, self.variable(), secret)
        self._job = Job(step.do)
        self._job.done.connect(lambda _old: self._stored(step, secret))
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._job.start()

    def _stored(self, step: KeyringStep, secret: str) -> None:
        if self._typed == secret:
            self._typed = None
        self._wanted = None
        self._say("")
        placeholder = f"${{{step.variable}}}"
        own = self.values.own(PASS)
        try:
            changes = [] if own == placeholder else self.values.changes({PASS: placeholder})
            self.values.state.push(
                self.tr("Change Password"),
                changes,
                merge_key=f"password{self.values.pointer(PASS)}",
                redo=step.redo,
                undo=step.undo,
            )
        except LoopmailError as error:
            self._say(str(error))
        self.values.state.refresh_variables()

    def _finished(self) -> None:
        self._job = None
        if self._typed is not None:
            self._pause.start()

    def _failed(self, error: LoopmailError) -> None:
        self._say(str(error), ways_out=True)

    def _write_file(self, value: Json) -> None:
        self._typed = None
        try:
            self.values.state.push(
                self.tr("Change Password"),
                self.values.changes({PASS: value}),
                merge_key=f"password{self.values.pointer(PASS)}",
            )
        except LoopmailError as error:
            self.row.set_sentence(str(error))

    # --- moving home ---------------------------------------------------------------------

    def _on_home(self, index: int) -> None:
        self._move(HOMES[index])

    def _move(self, home: Home) -> None:
        self._say("")
        secret = self.edit.text()
        if home == "file":
            self._wanted = home
            self._write_file(secret or UNDEFINED)
            self._wanted = home if not secret else None
        elif home == "environment":
            self._wanted = home
            placeholder = f"${{{self.variable()}}}"
            if self.values.own(PASS) != placeholder:
                self._write_file(placeholder)
        elif secret:
            self._wanted = home
            self._typed = secret
            self.flush()
        else:
            self._wanted = home
        self.refresh()
        self.moved.emit()

    def _try_again(self) -> None:
        self._typed = self.edit.text()
        self.flush()

    def _leave_keyring(self, home: Home) -> None:
        self._typed = None if home == "environment" else self._typed
        self._move(home)

    def _say(self, text: str, *, ways_out: bool = False) -> None:
        self.home_row.set_sentence(text)
        self._ways_out.setVisible(ways_out)
