"""Two-way binding of a field to its place in the file; the one table of widget kinds.

A widget is changed -> the value is read by its kind -> `state.push` writes it into the layer.
The state has changed -> the value is shown with the widget's signals blocked. A value that the
kind cannot show faithfully is shown as it stands in the file with a sentence, and stays until
the user changes it.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from PySide6.QtCore import QCoreApplication, QObject, QSignalBlocker, SignalInstance
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from loopmail.core.edit.fields import Field
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.loopback.transport import Transport, checks_certificate
from loopmail.core.secret_names import is_placeholder, mask_at, mask_value
from loopmail.ui.form.origin import OriginNote, as_text, origin_note
from loopmail.ui.form.row import FieldProblems, FieldRow
from loopmail.ui.form.value_menu import give_menu
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import QT_TRANSLATE_NOOP, ChoiceBox

translate = QCoreApplication.translate

# --- Widgets and their binding --------------------------------------------------------


class NotWritten(Exception):
    """What was typed is no value for this field; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of widget shows and gives a value.

    `show(widget, own, grey)`: `own` is UNDEFINED when the layer says nothing, then `grey` is
    what applies. `read` returns UNDEFINED to remove the key and raises NotWritten.
    """

    make: Callable[[Field], QWidget]
    show: Callable[[Any, Json, str], None]
    read: Callable[[Any], Json]
    changed: Callable[[Any], SignalInstance]
    types: tuple[type, ...] = (str,)  # of the JSON values that are right for it
    wanted: str = "a text"  # the same in words


def parse_number(text: str) -> Json:
    """Return the number (or `${VAR}`) that was typed, UNDEFINED for nothing; raise NotWritten."""
    text = text.strip()
    if not text:
        return UNDEFINED
    if is_placeholder(text):
        return text
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", text):
        return int(text)
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,14})\.[0-9]+", text) and math.isfinite(float(text)):
        return float(text)
    raise NotWritten(f"“{text}” is not a number, so it was not written to the file.")


def _show_line(widget: QLineEdit, own: Json, grey: str) -> None:
    widget.setPlaceholderText(grey)
    text = own if isinstance(own, str) else as_text(own)
    if widget.text() != text:
        widget.setText(text)
        widget.setCursorPosition(0)


def _show_number(widget: QLineEdit, own: Json, grey: str) -> None:
    widget.setPlaceholderText(grey)
    try:
        same = parse_number(widget.text()) == own
    except NotWritten:
        same = False
    if not same or not isinstance(own, (int, float)) or isinstance(own, bool):
        _show_line(widget, own, grey)


def _show_lines(widget: QPlainTextEdit, own: Json, grey: str) -> None:
    widget.setPlaceholderText(grey)
    if widget.toPlainText() != as_text(own):
        widget.setPlainText(as_text(own))


def _show_check(widget: QCheckBox, own: Json, grey: str) -> None:
    widget.setChecked(grey == "true" if own is UNDEFINED else truthy(own))


def _show_verify(widget: QCheckBox, own: Json, grey: str) -> None:
    widget.setChecked(grey != "false" if own is UNDEFINED else checks_certificate(own))


_WORDS = {
    "true": QT_TRANSLATE_NOOP("FieldBinding", "yes"),
    "false": QT_TRANSLATE_NOOP("FieldBinding", "no"),
}


def _show_choice(widget: QComboBox, own: Json, grey: str) -> None:
    grey = translate("FieldBinding", _WORDS[grey]) if grey in _WORDS else grey
    unset = translate("FieldBinding", "Not set ({0})").format(grey)
    widget.setItemText(0, unset if grey else translate("FieldBinding", "Not set"))
    at = 0 if own is UNDEFINED else widget.findData(json.dumps(own))
    if at < 0:
        while widget.count() > widget.property("known"):
            widget.removeItem(widget.count() - 1)  # what another transport had
        widget.addItem(as_text(own), json.dumps(own))
        at = widget.count() - 1
    widget.setCurrentIndex(at)


def _read_choice(widget: QComboBox) -> Json:
    """The entries hold JSON texts: Qt would not tell 1 from true."""
    return UNDEFINED if widget.currentIndex() <= 0 else json.loads(widget.currentData())


def _line(_field: Field) -> QLineEdit:
    return QLineEdit()


def _lines(_field: Field) -> QPlainTextEdit:
    widget = QPlainTextEdit()
    widget.setTabChangesFocus(True)
    widget.setFixedHeight(4 * widget.fontMetrics().lineSpacing() + 24)
    return widget


def _combo(field: Field) -> QComboBox:
    widget = ChoiceBox()
    widget.addItem(translate("FieldBinding", "Not set"))
    if field.kind == "boolean":
        widget.addItem(translate("FieldBinding", "Yes"), "true")
        widget.addItem(translate("FieldBinding", "No"), "false")
    for choice in field.choices:
        widget.addItem(choice, json.dumps(choice))
    widget.setProperty("known", widget.count())
    return widget


_TEXT = Kind(_line, _show_line, lambda w: w.text() or UNDEFINED, lambda w: w.textChanged)
_CHECK = Kind(
    lambda field: QCheckBox(field.help),
    _show_check,
    lambda w: w.isChecked(),
    lambda w: w.toggled,
    (bool,),
    "true or false",
)
_CHOICE = Kind(_combo, _show_choice, _read_choice, lambda w: w.currentIndexChanged)
KINDS: dict[str, Kind] = {
    "text": _TEXT,
    "number": replace(
        _TEXT,
        show=_show_number,
        read=lambda w: parse_number(w.text()),
        types=(int, float),
        wanted="a number",
    ),
    "lines": replace(
        _TEXT, make=_lines, show=_show_lines, read=lambda w: w.toPlainText() or UNDEFINED
    ),
    "check": _CHECK,
    "verify": replace(_CHECK, show=_show_verify),
    "choice": _CHOICE,
    "boolean": replace(_CHOICE, types=(bool,), wanted="true or false"),
}


def odd_value(kind: str, own: Json) -> str:
    """Return a sentence about a value whose JSON type is not the field's, or an empty text."""
    if own is UNDEFINED or type(own) in KINDS[kind].types:
        return ""
    shown = json.dumps(mask_value((), own), ensure_ascii=False)
    if kind == "verify":
        return f"The file has {shown} here; only false would switch the check off."
    sentence = f"The file has {shown} here, which is not {KINDS[kind].wanted}"
    if KINDS[kind].types == (bool,):
        taken = "true" if truthy(own) else "false"
        return f"{sentence}; Nodemailer takes it for {taken}."
    return f"{sentence}."


