"""A secret: a field, where it is kept, and what that means for the file.

Reading and writing the keyring may block on a prompt, so both happen in a Job; the file is
changed when the keyring has answered, and both are one undo step.
"""

from functools import partial

from PySide6.QtCore import QObject, QSignalBlocker
from shiboken6 import isValid

from loopmail.core.errors import LoopmailError, SecretError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.secret_names import placeholder
from loopmail.core.secrets.homes import Home, plan_forget
from loopmail.core.secrets.move import Move
from loopmail.ui.form.binding import FieldProblems, as_text, odd_value
from loopmail.ui.form.secret_homes import (
    HOMES,
    PASS,
    file_note,
    inherited_variable,
    plan,
    secret_home,
    secret_place,
    waiting_note,
)
from loopmail.ui.form.secret_widgets import SecretWidgets
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.secret_step import SecretStep
from loopmail.ui.widgets.building_blocks import single_shot

_TYPING_PAUSE_MS = 500
_SLOW_MS = 1500  # after that long without an answer the keyring is said to be slow


class SecretField(SecretWidgets):
    """A secret at a path of the transport, and where it is kept.

    Without `apart` both stand in one row. `sometimes`: it is a secret only if it looks like one
    (a URL that carries a password), and goes to the file first.
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
        super().__init__(path, label, parent, apart=apart)
        self.values = values
        self._sometimes = sometimes
        self._wanted: Home | None = None  # chosen for a secret that is not there yet
        self._chosen: dict[tuple[str, str], Home] = {}  # of variables that nothing resolves
        self._typed: str | None = None  # waits for the keyring
        self._stored: tuple[str, str] | None = None  # variable and secret, until it is read back
        self._step: SecretStep | None = None
        self._odd = ""  # what is odd about the value in the file
        self._notes: dict[bool, str] = {}  # what the file holds; True: where a problem says more
        self.edit.textChanged.connect(self._on_text)
        self.home.currentIndexChanged.connect(self._on_home)
        self.row.move_requested.connect(lambda: self._move("keyring"))
        self.remedies.again.connect(self._try_again)
        self.remedies.move_wanted.connect(self._leave_for)
        self.remedies.share.connect(partial(self._try_again, share=True))
        self._pause = single_shot(self, _TYPING_PAUSE_MS, self.flush)
        self._slow = single_shot(self, _SLOW_MS, self._say_slow)
        self.edit.editingFinished.connect(self.flush)

    def reset(self) -> None:
        """Forget what was typed, chosen and stored for the transport left."""
        self._wanted = None
        self._typed = None
        self._stored = None
        self._say("")
        self._note()

    def current_home(self) -> Home:
        """Return where the secret lives, or is going to live."""
        if self._wanted is not None:
            return self._wanted
        own = self.values.transport.own(self.path)
        if placeholder(own) is not None:
            chosen = self._chosen.get((self.values.layer, self.values.transport.pointer(self.path)))
            return chosen or secret_home(self.values, self.path)
        if own is UNDEFINED and self.values.transport.effective(self.path) is UNDEFINED:
            return "file" if self._sometimes else "keyring"
        return secret_home(self.values, self.path)

    def refresh(self) -> None:
        """Show what the file and the keyring say now."""
        if self.values.state.workspace is None:
            return
        home = self.current_home()
        with QSignalBlocker(self.home):
            self.home.setCurrentIndex(HOMES.index(home))
        self.edit.setReadOnly(home == "environment")
        if self._typed is None:
            self._show_text(home)
        if self._sometimes:
            self.show_as_secret(home != "file" or self.looks_secret())
        variable = self._variable()
        self._notes = {
            explained: file_note(self.values, self.path, home, variable, explained=explained)
            for explained in (False, True)
        }
        self._odd = odd_value("text", self.values.own(self.path))
        self.show_problems(self.values.problems())
        self._show_error(home, variable)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the secret; notes need not say the same again."""
        problems = found.get(self.path, ())
        self.row.set_problems(problems)
        explained = bool(problems)
        if self.remedies.isHidden():
            self.row.set_sentence("" if explained else self._odd)
        if self._notes:
            self.home_row.set_note(self._notes[explained])

    def _show_text(self, home: Home) -> None:
        own = self.values.transport.own(self.path)
        variable = placeholder(own)
        text = as_text(own)
        if variable is not None:
            found = self.values.state.variables.lookup(variable)
            if found is not None:
                self._stored = None
            stored = dict([self._stored] if self._stored else []).get(variable, "")
            text = as_text(found.value) if found is not None else stored
        grey = ""
        if own is UNDEFINED and self.values.transport.effective(self.path) is not UNDEFINED:
            grey = "••••••••"
        elif home == "environment" and not text:
            grey = self.tr("set outside, as %1").replace("%1", self._variable())
        with QSignalBlocker(self.edit):
            if self.edit.text() != text:
                self.edit.setText(text)
                self.edit.setCursorPosition(0)
            self.edit.setPlaceholderText(grey)

    def _variable(self) -> str:
        inherited = inherited_variable(self.values, self.path)
        return inherited or secret_place(self.values, self.path).variable

    def _show_error(self, home: Home, variable: str) -> None:
        """Say why the keyring could not be read, as long as that matters here."""
        error = self.values.state.keyring_error
        unread = home == "keyring" and self.values.state.variables.lookup(variable) is None
        if (
            error is not None
            and unread
            and placeholder(self.values.transport.own(self.path)) is not None
        ):
            self._say(str(error), error, reading=True)
        elif self.remedies.about_reading:
            self._say("")

    # --- writing -------------------------------------------------------------------------

    def _on_text(self, text: str) -> None:
        home = self.current_home()
        if home == "file":
            self._write_file(text or UNDEFINED)
        elif home == "keyring":
            self._typed = text
            self.values.state.unsettled.add(id(self), self.flush)
            self._pause.start()

    def flush(self) -> None:
        """Store what was typed (after a short pause, or when the field is left)."""
        self._pause.stop()
        if self.values.state.workspace is None:
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
        home = self.current_home()
        self._begin("keyring" if home == "environment" else home, secret)

    def _write_file(self, value: Json) -> None:
        self._typed = None
        key = f"{self.values.layer}{self.values.transport.pointer(self.path)}"
        text = self.tr("Change %1").replace("%1", self.label)
        done = self.values.state.change(
            text,
            lambda _: self.values.changes({self.path: value}),
            self.row.set_sentence,
            merge_key=key,
        )
        if done and value is not UNDEFINED:
            self._wanted = None

    def _begin(self, home: Home, secret: str | None, *, share: bool = False) -> None:
        """Write keyring and file as one step."""
        forget = home == "keyring" and not secret
        if forget and placeholder(self.values.transport.own(self.path)) is None:
            self._typed = None
            return
        values, path = self.values.frozen(), self.path

        def make_plan() -> Move:
            if forget:
                return plan_forget(secret_place(values, path))
            return plan(values, path, home, secret or None)

        try:
            step = SecretStep(values.state, make_plan, share=share)
        except LoopmailError as error:
            self._typed = None
            self._say(str(error))
            return
        place = (values.layer, values.transport.pointer(path))
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
        if not isValid(self):
            return
        self._chosen[place] = home
        self._end(step)
        if place != (self.values.layer, self.values.transport.pointer(self.path)):
            return  # another data source is shown meanwhile: this secret is not its
        if self._typed == secret:
            self._typed = None
        self._wanted = None
        variable = placeholder(self.values.transport.own(self.path))
        self._stored = (variable, secret) if home == "keyring" and variable and secret else None
        self._say("")
        self.refresh()

    def _end(self, step: SecretStep) -> None:
        if self._step is step:
            self._step = None
            self._slow.stop()

    def _failed(self, error: LoopmailError) -> None:
        if not isValid(self):  # the row is gone: another data source is shown
            return
        self._slow.stop()
        self._say(str(error), error if isinstance(error, SecretError) else None)

    def _finished(self, step: SecretStep) -> None:
        if not isValid(self):
            return
        self._end(step)
        if self._typed is not None and self.remedies.isHidden():
            self._pause.start()
        self._note()

    def _say_slow(self) -> None:
        """The keyring takes its time: say so, and offer the other homes."""
        self.home_row.set_note(waiting_note())
        self.remedies.offer(TimeoutError())

    # --- moving home ---------------------------------------------------------------------

    def _on_home(self, index: int) -> None:
        self._move(HOMES[index])

    def _leave_for(self, home: Home) -> None:
        """Go on without the keyring, whether it refused or just does not answer."""
        self._drop_step()
        self._move(home)

    def _drop_step(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            self._slow.stop()
            self._typed = None
            step.abandon()

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

    def _try_again(self, share: bool = False) -> None:
        if self.remedies.about_reading:
            self._say("")
            self.values.state.refresh_variables()
            return
        self._drop_step()
        secret = self.edit.text()
        self._typed = secret
        self._begin("keyring", secret, share=share)

    def _say(self, text: str, error: Exception | None = None, *, reading: bool = False) -> None:
        self.home_row.set_sentence(text)
        self.remedies.offer(error, reading=reading)


class PasswordField(SecretField):
    """The rows “Password” and “Keep password in”."""

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(values, PASS, "", parent, apart=True)
        self.label = self.tr("Password")
        self.edit.setAccessibleName(self.label)
