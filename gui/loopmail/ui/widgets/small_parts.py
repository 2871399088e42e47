"""Small parts of cards and rows: a shortened line, an icon, a machine's words with a copy button."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontDatabase, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QToolButton,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import (
    Banner,
    Slot,
    em,
    plain_label,
    plain_tip,
    row,
)
from loopmail.ui.widgets.icons import icon


class ElidedLabel(QLabel):
    """One line that ends with … where there is no room; its tool tip and its name are the whole."""

    def __init__(self, text: str = "", role: str | None = None) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setProperty("elides", True)
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


class BesideOrBelow(QWidget):
    """Holds parts beside each other where there is room for all, else below each other.

    A pair is a part and its share of the room that is left; a number is empty room of this share.
    It places its parts itself: a Qt layout that is turned while it is being worked out would keep
    the heights of before.
    """

    def __init__(self, *parts: QWidget | tuple[QWidget, int] | int, spacing: int = 8) -> None:
        super().__init__()
        self._spacing = spacing
        self._all: list[tuple[QWidget | None, int]] = []
        for one in parts:
            widget, share = one if isinstance(one, tuple) else (one, 0)
            if isinstance(widget, int):
                self._all.append((None, widget))
            else:
                widget.setParent(self)
                self._all.append((widget, share))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _shown(self) -> list[QWidget]:
        return [one for one, _ in self._all if one is not None and not one.isHidden()]

    def _boxes(self, width: int) -> list[tuple[QWidget, QRect]]:
        """Return where each part that is shown stands in this width, read from the left."""
        shown = self._shown()
        least = {id(one): _least(one).width() for one in shown}
        spare = width - sum(least.values()) - self._spacing * max(0, len(shown) - 1)
        found: list[tuple[QWidget, QRect]] = []
        at = 0
        if spare < 0:
            growing = [part for part, share in self._all if share]
            for one in shown:
                wide = width if one in growing else min(width, least[id(one)])
                high = _height(one, wide)
                found.append((one, QRect(0, at, wide, high)))
                at += high + self._spacing
            return found
        placed = [(part, share) for part, share in self._all if part is None or not part.isHidden()]
        shares = sum(share for _, share in placed)
        for part, share in placed:
            own = spare * share // shares if shares else 0
            if part is None:
                at += own
                continue
            wide = least[id(part)] + own
            found.append((part, QRect(at, 0, wide, _height(part, wide))))
            at += wide + self._spacing
        line = max((box.height() for _, box in found), default=0)
        return [(one, box.translated(0, (line - box.height()) // 2)) for one, box in found]

    def _place(self) -> None:
        for one, box in self._boxes(self.width()):
            one.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), box))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Place the parts (Qt's virtual method)."""
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """Place them again where one has come, gone or changed its text (Qt's virtual method)."""
        again = (QEvent.Type.LayoutRequest, QEvent.Type.LayoutDirectionChange, QEvent.Type.Show)
        if event.type() in again:
            self.updateGeometry()
            self._place()
        return super().event(event)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Return how high the parts are in this width (Qt's virtual method)."""
        return max((box.bottom() + 1 for _, box in self._boxes(width)), default=0)

    def sizeHint(self) -> QSize:  # noqa: N802
        """All beside each other (Qt's virtual method)."""
        shown = self._shown()
        gaps = self._spacing * max(0, len(shown) - 1)
        width = sum(_least(one).width() for one in shown) + gaps
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As wide as the widest part (Qt's virtual method)."""
        widest = max((_least(one).width() for one in self._shown()), default=0)
        return QSize(widest, self.heightForWidth(max(widest, self.width())))


def _height(part: QWidget, width: int) -> int:
    if part.hasHeightForWidth():
        return part.heightForWidth(width)
    return max(part.sizeHint().height(), part.minimumSizeHint().height())


def _least(part: QWidget) -> QSize:
    """Return the least size of a part that shows it whole; of one that breaks its lines, less."""
    if isinstance(part, QLabel) and part.wordWrap():
        return QSize(em(24), part.sizeHint().height())
    return part.minimumSizeHint().expandedTo(part.sizeHint()).expandedTo(part.minimumSize())


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
