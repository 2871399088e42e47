"""The building blocks that all pages share: rows and columns, labels, buttons, cards, banners."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeVar

from PySide6 import QtGui
from PySide6.QtCore import QObject, Qt, QTimer, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QFontDatabase, QFontMetrics, QWheelEvent
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loopmail.ui.widgets.icons import icon

Tone = Literal["info", "ok", "warn", "error", "accent", "production", "staging"]
Slot = Callable[..., object] | SignalInstance
Item = QWidget | QLayout | int  # a number is empty room that stretches by this share
Margins = tuple[int, int, int, int]  # left, top, right, bottom, in device-independent pixels
Value = TypeVar("Value")
Box = TypeVar("Box", bound=QBoxLayout)
Area = TypeVar("Area", bound=QScrollArea)

GAP = 12  # between the fields of a card
PAGE_MARGIN = 18
PAGE_MARGINS = (PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN, PAGE_MARGIN)
ROW_HEIGHT = 30  # of a field of one line, at most
LABEL_WIDTH = 106  # the same in all cards, so that their fields stand in one line


def set_role(widget: QWidget, role: str, tone: Tone | None = None) -> None:
    """Give a widget its look by name (see style.qss), also after it has been shown."""
    widget.setProperty("role", role)
    widget.setProperty("tone", tone)
    refresh_style(widget)


def set_tone(widget: QWidget, tone: Tone | None) -> None:
    """Colour a field, banner or chip; None takes the colour away."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        refresh_style(widget)


_PRODUCTION = re.compile(r"\b(prod|production|live)\b", re.IGNORECASE)
_STAGING = re.compile(r"\b(stag(e|ing)|test(ing)?|qa|uat|pre-?prod|preview)\b", re.IGNORECASE)


def environment_tone(name: str | None) -> Tone:
    """Return the colour by which an environment is told from the others.

    The names are those that people give; LoopBack knows no difference between them.
    """
    words = (name or "").replace("_", "-")
    if _STAGING.search(words):
        return "staging"
    return "production" if _PRODUCTION.search(words) else "info"


def dim(widget: QWidget, on: bool) -> None:
    """Show a widget and what is in it in grey, as what does not hold any longer, or as before."""
    if bool(widget.property("stale")) != on:
        widget.setProperty("stale", on)
        refresh_style(widget)


