"""The password: a field, where it is kept, and what that means for the file.

Reading and writing the keyring may block on a prompt, so both happen in a Job; the file is
changed when the keyring has answered, and both are one undo step.
"""

from PySide6.QtCore import QObject, QSignalBlocker, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from loopmail.core.errors import LoopmailError, SecretError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.secret_homes import Home
from loopmail.core.secret_paths import placeholder
from loopmail.ui.binding import as_text, odd_value
from loopmail.ui.icons import icon
from loopmail.ui.password_field_homes import (
    HOMES,
    PASS,
    PasswordStep,
    inherited_variable,
    password_home,
    password_place,
)
from loopmail.ui.transport_form_origin import origin_note
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues

_TYPING_PAUSE_MS = 500


class PasswordField(QObject):
    """The rows “Password” and “Keep password in”."""

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self._wanted: Home | None = None  # chosen for a password that is not there yet
        self._typed: str | None = None  # waits for the keyring
        self._step: PasswordStep | None = None
        self.edit = QLineEdit()
        self.edit.setObjectName("field-auth-pass")
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setToolTip("auth.pass")
        self.edit.setAccessibleName(self.tr("Password"))
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
        self.ways_out = self._make_ways_out()
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
        self.ways_out_buttons: list[QPushButton] = []
        for text, slot in (
            (self.tr("Try Again"), self._try_again),
            (self.tr("Use an Environment Variable"), lambda: self._move("environment")),
            (self.tr("Keep It in the File"), lambda: self._move("file")),
        ):
            button = QPushButton(text)
            button.clicked.connect(slot)
            line.addWidget(button)
            self.ways_out_buttons.append(button)
        line.addStretch(1)
        box.hide()
        self.home_row.add_below(box)
        return box

    # --- showing -------------------------------------------------------------------------

    def reset(self) -> None:
        """Another transport is shown."""
        self._wanted = None
        self._typed = None
        self._say("")

    def current_home(self) -> Home:
        """Return where the password lives, or is going to live."""
        return self._wanted or password_home(self.values)

    def refresh(self) -> None:
        """Show what the file and the keyring say now."""
        home = self.current_home()
        with QSignalBlocker(self.home):
            self.home.setCurrentIndex(HOMES.index(home))
        self.edit.setReadOnly(home == "environment")
        if self._typed is None:
            self._show_text(home)
        state, pointer = self.values.state, self.values.pointer(PASS)
        problems = [p for p in state.problems if p.pointer == pointer and p.file == state.layer]
        self.row.set_problems(problems)
        self._show_notes(home, explained=bool(problems))

    def _show_text(self, home: Home) -> None:
        own = self.values.own(PASS)
        variable = placeholder(own)
        text = as_text(own)
        if variable is not None:
            found = self.values.state.variables.lookup(variable)
            text = as_text(found.value) if found is not None else ""
        grey = ""
        if own is UNDEFINED and self.values.effective(PASS) is not UNDEFINED:
            grey = "••••••••"
        elif home == "environment" and not text:
            grey = self.tr("set outside, as %1").replace("%1", self._variable())
        with QSignalBlocker(self.edit):
            if self.edit.text() != text:
                self.edit.setText(text)
            self.edit.setPlaceholderText(grey)

    def _variable(self) -> str:
        return inherited_variable(self.values) or password_place(self.values).variable

    def _show_notes(self, home: Home, *, explained: bool) -> None:
        own = self.values.own(PASS)
        self.row.set_sentence("" if explained else odd_value("text", own))
        note = ""
        if own is UNDEFINED and self.values.effective(PASS) is not UNDEFINED:
            note = origin_note(self.values, PASS)
        elif home != "file":
            variable = self._variable()
            note = self.tr('In the file: "pass": "${%1}"').replace("%1", variable)
            if not explained and self.values.state.variables.lookup(variable) is None:
                note += self.tr(" · not set yet")
        elif own not in (UNDEFINED, "") and not explained:
            note = self.tr("The file holds the password itself: whoever reads it has it.")
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
        """Store what was typed (after a short pause, or when the field is left)."""
        self._pause.stop()
        if self._typed is not None and self._step is None:
            self._begin("keyring", self._typed)

    def _write_file(self, value: Json) -> None:
        self._typed = None
        key = f"{self.values.layer}{self.values.pointer(PASS)}"
        try:
            changes = self.values.changes({PASS: value})
            self.values.state.push(self.tr("Change Password"), changes, merge_key=key)
        except LoopmailError as error:
            self.row.set_sentence(str(error))
            return
        if value is not UNDEFINED:
            self._wanted = None

    def _begin(self, home: Home, secret: str | None) -> None:
        """Write keyring and file as one step."""
        forget = home == "keyring" and not secret
        if forget and placeholder(self.values.own(PASS)) is None:
            self._typed = None
            return
        try:
            step = PasswordStep(self.values, home, secret or None, forget=forget)
        except LoopmailError as error:
            self._typed = None
            self._say(str(error))
            return
        step.done.connect(lambda: self._done(home, secret))
        step.failed.connect(self._failed)
        step.finished.connect(self._finished)
        self._step = step
        step.start()

    def _done(self, home: Home, secret: str | None) -> None:
        if self._typed == secret:
            self._typed = None
        # What is not set here could as well be going to the keyring: keep to what was chosen.
        self._wanted = home if home == "environment" else None
        self._say("")
        self.refresh()

    def _failed(self, error: LoopmailError) -> None:
        self._say(str(error), ways_out=isinstance(error, SecretError))

    def _finished(self) -> None:
        self._step = None
        if self._typed is not None and self.ways_out.isHidden():
            self._pause.start()

    # --- moving home ---------------------------------------------------------------------

    def _on_home(self, index: int) -> None:
        self._move(HOMES[index])

    def _move(self, home: Home) -> None:
        """Keep the password elsewhere; without one, the next that is typed goes there."""
        self._say("")
        self._pause.stop()
        secret = self.edit.text()
        self._typed = None
        self._wanted = home
        if home == "environment" or secret:
            if self._step is None:
                self._begin(home, secret or None)
        elif home == "file" and placeholder(self.values.own(PASS)) is not None:
            self._write_file(UNDEFINED)
            self._wanted = home
        self.refresh()

    def _try_again(self) -> None:
        self._typed = self.edit.text()
        self.flush()

    def _say(self, text: str, *, ways_out: bool = False) -> None:
        self.home_row.set_sentence(text)
        self.ways_out.setVisible(ways_out)
