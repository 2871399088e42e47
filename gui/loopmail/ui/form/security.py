"""The row “Connection security”: one choice in place of three keys, and the port beside it."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSignalBlocker
from PySide6.QtWidgets import QLabel, QWidget

from loopmail.core.checks.problem import Problem
from loopmail.core.edit.connection_security import (
    CHOICES,
    KEYS,
    PORT,
    beneath,
    decided_by,
    port_in_force,
    security_changes,
    security_of,
)
from loopmail.core.edit.fields import Field, explained
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.transport import Transport
from loopmail.ui.form.binding import KINDS, FieldBinding, lock, odd_value
from loopmail.ui.form.origin import OriginNote, as_text, inherited_note, origin_note, override_note
from loopmail.ui.form.problem_card import tone_of
from loopmail.ui.form.row import FieldProblems, FieldRow
from loopmail.ui.form.value_menu import give_menu
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import (
    QT_TRANSLATE_NOOP,
    ChoiceBox,
    em,
    set_tone,
    with_mnemonic,
)

_ROW = (*KEYS, PORT)
_ODD = ("/secure", "/ignoreTLS", "/requireTLS")
_PORT_WIDTH = 9  # em

TEXTS = {
    "never": QT_TRANSLATE_NOOP("SecurityRow", "None"),
    "starttls-if-offered": QT_TRANSLATE_NOOP("SecurityRow", "STARTTLS if offered"),
    "starttls-required": QT_TRANSLATE_NOOP("SecurityRow", "STARTTLS required"),
    "implicit": QT_TRANSLATE_NOOP("SecurityRow", "TLS"),
}


def security_word(choice: str) -> str:
    """Return a choice in the user's language."""
    return QCoreApplication.translate("SecurityRow", TEXTS[choice])


class PortBinding(FieldBinding):
    """The port's field; the row tells where it comes from and what is wrong with it."""

    def join_row(self) -> None:
        """Only note when the field is left: the row does the rest."""
        self.row.left.connect(self._leave)

    def say_origin(self, note: OriginNote) -> None:
        """Leave it to the row."""

    def show_problems(self, found: FieldProblems) -> None:
        """Leave it to the row."""
        self.row.show_found(found)

    def _complain(self) -> None:
        """Leave it to the row."""


class SecurityRow(FieldRow):
    """The box with the four choices, and the field for the port."""

    def __init__(self, values: TransportValues, field: Field, parent: QWidget | None = None):
        self.combo, self.port = ChoiceBox(), KINDS["number"].make(field)
        super().__init__(self.combo, self.port, parent=parent)
        self.values = values
        self.port_binding = PortBinding(values, field, self, self.port, "number")
        self.port_binding.default = self._default_port
        self._shown = OriginNote()
        self._odd: list[str] = []  # what is odd about the keys
        self._explained = False  # by what the checks found
        self.combo.setObjectName("field-connection-security")
        self.name = self.tr("Connection security")
        self.combo.setAccessibleName(self.name)
        self.combo.setToolTip(
            self.tr(
                "secure, ignoreTLS, requireTLS\nTLS: from the first byte, mostly on port 465. "
                "STARTTLS: on ports 587 and 25, encrypted once the server agrees; “if offered” "
                "goes on in clear text where it does not."
            )
        )
        self.combo.setWhatsThis(explained(*_ODD))
        for choice in CHOICES:
            self.combo.addItem(security_word(choice), choice)
        self.combo.currentIndexChanged.connect(self._choose)
        self.port.setFixedWidth(em(_PORT_WIDTH))
        self.port_label = QLabel(with_mnemonic(field.label, "r"))
        self.port_label.setBuddy(self.port)
        self.line.insertWidget(1, self.port_label)
        self.line.setStretchFactor(self.port, 0)
        give_menu(self.combo, values, _ROW, self.name, self.set_sentence)
        self.reset_requested.connect(lambda: values.take_away(_ROW, self.name, self.set_sentence))
        self.show_found = self.show_problems

    @property
    def _major(self) -> int:
        return self.values.state.versions.nodemailer_major

    def show_transport(self, transport: Transport) -> None:
        """Show the choice in force, and where it comes from."""
        major = self._major
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(CHOICES.index(security_of(transport, major)))
        key = decided_by(transport, major)
        overruled = transport.overruled(*KEYS)
        lock(self.combo, key is not None or overruled is not None)
        note = self._origin_note(transport, overruled)
        if key is not None:
            decides = self.tr("“{0}” decides this").format(key)
            note = OriginNote(" · ".join(filter(None, (decides, note.text))), note.file)
        if note != self._shown:
            self._shown = note
            self.set_origin(note.text, note.file, own=note.own)
        own = (transport.own(path) for path in _ODD)
        self._odd = [odd_value("check", value) for value in own if type(value) is not bool]
        self._complain()

    def _origin_note(self, transport: Transport, overruled: str | None) -> OriginNote:
        if overruled is not None:
            for path in KEYS:
                if (note := origin_note(transport, path)).file == overruled:
                    return note
            return OriginNote(self.tr("{0} has the last word").format(overruled), overruled)
        if (port := origin_note(transport, PORT)).text and transport.overruled(PORT) is not None:
            return port
        own = [path for path in _ROW if transport.own(path) is not UNDEFINED]
        found = None if transport.is_alone else beneath(transport, self._major)
        if found is None:
            return OriginNote(port.text)
        if not own:
            return OriginNote(inherited_note(found.file))
        said, number = security_word(found.security), as_text(found.port)
        if own == [PORT]:
            said = number
        elif number:
            said = self.tr("{security}, {port}").format(security=said, port=number)
        if not said:
            return OriginNote()
        return OriginNote(override_note(transport.file, found.file, said), found.file, own=True)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about all the keys of the row, once each."""
        mine = [problem for path in _ROW for problem in found.get(path, ())]
        if mine or self.problems:
            self.set_problems(mine)
        self._explained = bool(mine)
        self._complain()

    def _complain(self) -> None:
        """Say what no check says: what was not written, or what is odd about the values."""
        sentence = self.port_binding.refusal
        if not sentence and not self._explained:
            sentence = " ".join(filter(None, [self.port_binding.odd, *self._odd]))
        if sentence != self.sentence.text():
            self.set_sentence(sentence)

    def mark(self, problems: Sequence[Problem]) -> None:
        """Give the border of the worst problem to the part that it is about."""
        of_port = [problem for problem in problems if problem.pointer.endswith(PORT)]
        for widget, mine in (
            (self.combo, [problem for problem in problems if problem not in of_port]),
            (self.port, of_port),
        ):
            tone = tone_of(mine)
            set_tone(widget, tone if tone in ("warn", "error") else None)

    def _default_port(self) -> str:
        return as_text(port_in_force(self.values.transport, self._major))

    def _choose(self, index: int) -> None:
        transport, choice = self.values.transport, CHOICES[index]
        done = self.values.state.change(
            self.tr("Change Connection security"),
            lambda _: self.values.changes(security_changes(transport, choice, self._major)),
            self.set_sentence,
        )
        if not done:
            self.show_transport(transport)
