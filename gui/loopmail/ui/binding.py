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
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import QObject, QSignalBlocker, SignalInstance
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from loopmail.core.checks.problem import Fix
from loopmail.core.errors import LoopmailError
from loopmail.core.fields import Field
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext import parse_pointer
from loopmail.core.secret_names import is_placeholder, mask_at, mask_value
from loopmail.ui.transport_form_origin import origin_note
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues


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


def as_text(value: Json) -> str:
    """Return a JSON value as a field shows it: texts bare, anything else as JSON."""
    if value is UNDEFINED:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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
    if widget.text() != as_text(own):
        widget.setText(as_text(own))
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
    value = grey == "true" if own is UNDEFINED else truthy(own)
    widget.setChecked(value)


def _show_verify(widget: QCheckBox, own: Json, grey: str) -> None:
    """Node checks unless the value is exactly false (lib/_tls_wrap.js)."""
    widget.setChecked(grey != "false" if own is UNDEFINED else own is not False)


_WORDS = {"true": "yes", "false": "no"}


def _show_choice(widget: QComboBox, own: Json, grey: str) -> None:
    grey = _WORDS.get(grey, grey)
    widget.setItemText(0, f"Not set ({grey})" if grey else "Not set")
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


def _line(field: Field) -> QLineEdit:
    widget = QLineEdit()
    if field.kind == "secret":
        widget.setEchoMode(QLineEdit.EchoMode.Password)
    if field.kind == "number":
        widget.setMaximumWidth(140)
    return widget


def _lines(_field: Field) -> QPlainTextEdit:
    widget = QPlainTextEdit()
    widget.setTabChangesFocus(True)
    widget.setFixedHeight(92)
    return widget


def _check(field: Field) -> QCheckBox:
    return QCheckBox(field.help)


def _combo(field: Field) -> QComboBox:
    widget = QComboBox()
    widget.addItem("Not set")
    if field.kind == "boolean":
        widget.addItem("Yes", "true")
        widget.addItem("No", "false")
    for choice in field.choices:
        widget.addItem(choice, json.dumps(choice))
    widget.setProperty("known", widget.count())
    return widget


def _or_nothing(text: str) -> Json:
    return text or UNDEFINED


KINDS: dict[str, Kind] = {
    "text": Kind(_line, _show_line, lambda w: _or_nothing(w.text()), lambda w: w.textChanged),
    "secret": Kind(_line, _show_line, lambda w: _or_nothing(w.text()), lambda w: w.textChanged),
    "number": Kind(_line, _show_number, lambda w: parse_number(w.text()), lambda w: w.textChanged),
    "lines": Kind(
        _lines, _show_lines, lambda w: _or_nothing(w.toPlainText()), lambda w: w.textChanged
    ),
    "check": Kind(_check, _show_check, lambda w: w.isChecked(), lambda w: w.toggled),
    "verify": Kind(_check, _show_verify, lambda w: w.isChecked(), lambda w: w.toggled),
    "boolean": Kind(_combo, _show_choice, _read_choice, lambda w: w.currentIndexChanged),
    "choice": Kind(_combo, _show_choice, _read_choice, lambda w: w.currentIndexChanged),
}

_EXPECTED: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "secret": (str,),
    "lines": (str,),
    "number": (int, float),
    "check": (bool,),
    "verify": (bool,),
    "boolean": (bool,),
    "choice": (str,),
}


def odd_value(kind: str, own: Json) -> str:
    """Return a sentence about a value whose JSON type is not the field's, or an empty text."""
    if own is UNDEFINED:
        return ""
    right = isinstance(own, _EXPECTED[kind])
    if kind == "number" and isinstance(own, bool):
        right = False
    if right:
        return ""
    if kind == "verify":
        return f"The file has {json.dumps(mask_value((), own))} here; only false would switch the check off."
    wanted = {"number": "a number", "check": "true or false", "boolean": "true or false"}
    shown = json.dumps(mask_value((), own), ensure_ascii=False)
    sentence = f"The file has {shown} here, which is not {wanted.get(kind, 'a text')}"
    if kind in ("check", "boolean"):
        taken = "true" if truthy(own) else "false"
        return f"{sentence}; Nodemailer takes it for {taken}."
    return f"{sentence}."


class Binding(QObject):
    """A field, its editor and its place in the file, kept the same."""

    def __init__(
        self,
        values: TransportValues,
        field: Field,
        row: FieldRow,
        widget: QWidget,
        kind: str = "",
    ) -> None:
        super().__init__(row)
        self.values = values
        self.field = field
        self.row = row
        self.widget = widget
        self.kind_name = kind or field.kind
        self.kind = KINDS[self.kind_name]
        self.default: Callable[[], str] = self._default
        self.before_write: Callable[[Json], Json] = lambda value: value
        self._refused: tuple[Json, str] | None = None
        self.kind.changed(cast(Any, widget)).connect(self._write)
        row.fix_requested.connect(self._fix)

    def reset(self) -> None:
        """Forget a refused text (another transport is shown)."""
        self._refused = None

    def refresh(self) -> None:
        """Show what the file says now."""
        own = self.values.own(self.field.path)
        sentence = odd_value(self.kind_name, own)
        if self._refused is not None and self._refused[0] == own:
            sentence = self._refused[1]
        else:
            self._refused = None
            with QSignalBlocker(self.widget):
                self.kind.show(self.widget, own, self._grey())
        self.row.set_note(origin_note(self.values, self.field.path))
        explained = self._show_problems() and self._refused is None
        self.row.set_sentence("" if explained else sentence)

    def _grey(self) -> str:
        effective = self.values.effective(self.field.path)
        if effective is UNDEFINED or self.values.own(self.field.path) is not UNDEFINED:
            return self.default()
        if self.field.kind == "secret":
            return "••••••••"
        return as_text(mask_at(parse_pointer(self.field.path), effective))

    def _default(self) -> str:
        return self.field.default_for(self.values.state.versions.nodemailer_major)

    def _show_problems(self) -> bool:
        """Show what the checks found about the field; tell whether that was anything."""
        pointer, layer = self.values.pointer(self.field.path), self.values.state.layer
        found = self.values.state.problems
        mine = [p for p in found if p.pointer == pointer and p.file == layer]
        self.row.set_problems(mine)
        return bool(mine)

    def _write(self, *_: object) -> None:
        own = self.values.own(self.field.path)
        try:
            value = self.before_write(self.kind.read(cast(Any, self.widget)))
        except NotWritten as error:
            self._refused = (own, str(error))
            self.row.set_sentence(str(error))
            return
        self._refused = None
        if type(value) is type(own) and value == own:
            self.refresh()
            return
        self.write(value)

    def write(self, value: Json) -> None:
        """Write a value to the layer as one undo step; say in a sentence why it cannot be."""
        state = self.values.state
        path = self.field.path
        try:
            changes = self.values.changes({path: value})
        except LoopmailError as error:
            self._refused = (self.values.own(path), str(error))
            self.row.set_sentence(str(error))
            return
        key = f"{state.layer}{self.values.pointer(path)}"
        text = self.tr("Change %1").replace("%1", self.field.label)
        state.push(text, changes, merge_key=key)

    def _fix(self, fix: Fix) -> None:
        state = self.values.state
        if state.workspace is None:
            return
        try:
            state.push(fix.summary, fix.changes(state.workspace))
        except LoopmailError as error:
            self.row.set_sentence(str(error))