def lock(widget: QWidget, locked: bool) -> None:
    """Keep an editor from being changed; its text can still be read and copied."""
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        widget.setReadOnly(locked)
    else:
        widget.setEnabled(not locked)


class FieldBinding(QObject):
    """A field, its editor and its place in the file, kept the same."""

    def __init__(
        self,
        values: TransportValues,
        field: Field,
        row: FieldRow,
        widget: QWidget,
        kind: str,
    ) -> None:
        super().__init__(row)
        self.values = values
        self.field = field
        self.row = row
        self.widget = widget
        self.kind_name = kind
        self.kind = KINDS[kind]
        self.default: Callable[[], str] = self._default
        self.before_write: Callable[[Json], Json] = lambda value: value
        self._refused: tuple[Json, str] | None = None
        self.refusal = ""  # why what was typed was not written, if it was not
        self.odd = ""  # what is odd about the value
        self._explained = False  # by what the checks found
        self.resettable = False  # also where no other file says anything
        self.outside = ""  # what the environment decides about the value, in words
        self._locked = False  # another file decides
        self._note = OriginNote()
        self.kind.changed(cast(Any, widget)).connect(self._write)
        give_menu(widget, values, [field.path], field.label, self._refuse)
        self.join_row()

    def join_row(self) -> None:
        """Follow what the row is told."""
        self.row.left.connect(self._leave)
        self.row.reset_requested.connect(self.take_away)
        self.row.show_found = self.show_problems

    def reset(self) -> None:
        """Forget a text that was refused: it belongs to the transport left."""
        self._refused, self.refusal = None, ""

    def show(self, transport: Transport) -> None:
        """Show the value of this field, or what applies where the layer says nothing."""
        path = self.field.path
        own, origin = transport.own(path), transport.deciding(path)
        decides = None  # the file that does, if what is typed here had no effect
        here = (None, transport.file)
        elsewhere = own is not UNDEFINED if origin is None else origin.file not in here
        if elsewhere and (decides := transport.overruled(path)) is not None or self._locked:
            self._lock(decides is not None)
        fits = decides is not None or own is UNDEFINED or type(own) in self.kind.types
        self.odd = "" if fits else odd_value(self.kind_name, own)
        if self._refused is None or self._refused[0] != own:
            self._refused, self.refusal = None, ""
            with QSignalBlocker(self.widget):
                # What is used is shown: as the field's own if another file overrules this one, grey
                # if one beneath gives it. A box shows what the effective value is taken for.
                is_box = isinstance(self.widget, QCheckBox)
                used = (
                    own if own is not UNDEFINED and decides is None else transport.effective(path)
                )
                if used is UNDEFINED:
                    grey = self.default()
                else:
                    used = mask_at(parse_pointer(path), used) if used is not own else own
                    grey = used if isinstance(used, str) else as_text(used)
                shown = own
                if is_box:
                    shown = transport.effective(path)
                elif decides is not None:
                    shown = used
                self.kind.show(self.widget, shown, grey)
        plain = not elsewhere and (origin is None or (not origin.variable and transport.is_alone))
        note = OriginNote() if plain else origin_note(transport, path)
        if self.resettable and own is not UNDEFINED and decides is None:
            note = replace(note, own=True)
        if self.outside:
            text = " · ".join(filter(None, (note.text, self.outside)))
            note = replace(note, text=text)
        if note != self._note:
            self._note = note
            self.say_origin(note)
        if self.refusal or self.odd or not self.row.sentence.isHidden():
            self._complain()

    def say_origin(self, note: OriginNote) -> None:
        """Say where the value comes from."""
        self.row.set_origin(note.text, note.file, own=note.own)

    def _leave(self) -> None:
        self.values.visited(self.field.path)
        self.show_problems(self.values.problems())

    def _lock(self, locked: bool) -> None:
        """Let nothing be typed where it would have no effect."""
        self._locked = locked
        lock(self.widget, locked)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the field, which says it better than our sentence."""
        mine = found.get(self.field.path, ())
        if mine or self.row.problems:
            self.row.set_problems(mine)
        self._explained = bool(mine)
        self._complain()

    def _complain(self) -> None:
        """Say what there is to say of the value, unless a check says it better."""
        sentence = self.refusal or ("" if self._explained else self.odd)
        if sentence or not self.row.sentence.isHidden():
            self.row.set_sentence(sentence)

    def _default(self) -> str:
        return self.field.default_for(self.values.state.versions.nodemailer_major)

    def _write(self, *_: object) -> None:
        try:
            value = self.before_write(self.kind.read(cast(Any, self.widget)))
        except NotWritten as error:
            self._refuse(str(error))
            return
        self._refused, self.refusal = None, ""
        own = self.values.transport.own(self.field.path)
        if type(value) is type(own) and value == own:
            self.show(self.values.transport)
            self.show_problems(self.values.problems())
        else:
            self.write(value)

    def write(self, value: Json) -> None:
        """Write a value to the layer as one undo step; say in a sentence why it cannot be."""
        self.values.write(self.field.path, value, self.field.label, self._refuse)

    def take_away(self) -> None:
        """Take away what the edited layer says, as one undo step."""
        self.values.take_away([self.field.path], self.field.label, self._refuse)

    def _refuse(self, sentence: str) -> None:
        self._refused = (self.values.transport.own(self.field.path), sentence)
        self.refusal = sentence
        self.row.set_sentence(sentence)
