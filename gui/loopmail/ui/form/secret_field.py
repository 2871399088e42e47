"""A secret: a field, where it is kept, and what that means for the file.

What is typed or chosen is one undo step of the files and of the keyring's entries. Nothing of it is
written before the next save, so nothing here waits for the keyring.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from loopmail.core.errors import LoopmailError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.loopback.transport import Transport
from loopmail.core.plain_secrets import secret_ending
from loopmail.core.secret_names import placeholder
from loopmail.core.secrets.homes import (
    Home,
    SecretPlace,
    home_of,
    place_of,
    plan_first,
    plan_move,
    plan_removal,
    present_home,
    variable_name,
)
from loopmail.core.secrets.move import Move
from loopmail.core.secrets.store import entry_user
from loopmail.ui.form.binding import odd_value
from loopmail.ui.form.origin import as_text, origin_note
from loopmail.ui.form.row import FieldProblems, FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import ChoiceBox, link_button, plain_label
from loopmail.ui.widgets.icons import icon

PASS = "/auth/pass"
HOMES: tuple[Home, ...] = ("keyring", "environment", "file")


class Remedies(QWidget):
    """What the user can do when the keyring cannot be read: buttons under a sentence about it."""

    again = Signal()
    move_wanted = Signal(str)  # to this home

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        self.buttons = (
            QPushButton(self.tr("Try Again")),
            link_button(self.tr("Use an Environment Variable")),
            link_button(self.tr("Keep It in the File")),
        )
        to = self.move_wanted.emit
        slots = (self.again, partial(to, "environment"), partial(to, "file"))
        for button, slot in zip(self.buttons, slots, strict=True):
            button.clicked.connect(slot)
            line.addWidget(button)
        line.addStretch(1)
        self.hide()

    def offer(self, failed: bool, *, movable: bool = False) -> None:
        """Show or hide the buttons; `movable`: there is a secret that could go elsewhere."""
        for button in self.buttons[1:]:
            button.setVisible(movable)
        self.setVisible(failed)


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
        # By file and pointer: the entry that was left for another home, and the secret that was
        # shown before the environment was chosen, so that choosing again brings it back.
        self._left: dict[tuple[str, str], tuple[str, str]] = {}
        self._shown_before: dict[tuple[str, str], str] = {}
        for one in (self._left, self._shown_before):
            values.state.opened.connect(one.clear)
        self._odd = ""  # what is odd about the value in the file
        self._explained = False  # by what the checks found
        self._note_for: Callable[[bool], str] = lambda _explained: ""  # about what the file holds
        self._make_edit()
        self._make_home(apart)
        self.row.move_requested.connect(partial(self._move, "keyring"))

    def _make_edit(self) -> None:
        self.edit = QLineEdit()
        self.edit.setObjectName("field" + self.path.replace("/", "-"))
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setAccessibleName(self.label)
        self.edit.textChanged.connect(self._on_text)
        self.reveal = QAction(icon("reveal"), self.tr("Show"), self)
        self.reveal.setCheckable(True)
        self.reveal.toggled.connect(self._reveal)
        self.edit.addAction(self.reveal, QLineEdit.ActionPosition.TrailingPosition)
        self.row = FieldRow(self.edit)
        self.row.left.connect(self._leave)
        self.row.show_found = self.show_problems

    def _make_home(self, apart: bool) -> None:
        self.home = ChoiceBox()
        self.home.setObjectName("field-password-home" if self.path == PASS else f"home-{self.path}")
        self.home.setWhatsThis(
            self.tr(
                "Keep password in\nKeyring: the file holds ${NAME}, and “loopmail run” hands the "
                "password to the app. Environment variable: the file holds ${NAME}, and whoever "
                "starts the app sets it. File: the password itself, which everybody can read who "
                "can read the file."
            )
        )
        names = self.tr("Keyring"), self.tr("Environment variable"), self.tr("File")
        for kind, text in zip(HOMES, names, strict=True):
            self.home.addItem(text, kind)
        self.home.currentIndexChanged.connect(lambda index: self._move(HOMES[index]))
        self._beside: QLabel | None = None
        self.home_row = self.row
        if apart:
            self.home_row = FieldRow(self.home)
        else:
            self._beside = plain_label(self.tr("kept in"), "muted")
            # Several such rows stand on a page; a screen reader must tell them apart.
            self._beside.setAccessibleName(f"{self.label} {self._beside.text()}")
            self._beside.setBuddy(self.home)
            self.row.line.addWidget(self._beside)
            self.row.line.addWidget(self.home)
        self.remedies = Remedies(self.home_row)
        self.home_row.add_below(self.remedies)
        self.remedies.again.connect(lambda: self.values.state.refresh_variables())
        self.remedies.move_wanted.connect(self._move)
        self.delete = link_button(self.tr("Also delete it from the keyring…"))
        self.delete.setObjectName(f"delete-{self.path}")
        self.delete.clicked.connect(self._ask_to_delete)
        self.delete.hide()
        self.home_row.add_below(self.delete)
        layout = self.home_row.layout()
        assert layout is not None
        layout.setAlignment(self.delete, Qt.AlignmentFlag.AlignLeft)

    def _reveal(self, on: bool) -> None:
        self._echo(on)
        self.reveal.setText(self.tr("Hide") if on else self.tr("Show"))

    def _echo(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def reset(self) -> None:
        """Forget what was chosen and said: another transport will be shown."""
        self._wanted = None
        self._say("")

    # --- where it is kept ----------------------------------------------------------------

    def _home(self, transport: Transport) -> Home:
        """Return where the secret lives, or is going to live."""
        if self._wanted is not None:
            return self._wanted
        own, current = transport.own(self.path), transport.current(self.path)
        variable = placeholder(own)
        if variable is not None:
            entry = self._place(transport).entry
            if self.values.state.entries.is_outside(entry):
                return "environment"
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

    def _place(self, transport: Transport) -> SecretPlace:
        """Return the secret's place in the file, and the entry that goes with it."""
        pointer = transport.pointer(self.path)
        return place_of(self.values.state.snapshot(), transport.file, pointer)

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
            variable = self._place(transport).variable
        self._show_text(transport, home, variable, overruled=decides is not None)
        note = origin_note(transport, self.path)
        self.row.set_origin(note.text if note.file else "", note.file)
        if self._sometimes:
            self._show_as_secret(home)
        self._note_for = partial(self._file_note, transport, home, variable)
        self._odd = odd_value("text", transport.own(self.path))
        self._show_error(transport, home, variable)
        self.delete.setVisible(self._leftover(transport, home) is not None)
        self._tell()

    def _leave(self) -> None:
        self.values.visited(self.path)
        self.show_problems(self.values.problems())

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the secret; notes need not say the same again."""
        problems = found.get(self.path, ())
        self.row.set_problems(problems)
        self._explained = bool(problems)
        self._tell()

    def _tell(self) -> None:
        if self.remedies.isHidden():
            self.row.set_sentence("" if self._explained else self._odd)
        self.home_row.set_note(self._note_for(self._explained))

    def _show_text(
        self, transport: Transport, home: Home, variable: str, *, overruled: bool
    ) -> None:
        own = UNDEFINED if overruled else transport.own(self.path)
        text, grey = as_text(own), ""
        named = placeholder(own)
        if named is not None:
            typed = self.values.state.entries.wanted(self._place(transport).entry)
            found = self.values.state.variables.lookup(named)
            text = as_text(found.value) if found is not None else ""
            if home == "keyring" and isinstance(typed, str):
                text = typed
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
        note = self.tr('In the file: "%1": "${%2}"')
        found = self.values.state.variables.lookup(variable)
        if found is None and (transport.file, transport.pointer(self.path)) in self._shown_before:
            note = self.tr(
                'In the file: "%1": "${%2}" · not set yet; '
                "note the password before you save, nothing keeps it"
            )
        elif found is None and not explained:
            note = self.tr('In the file: "%1": "${%2}" · not set yet')
        if found is not None and found.source == "keyring" and home == "environment":
            note = self.tr(
                'In the file: "%1": "${%2}" · '
                "the keyring still has it, used while the environment does not set it"
            )
        return note.replace("%1", key).replace("%2", variable)

    def _show_error(self, transport: Transport, home: Home, variable: str) -> None:
        """Say why the keyring could not be read, as long as that matters here."""
        state = self.values.state
        error = state.keyring.error
        named = placeholder(transport.own(self.path)) is not None
        waits = isinstance(state.entries.wanted(self._place(transport).entry), str)
        unread = state.variables.lookup(variable) is None
        failed = error is not None and home == "keyring" and named and (unread or waits)
        if failed or not self.remedies.isHidden():
            self._say(str(error) if failed else "", failed=failed)

    def _say(self, text: str, *, failed: bool = False) -> None:
        self.home_row.set_sentence(text)
        self.remedies.offer(failed, movable=bool(self.edit.text()))

    def _leftover(self, transport: Transport, home: Home) -> tuple[str, str] | None:
        """Return the keyring's entry that was left for another home and is still there."""
        place, state = self._place(transport), self.values.state
        named = placeholder(place.current) is not None
        if home == "keyring" and named:
            return None
        entries = [(place.service, entry_user(place.variable, None)), place.entry] if named else []
        left = self._left.get((place.file, place.pointer))
        for entry in (*reversed(entries), *([left] if left is not None else [])):
            if state.keyring.has(entry[1]) and state.entries.wanted(entry) is not None:
                return entry
        return None

    def _ask_to_delete(self) -> None:
        transport = self.values.transport
        entry = self._leftover(transport, self._home(transport))
        if entry is not None:
            self.values.state.deletion_wanted.emit(entry[1])

    # --- writing -------------------------------------------------------------------------

    def _on_text(self, text: str) -> None:
        home = self._home(self.values.transport)
        if home == "file":
            self._write_file(text or UNDEFINED)
        elif home == "keyring" and text:
            self._put("keyring", text, typed=True)
        elif home == "keyring":
            self._remove()

    def store(self, secret: str) -> None:
        """Take a secret that was not typed (a token from the browser) to its home."""
        home = self._home(self.values.transport)
        self._put("keyring" if home == "environment" else home, secret)

    def _write_file(self, value: Json) -> None:
        done = self.values.write(self.path, value, self.label, self.row.set_sentence)
        if done and value is not UNDEFINED:
            self._wanted = None

    def _put(self, home: Home, secret: str | None, *, typed: bool = False) -> None:
        """Give the secret this home, as one step of file and keyring; typing on goes into it."""
        values, path = self.values, self.path
        workspace, transport = values.state.workspace, values.transport
        if workspace is None:
            return
        place = self._place(transport)
        self._note_left(place)

        def plan() -> Move:
            if isinstance(transport.own(""), dict):
                return plan_move(workspace, place, home, secret)
            return plan_first(place, home, secret, lambda value: values.changes({path: value}))

        if self._push(plan, place, typed=typed):
            self._wanted = None
            self.refresh()

    def _remove(self) -> None:
        """Take the secret out of the file; the keyring's entry stays, and the next goes there."""
        place = self._place(self.values.transport)
        if placeholder(place.current) is None:
            return
        self._note_left(place)
        values, snapshot = self.values, self.values.state.snapshot()
        gone = {self.path: UNDEFINED}
        self._wanted = "keyring"
        self._push(lambda: plan_removal(snapshot, place, values.changes(gone)), place, typed=True)

    def _note_left(self, place: SecretPlace) -> None:
        if placeholder(place.current) is not None:
            self._left[place.file, place.pointer] = place.entry

    def _push(self, plan: Callable[[], Move], place: SecretPlace, *, typed: bool) -> bool:
        """Do the plan as one undo step; say why if that is not possible."""
        merge_key = f"{place.file}{place.pointer}#secret" if typed else None
        self._say("")
        try:
            self.values.state.move_secret(plan(), merge_key=merge_key)
        except LoopmailError as error:
            self._say(str(error))
            return False
        return True

    # --- moving home ---------------------------------------------------------------------

    def _move(self, home: Home) -> None:
        """Keep the secret elsewhere; without one, the next that is typed goes there."""
        self._say("")
        transport = self.values.transport
        here = (transport.file, transport.pointer(self.path))
        secret = self.edit.text()
        if self._home(transport) == "environment":
            secret = self._shown_before.pop(here, secret)
        elif home == "environment" and secret:
            self._shown_before[here] = secret
        self._wanted = home
        if home == "environment" or secret:
            self._put(home, secret or None)
        elif home == "file" and placeholder(self.values.transport.own(self.path)) is not None:
            self._write_file(UNDEFINED)
            self._wanted = home
        self.refresh()