def refresh_style(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again, and at its children."""
    for one in (widget, *widget.findChildren(QWidget)):
        one.style().unpolish(one)
        one.style().polish(one)


def connect_all(slot: Slot, *signals: SignalInstance) -> None:
    """Call `slot` at each of these signals."""
    for signal in signals:
        signal.connect(slot)


def single_shot(parent: QObject, milliseconds: int, slot: Callable[[], object]) -> QTimer:
    """Make a timer that calls `slot` once, so long after its last start; 0: in the next event."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(slot)
    return timer


def em(count: float) -> int:
    """Return how many pixels so many digits of the application's font are wide.

    Widths of the window are given so, hence they grow with the text.
    """
    return round(count * QFontMetrics(QApplication.font()).horizontalAdvance("0"))


def announce(widget: QWidget, text: str) -> None:
    """Let a screen reader say something that happened away from the focus.

    Qt knows how from 6.8 on; before, the change of a label's name is all that is told.
    """
    if hasattr(QtGui, "QAccessibleAnnouncementEvent"):
        QtGui.QAccessible.updateAccessibility(QtGui.QAccessibleAnnouncementEvent(widget, text))


def plain_label(text: str = "", role: str | None = None, *, wrap: bool = False) -> QLabel:
    """Make a label that never takes text for markup (texts may come from files and servers)."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if role is not None:
        label.setProperty("role", role)
    return label


def heading(text: str = "", *, scale: float = 1.6) -> QLabel:
    """Make a page's heading, in the system's font and `scale` times its size."""
    label = plain_label(text, "heading")
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    label.setFont(font)
    return label


def chip(text: str = "", tone: Tone | None = None) -> QLabel:
    """Make a small rounded label."""
    label = plain_label(text, "chip")
    label.setProperty("tone", tone)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def buddy_label(text: str, field: QWidget, role: str | None = None) -> QLabel:
    """Make the label that names a field; the letter after `&` leads there with Alt."""
    label = QLabel(text)
    label.setBuddy(field)
    label.setProperty("role", role)
    return label


def say(label: QLabel, text: str) -> None:
    """Show a sentence; an empty one hides its label."""
    label.setText(text)
    label.setVisible(bool(text))


def with_mnemonic(label: str, letter: str) -> str:
    """Mark the letter that leads to a field with Alt; a translation that lacks it goes without."""
    at = label.find(letter) if letter else -1
    return label if at < 0 else f"{label[:at]}&{label[at:]}"


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802
    """Mark a text for translation later; lupdate goes by the name (Qt's own has no type)."""
    return text


class ChoiceBox(QComboBox):
    """A box to choose from that the mouse wheel changes only while its list is open.

    Whoever scrolls a page would else change a setting that happens to pass under the pointer.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to the page (Qt's virtual method)."""
        event.ignore()


def counted(number: int, one: str, many: str, *names: object) -> str:
    """Return `one`, or `many` with the number in place of `{0}`; names follow it, from `{1}` on."""
    return (one if number == 1 else many).format(number, *names)


def sentences(*texts: str) -> str:
    """Return whole sentences one after the other; what is empty is left out.

    Parts of a sentence are never joined: another language puts them in another order.
    """
    return " ".join(text for text in texts if text)


# --- Buttons and texts ----------------------------------------------------------------


def button(
    text: str, slot: Slot | None = None, *, role: str | None = None, tip: str = "", name: str = ""
) -> QPushButton:
    """Make a button that calls `slot`; `tip` is its tool tip, `name` its object name."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setToolTip(tip)
    made.setObjectName(name)
    if slot is not None:
        made.clicked.connect(slot)
    return made


def primary_button(text: str, slot: Slot | None = None, *, name: str = "") -> QPushButton:
    """Make the one button of a place that stands out."""
    return button(text, slot, role="primary", name=name)


def link_button(text: str, slot: Slot | None = None, *, tip: str = "") -> QPushButton:
    """Make a button that looks like a link."""
    made = button(text, slot, role="link", tip=tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def close_button(text: str, slot: Slot) -> QToolButton:
    """Make the small cross of a part that can be closed; `text` says what it closes."""
    made = QToolButton()
    made.setIcon(icon("close", "muted"))
    made.setAutoRaise(True)
    made.setAccessibleName(text)
    made.setToolTip(text)
    made.clicked.connect(slot)
    return made


def add_choices(
    menu: QMenu, choices: Sequence[tuple[Value, str]], choose: Callable[[Value], object]
) -> dict[Value, QAction]:
    """Add entries (value and text) of which one is checked; `choose` gets the value chosen."""
    group = QActionGroup(menu)
    actions = {}
    for value, text in choices:
        action = group.addAction(text)
        action.setCheckable(True)
        action.triggered.connect(lambda _on, one=value: choose(one))
        actions[value] = action
    menu.addActions(group.actions())
    return actions


class ReadOnlyText(QPlainTextEdit):
    """A text to read and to copy from, in letters of one width unless it is prose.

    `name` is for screen readers; lines are broken at the edge if they `wrap`.
    """

    def __init__(self, name: str, *, prose: bool = False, wrap: bool = True) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        if not prose:
            self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        if not wrap:
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)


# --- Laying out -----------------------------------------------------------------------


def lay_out(
    kind: Callable[[], Box],
    *items: Item | tuple[QWidget | QLayout, int],
    spacing: int | None = None,
    margins: Margins | None = (0, 0, 0, 0),
    inside: QWidget | None = None,
) -> Box:
    """Put items into a layout, that of the widget `inside` if there is one.

    A pair is an item and its share of the room that is left. `spacing` and `margins` are the
    style's if None.
    """
    box = kind()
    if inside is not None:
        inside.setLayout(box)
    if margins is not None:
        box.setContentsMargins(*margins)
    if spacing is not None:
        box.setSpacing(spacing)
    for one in items:
        item, share = one if isinstance(one, tuple) else (one, 0)
        if isinstance(item, int):
            box.addStretch(item)
        elif isinstance(item, QWidget):
            box.addWidget(item, share)
        else:
            box.addLayout(item, share)
    return box


row = partial(lay_out, QHBoxLayout)  # items side by side
column = partial(lay_out, QVBoxLayout)  # items below each other


def add_tabs(tabs: QTabWidget, *pages: tuple[str, QWidget]) -> QTabWidget:
    """Fill tabs, which look like a part of the page, with titles and pages."""
    tabs.setDocumentMode(True)
    tabs.tabBar().setAccessibleName(tabs.accessibleName() or tabs.tr("Tabs"))
    for title, page in pages:
        tabs.addTab(page, title)
    return tabs


def bare(area: Area) -> Area:
    """Let an area scroll what is in it, without an edge, and without being a stop of Tab's."""
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def take_all(layout: QLayout) -> None:
    """Take all widgets out of a layout and delete them."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


# --- Cards and banners ---------------------------------------------------------------


class Card(QFrame):
    """A group of fields on a rounded ground: a title, then rows `label: field`."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.title = plain_label(title, "heading")
        self.header = row(self.title, 1)  # with room beside the title, e.g. for a button
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(GAP + 2)
        self.form.setVerticalSpacing(GAP - 2)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        margins = (13, 12, 13, 13)
        self.body = column(self.header, self.form, spacing=GAP, margins=margins, inside=self)

    def add_row(
        self,
        label: str,
        field: QWidget | QLayout,
        buddy: QWidget | None = None,
        mnemonic: str = "",
    ) -> QLabel:
        """Add a labelled row; `buddy` is the widget the label names when `field` is a layout.

        `mnemonic` is the letter of the label that leads there with Alt.
        """
        text = QLabel(with_mnemonic(label, mnemonic))
        text.setMinimumWidth(LABEL_WIDTH)
        text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        target = buddy if buddy is not None else field
        if isinstance(target, QWidget):
            text.setBuddy(target)
            # As high as one line of the field: the text then stands on the field's middle.
            # Other fields are not asked, for the style sheet would have to be worked out twice.
            line = target.sizeHint().height() if isinstance(target, QCheckBox) else ROW_HEIGHT
            text.setFixedHeight(min(line, ROW_HEIGHT))
        self.form.addRow(text, field)
        return text


class Banner(QFrame):
    """A coloured sentence with buttons: something to know or to decide, never in the way."""

    def __init__(self, tone: Tone = "info", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.setProperty("tone", tone)
        self.title = plain_label("", "heading", wrap=True)
        self.text = plain_label("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words = column(self.title, self.text, spacing=3)  # with room under the sentence
        self.buttons = row(spacing=8)
        row((self.words, 1), self.buttons, spacing=GAP, margins=(14, 10, 12, 10), inside=self)

    def say(self, title: str, text: str = "", tone: Tone | None = None) -> None:
        """Show this, in this colour (as before when `tone` is None)."""
        say(self.title, title)
        say(self.text, text)
        if tone is not None:
            set_tone(self, tone)

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button at the right."""
        self.buttons.addWidget(button)

    def clear_buttons(self) -> None:
        """Take all buttons away."""
        take_all(self.buttons)


# --- Tool tips that Qt must not take for markup ---------------------------------------


def plain_tip(text: str) -> str:
    """Return the tool tip that shows exactly this text."""
    if not GuiQt.mightBeRichText(text):
        return text
    from html import escape

    return f'<span style="white-space: pre-wrap">{escape(text)}</span>'


def for_role(text: str, role: int) -> str:
    """Return a cell's text for a role: made safe for tool tips, else as it is."""
    return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
