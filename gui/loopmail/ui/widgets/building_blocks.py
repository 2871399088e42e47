"""The few building blocks that all pages share: cards, headings, chips, banners, buttons, timers."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

Tone = Literal["info", "ok", "warn", "error", "accent"]

GAP = 12  # between the fields of a card
PAGE_MARGIN = 18
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


def refresh_style(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again, and at its children."""
    for one in (widget, *widget.findChildren(QWidget)):
        one.style().unpolish(one)
        one.style().polish(one)


def single_shot(parent: QObject, milliseconds: int, slot: Callable[[], object]) -> QTimer:
    """Make a timer that calls `slot` once, so long after its last start; 0: in the next event."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(slot)
    return timer


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


def primary_button(text: str) -> QPushButton:
    """Make the one button of a place that stands out."""
    button = QPushButton(text)
    button.setProperty("role", "primary")
    return button


def link_button(text: str) -> QPushButton:
    """Make a button that looks like a link."""
    button = QPushButton(text)
    button.setProperty("role", "link")
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def with_mnemonic(label: str, letter: str) -> str:
    """Mark the letter that leads to a field with Alt; a translation that lacks it goes without."""
    at = label.find(letter) if letter else -1
    return label if at < 0 else f"{label[:at]}&{label[at:]}"


def counted(number: int, one: str, many: str) -> str:
    """Return `one`, or `many` with the number in place of `{0}`."""
    return one if number == 1 else many.format(number)


class Card(QFrame):
    """A group of fields on a rounded ground: a title, then rows `label: field`."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.title = plain_label(title, "heading")
        self.header = QHBoxLayout()  # room beside the title, e.g. for a button
        self.header.addWidget(self.title)
        self.header.addStretch(1)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(GAP + 2)
        self.form.setVerticalSpacing(GAP - 2)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(13, 12, 13, 13)
        self.body.setSpacing(GAP)
        self.body.addLayout(self.header)
        self.body.addLayout(self.form)

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

    closed = Signal()

    def __init__(self, tone: Tone = "info", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.setProperty("tone", tone)
        self.title = plain_label("", "heading", wrap=True)
        self.text = plain_label("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words = QVBoxLayout()  # room for more under the sentence
        self.words.setSpacing(3)
        self.words.addWidget(self.title)
        self.words.addWidget(self.text)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 12, 10)
        row.setSpacing(GAP)
        row.addLayout(self.words, 1)
        row.addLayout(self.buttons)

    def say(self, title: str, text: str = "", tone: Tone | None = None) -> None:
        """Show this, in this colour (as before when `tone` is None)."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.text.setText(text)
        self.text.setVisible(bool(text))
        if tone is not None:
            set_tone(self, tone)

    def add_button(self, button: QAbstractButton) -> None:
        """Put a button at the right."""
        self.buttons.addWidget(button)

    def clear_buttons(self) -> None:
        """Take all buttons away."""
        while (item := self.buttons.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


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
