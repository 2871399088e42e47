"""A secret: a field, where it is kept, and what that means for the file.

Reading and writing the keyring may block on a prompt, so both happen in a Job; the file is
changed when the keyring has answered, and both are one undo step.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget
from shiboken6 import isValid

from loopmail.core.errors import KeyringShared, LoopmailError, SecretError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.loopback.transport import Transport
from loopmail.core.plain_secrets import secret_ending
from loopmail.core.secret_names import placeholder
from loopmail.core.secrets.homes import (
    Home,
    home_of,
    place_of,
    plan_first,
    plan_forget,
    plan_move,
    present_home,
    variable_name,
)
from loopmail.core.secrets.move import Move
from loopmail.ui.form.binding import FieldProblems, as_text, odd_value, origin_note
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.secret_step import SecretStep
from loopmail.ui.widgets.building_blocks import ChoiceBox, link_button, plain_label, single_shot
from loopmail.ui.widgets.icons import icon

PASS = "/auth/pass"
HOMES: tuple[Home, ...] = ("keyring", "environment", "file")

_TYPING_PAUSE_MS = 500
_SLOW_MS = 1500  # after that long without an answer the keyring is said to be slow


class Remedies(QWidget):
    """What the user can do when the keyring fails: buttons under a sentence about it."""

    again = Signal()
    share = Signal()
    move_wanted = Signal(str)  # to this home

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about_reading = False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        self.buttons = (
            QPushButton(self.tr("Try Again")),
            link_button(self.tr("Use an Environment Variable")),
            link_button(self.tr("Keep It in the File")),
            QPushButton(self.tr("Use the Entries Together")),
        )
        to = self.move_wanted.emit
        slots = (self.again, partial(to, "environment"), partial(to, "file"), self.share)
        for button, slot in zip(self.buttons, slots, strict=True):
            button.clicked.connect(slot)
            line.addWidget(button)
        line.addStretch(1)
        self.hide()

    def offer(self, error: object = None, *, reading: bool = False) -> None:
        """Show what the user can do about this error; None hides the buttons.

        A TimeoutError: the keyring has not answered yet. `reading`: it could not be read.
        """
        self.about_reading = reading and error is not None
        again, outside, plain, share = self.buttons
        share.setVisible(isinstance(error, KeyringShared))
        again.setVisible(not isinstance(error, KeyringShared | TimeoutError))
        outside.setVisible(not reading)
        plain.setVisible(not reading)
        self.setVisible(error is not None)


class SecretField(QObject):
    """A secret at a path of the transport, and where it is kept.

    `row` has the field, `home_row` the choice of homes; they are one row unless `apart`.
    `sometimes`: it is a secret only if it looks like one (a URL that carries a password), and
    goes to the file first.
    """

    def __init__(
        self,
        values: TransportValues,
        path: str,
        label: str,
        parent: QObject | None = None,
        *,
        apart: bool = False,
        sometimes: bool = False,
    ) -> None:
        super().__init__(parent)
        self.values = values
        self.path = path
        self.label = label
        self._sometimes = sometimes
        self._wanted: Home | None = None  # chosen for a secret that is not there yet
        self._chosen: dict[tuple[str, str], Home] = {}  # of variables that nothing resolves
        self._typed: str | None = None  # waits for the keyring
        self._typed_for: object = None  # the app's workspace
        self._stored: tuple[str, str] | None = None  # variable and secret, until it is read back
        self._step: SecretStep | None = None
        self._odd = ""  # what is odd about the value in the file
        self._note_for: Callable[[bool], str] = lambda _explained: ""  # about what the file holds
        self._make_edit()
        self._make_home(apart)
        self.row.move_requested.connect(partial(self._move, "keyring"))
        self._pause = single_shot(self, _TYPING_PAUSE_MS, self.flush)
        self._slow = single_shot(self, _SLOW_MS, self._say_slow)

    def _make_edit(self) -> None:
        self.edit = QLineEdit()
        self.edit.setObjectName("field" + self.path.replace("/", "-"))
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setAccessibleName(self.label)
        self.edit.textChanged.connect(self._on_text)
        self.edit.editingFinished.connect(self.flush)
        self.reveal = QAction(icon("reveal"), self.tr("Show"), self)
        self.reveal.setCheckable(True)
        self.reveal.toggled.connect(self._reveal)
        self.edit.addAction(self.reveal, QLineEdit.ActionPosition.TrailingPosition)
        self.row = FieldRow(self.edit)

    def _make_home(self, apart: bool) -> None:
        self.home = ChoiceBox()
        self.home.setObjectName("field-password-home" if self.path == PASS else f"home-{self.path}")
        names = self.tr("Keyring"), self.tr("Environment variable"), self.tr("File")
        for kind, text in zip(HOMES, names, strict=True):
            self.home.addItem(text, kind)
        self.home.currentIndexChanged.connect(lambda index: self._move(HOMES[index]))
        self._beside: QLabel | None = None
        self.home_row = self.row
        if apart:
            self.home_row = FieldRow(self.home)
            self.home_row.line.addStretch(1)
        else:
            self._beside = plain_label(self.tr("kept in"), "muted")
            # Several such rows stand on a page; a screen reader must tell them apart.
            self._beside.setAccessibleName(f"{self.label} {self._beside.text()}")
            self._beside.setBuddy(self.home)
            self.row.line.addWidget(self._beside)
            self.row.line.addWidget(self.home)
        self.remedies = Remedies(self.home_row)
        self.home_row.add_below(self.remedies)
        self.remedies.again.connect(self._try_again)
        self.remedies.share.connect(partial(self._try_again, share=True))
        self.remedies.move_wanted.connect(self._leave_for)

    def _reveal(self, on: bool) -> None:
        self._echo(on)
        self.reveal.setText(self.tr("Hide") if on else self.tr("Show"))

    def _echo(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def reset(self) -> None:
        """Store what was typed; forget what was chosen and said: another transport will be shown."""
        self.flush()
        self._wanted = None
        self._typed = None
        self._stored = None
        self._say("")
        self._note()

    # --- where it is kept ----------------------------------------------------------------

    def _home(self, transport: Transport) -> Home:
        """Return where the secret lives, or is going to live."""
        if self._wanted is not None:
            return self._wanted
        own, current = transport.own(self.path), transport.current(self.path)
        variable = placeholder(own)
        if variable is not None:
            chosen = self._chosen.get((transport.file, transport.pointer(self.path)))
            if chosen is not None:
                return chosen
        elif current is UNDEFINED:
            return "file" if self._sometimes else "keyring"
        tokens = parse_pointer(self.path)
        number: str | int | None = None
        if transport.index:
            alias = transport.current("/alias")
            number = alias if isinstance(alias, str) and alias else transport.index + 1
        ending = secret_ending(tokens) or tokens[-1].upper()
        made = variable_name(transport.datasource, number, ending)
        variable = variable or self._inherited_variable(transport)
        return present_home(current, variable, made, self.values.state.variables)

    def _inherited_variable(self, transport: Transport) -> str | None:
        """Return the variable of a secret that another layer gives."""
        origin = transport.origin(self.path)
        inherits = transport.own(self.path) is UNDEFINED
        return origin.variable if origin is not None and inherits else None

    # --- showing -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the file and the keyring say now."""
        if self.values.state.workspace is not None:
            self.show(self.values.transport)
            self.show_problems(self.values.problems())

    def show(self, transport: Transport) -> None:
        """Show the secret and where it is kept."""
        home = self._home(transport)
        with QSignalBlocker(self.home):
            self.home.setCurrentIndex(HOMES.index(home))
        decides = transport.overruled(self.path)
        self.edit.setReadOnly(home == "environment" or decides is not None)
        self.home.setEnabled(decides is None)
        variable = self._inherited_variable(transport)
        if variable is None:
            place = (transport.file, transport.pointer(self.path))
            variable = place_of(self.values.state.snapshot(), *place).variable
        if self._typed is None:
            self._show_text(transport, home, variable, overruled=decides is not None)
        note = origin_note(transport, self.path)
        self.row.set_origin(note.text if note.file else "", note.file)
        if self._sometimes:
            self._show_as_secret(home)
        self._note_for = partial(self._file_note, transport, home, variable)
        self._odd = odd_value("text", transport.own(self.path))
        self._show_error(transport, home, variable)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the secret; notes need not say the same again."""
        problems = found.get(self.path, ())
        self.row.set_problems(problems)
        explained = bool(problems)
        if self.remedies.isHidden():
            self.row.set_sentence("" if explained else self._odd)
        self.home_row.set_note(self._note_for(explained))

    def _show_text(
        self, transport: Transport, home: Home, variable: str, *, overruled: bool
    ) -> None:
        own = UNDEFINED if overruled else transport.own(self.path)
        text, grey = as_text(own), ""
        named = placeholder(own)
        if named is not None:
            found = self.values.state.variables.lookup(named)
            if found is not None:
                self._stored = None
            stored = self._stored[1] if self._stored and self._stored[0] == named else ""
            text = as_text(found.value) if found is not None else stored
        if own is UNDEFINED and transport.effective(self.path) is not UNDEFINED:
            grey = "••••••••"
        elif home == "environment" and not text:
            grey = self.tr("set outside, as %1").replace("%1", variable)
        with QSignalBlocker(self.edit):
            if self.edit.text() != text:
                self.edit.setText(text)
                self.edit.setCursorPosition(0)
            self.edit.setPlaceholderText(grey)

    def _show_as_secret(self, home: Home) -> None:
        """Hide the text and offer the homes if it is a secret, else show the text alone."""
        looks_secret = secret_ending(parse_pointer(self.path), self.edit.text()) is not None
        secret = home != "file" or looks_secret
        self.home.setVisible(secret)
        if self._beside is not None:
            self._beside.setVisible(secret)
        self.reveal.setVisible(secret)
        self._echo(not secret or self.reveal.isChecked())

    def _file_note(self, transport: Transport, home: Home, variable: str, explained: bool) -> str:
        """Say what the file contains, or will contain, for a secret of this home.

        `explained`: a problem says already what is wrong.
        """
        own = transport.own(self.path)
        inherited = own is UNDEFINED and transport.effective(self.path) is not UNDEFINED
        if inherited or transport.overruled(self.path) is not None:
            # Two rows: the one with the secret says it.
            return origin_note(transport, self.path).text if self.home_row is self.row else ""
        if home == "file":
            if home_of(own) != "file" or explained:
                return ""
            return self.tr("The file holds the password itself: whoever reads it has it.")
        if own is UNDEFINED and self.path != PASS:
            return ""  # one of many that may stay unset
        key = self.path.rsplit("/", 1)[-1]
        note = self.tr('In the file: "%1": "${%2}"').replace("%1", key).replace("%2", variable)
        if not explained and self.values.state.variables.lookup(variable) is None:
            note += self.tr(" · not set yet")
        return note

    def _show_error(self, transport: Transport, home: Home, variable: str) -> None:
        """Say why the keyring could not be read, as long as that matters here."""
        state = self.values.state
        error = state.keyring.error
        named = placeholder(transport.own(self.path)) is not None
        unread = home == "keyring" and state.variables.lookup(variable) is None
        if error is not None and unread and named:
            self._say(str(error), error, reading=True)
        elif self.remedies.about_reading:
            self._say("")

    def _say(self, text: str, error: Exception | None = None, *, reading: bool = False) -> None:
        self.home_row.set_sentence(text)
        self.remedies.offer(error, reading=reading)

    def _say_slow(self) -> None:
        """The keyring takes its time: say so, and offer the other homes."""
        self.home_row.set_note(
            self.tr(
                "Waiting for the keyring. It may be asking you something in a window of its own."
            )
        )
        self.remedies.offer(TimeoutError())

    # --- writing -------------------------------------------------------------------------

    def _on_text(self, text: str) -> None:
        home = self._home(self.values.transport)
        if home == "file":
            self._write_file(text or UNDEFINED)
        elif home == "keyring":
            self._typed = text
            self._typed_for = self.values.state.workspace
            self.values.state.unsettled.add(id(self), self.flush)
            self._pause.start()

    def flush(self) -> None:
        """Store what was typed (after a short pause, or when the field is left)."""
        self._pause.stop()
        if self.values.state.workspace is not self._typed_for:
            self._typed = None
        if self._typed is not None and self._step is None:
            self._begin("keyring", self._typed)
        self._note()

    def _note(self) -> None:
        """Notify the state when no secret is waiting for the keyring any longer."""
        if self._step is None and not self._pause.isActive():
            self.values.state.unsettled.discard(id(self))

    def store(self, secret: str) -> None:
        """Store a secret that was not typed (a token from the browser) at its home."""
        home = self._home(self.values.transport)
        self._begin("keyring" if home == "environment" else home, secret)

    def _write_file(self, value: Json) -> None:
        self._typed = None
        done = self.values.write(self.path, value, self.label, self.row.set_sentence)
        if done and value is not UNDEFINED:
            self._wanted = None

    def _begin(self, home: Home, secret: str | None, *, share: bool = False) -> None:
        """Write keyring and file as one step."""
        forget = home == "keyring" and not secret
        if forget and placeholder(self.values.transport.own(self.path)) is None:
            self._typed = None
            return
        values, path = self.values.frozen(), self.path

        def plan() -> Move:
            workspace, pointer = values.state.workspace, values.transport.pointer(path)
            place = place_of(values.state.snapshot(), values.transport.file, pointer)
            if forget:
                return plan_forget(place)
            if workspace is not None and isinstance(values.transport.own(""), dict):
                return plan_move(workspace, place, home, secret or None)
            return plan_first(place, home, secret, lambda value: values.changes({path: value}))

        try:
            step = SecretStep(values.state, plan, share=share)
        except LoopmailError as error:
            self._typed = None
            self._say(str(error))
            return
        place = (values.transport.file, values.transport.pointer(path))
        step.done.connect(lambda: self._done(step, secret, home, place))
        step.failed.connect(self._failed)
        step.finished.connect(partial(self._finished, step))
        self._step = step
        self._say("")
        self._slow.start()
        step.start()

    def _done(
        self, step: SecretStep, secret: str | None, home: Home, place: tuple[str, str]
    ) -> None:
        if not isValid(self):  # the row is gone: another data source is shown
            return
        self._chosen[place] = home
        self._end(step)
        transport = self.values.transport
        if place != (transport.file, transport.pointer(self.path)):
            return  # another data source is shown meanwhile: this secret is not its
        if self._typed == secret:
            self._typed = None
        self._wanted = None
        variable = placeholder(transport.own(self.path))
        self._stored = (variable, secret) if home == "keyring" and variable and secret else None
        self._say("")
        self.refresh()

    def _failed(self, error: LoopmailError) -> None:
        if isValid(self):
            self._slow.stop()
            self._say(str(error), error if isinstance(error, SecretError) else None)

    def _finished(self, step: SecretStep) -> None:
        if not isValid(self):
            return
        self._end(step)
        if self._typed is not None and self.remedies.isHidden():
            self._pause.start()
        self._note()

    def _end(self, step: SecretStep) -> None:
        if self._step is step:
            self._step = None
            self._slow.stop()

    # --- moving home ---------------------------------------------------------------------

    def _move(self, home: Home) -> None:
        """Keep the secret elsewhere; without one, the next that is typed goes there."""
        self._say("")
        self._pause.stop()
        secret = self.edit.text()
        self._typed = None
        self._wanted = home
        if home == "environment" or secret:
            if self._step is None:
                self._begin(home, secret or None)
        elif home == "file" and placeholder(self.values.transport.own(self.path)) is not None:
            self._write_file(UNDEFINED)
            self._wanted = home
        self.refresh()

    def _leave_for(self, home: Home) -> None:
        """Go on without the keyring, whether it refused or just does not answer."""
        self._drop_step()
        self._move(home)

    def _try_again(self, share: bool = False) -> None:
        if self.remedies.about_reading:
            self._say("")
            self.values.state.refresh_variables()
            return
        self._drop_step()
        self._typed = self.edit.text()
        self._typed_for = self.values.state.workspace
        self._begin("keyring", self._typed, share=share)

    def _drop_step(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            self._slow.stop()
            self._typed = None
            step.abandon()
