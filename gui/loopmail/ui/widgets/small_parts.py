"""Small parts of cards and rows: a shortened line, an icon, a machine's words with a copy button."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import Banner, Slot, plain_label, plain_tip, row
from loopmail.ui.widgets.icons import icon


class ElidedLabel(QLabel):
    """One line that ends with … where there is no room; its tool tip and its name are the whole."""

    def __init__(self, text: str = "", role: str | None = None) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.whole = ""
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text, in one line."""
        self.whole = " ".join(text.split())
        self.setToolTip(plain_tip(self.whole))
        self.setAccessibleDescription(self.whole)
        self._shorten()

    def _shorten(self) -> None:
        mode = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self.whole, mode, max(0, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show as much as there is room for (Qt's virtual method)."""
        super().resizeEvent(event)
        self._shorten()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as a line, as narrow as it must be (Qt's virtual method)."""
        return QSize(0, self.fontMetrics().height())


class IconLabel(QWidget):
    """An icon beside words that say the same; as large as the font, drawn in the theme's colours."""

    def __init__(self, name: str, colour: str = "muted", scale: float = 1.1) -> None:
        super().__init__()
        self._name, self._colour = name, colour
        side = round(self.fontMetrics().height() * scale)
        self.setFixedSize(side, side)

    def show_icon(self, name: str, colour: str) -> None:
        """Show another icon, in the theme's colour of this name."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw the icon (Qt's virtual method)."""
        painter = QPainter(self)
        icon(self._name, self._colour).paint(painter, self.rect())
        painter.end()


def put_icon(banner: Banner, picture: IconLabel) -> None:
    """Put an icon beside the words of a banner."""
    inside = banner.layout()
    assert isinstance(inside, QHBoxLayout)
    inside.insertWidget(0, picture, 0, Qt.AlignmentFlag.AlignTop)
    inside.setSpacing(10)


def icon_button(name: str, text: str, slot: Slot | None = None) -> QToolButton:
    """Make a flat button that shows an icon; `text` is its name and its tool tip."""
    made = QToolButton()
    made.setIcon(icon(name, "muted"))
    made.setAutoRaise(True)
    made.setAccessibleName(text)
    made.setToolTip(text)
    if slot is not None:
        made.clicked.connect(slot)
    return made


def copy_text(text: str) -> None:
    """Put a text on the clipboard."""
    QApplication.clipboard().setText(text)


class MachineLine(QFrame):
    """What a machine said, in letters of one width, with a button that copies it."""

    def __init__(self, name: str, copy_tip: str) -> None:
        super().__init__()
        self.setProperty("role", "code")
        self.text = plain_label("", wrap=True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleDescription(name)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # a name without a blank to break at must not make the panel wider
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy_button = icon_button("copy", copy_tip, self.copy)
        top = Qt.AlignmentFlag.AlignTop
        line = row((self.text, 1), self.copy_button, spacing=6, margins=(10, 4, 4, 4), inside=self)
        line.setAlignment(self.copy_button, top)
        self.whole = ""

    def say(self, text: str) -> None:
        """Show these words; empty ones hide the line."""
        self.whole = text
        self.text.setText(breakable(text))
        self.setVisible(bool(text))

    def copy(self) -> None:
        """Put the words on the clipboard."""
        copy_text(self.whole)


_LONGEST = 24  # characters of a word that need no place to break at


def breakable(text: str) -> str:
    """Return the text with invisible places to break long words at (U+200B): for labels alone."""
    words = []
    for word in text.split(" "):
        if len(word) > _LONGEST:
            word = "\u200b".join(word[at : at + _LONGEST] for at in range(0, len(word), _LONGEST))
        words.append(word)
    return " ".join(words)
