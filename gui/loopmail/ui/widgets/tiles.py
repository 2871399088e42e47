"""Large buttons with a letter or a picture, a name and a second line; and a grid of them."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import column, em, plain_label, plain_tip, row
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.theme import colours

_TONES = (("error_soft", "error"), ("selected", "accent"), ("ok_soft", "ok"), ("warn_soft", "warn"))
_COLUMNS = 3
_NARROWEST = 26  # em; tiles that would be narrower stand in fewer columns
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Letter(QWidget):
    """A letter on a soft ground, in the place of a provider's picture."""

    def __init__(self, letter: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._letter = letter
        side = em(4.25)
        self.setFixedSize(side, side)

    def set_letter(self, letter: str) -> None:
        """Show another letter."""
        self._letter = letter
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw (Qt's virtual method)."""
        now = colours()
        ground, ink = _TONES[ord(self._letter[:1] or "A") % len(_TONES)]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(now, ground)))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        font = self.font()
        font.setBold(True)
        font.setPixelSize(max(1, round(self.height() * 0.47)))
        painter.setFont(font)
        painter.setPen(QColor(getattr(now, ink)))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letter)
        painter.end()


class Picture(QWidget):
    """An icon in a layout, in the colours of now."""

    def __init__(self, name: str, colour: str = "accent", size: float = 2.75) -> None:
        super().__init__()
        self._icon = icon(name, colour)
        self.setFixedSize(em(size), em(size))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw (Qt's virtual method)."""
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


class FoldingRow(QWidget):
    """Buttons side by side, or below each other where there is no room for that."""

    def __init__(self, *buttons: QPushButton) -> None:
        super().__init__()
        self._buttons = buttons
        self._line = row(*buttons, 1, spacing=16, inside=self)
        self.setMinimumWidth(em(12))  # else the widest row would be the least width

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Choose the direction (Qt's virtual method)."""
        super().resizeEvent(event)
        needed = sum(one.sizeHint().width() for one in self._buttons)
        needed += self._line.spacing() * (len(self._buttons) - 1)
        ways = QBoxLayout.Direction
        way = ways.LeftToRight if needed <= event.size().width() else ways.TopToBottom
        if self._line.direction() != way:
            self._line.setDirection(way)
            for one in self._buttons:
                across = (
                    Qt.AlignmentFlag.AlignLeft if way == ways.TopToBottom else Qt.AlignmentFlag(0)
                )
                self._line.setAlignment(one, across)


class ElidedLabel(QLabel):
    """A muted text of which the middle goes where there is no room; the tool tip has all of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.setProperty("role", "muted")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(plain_tip(text))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show as much as fits (Qt's virtual method)."""
        super().resizeEvent(event)
        mode = Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(self._text, mode, self.width()))


class Tile(QPushButton):
    """A button as large as its picture and two lines of text, which wrap."""

    moved = Signal(int, int)  # an arrow key: columns and rows

    def __init__(
        self, picture: QWidget, title: str, detail: str, *, beside: QWidget | None = None
    ) -> None:
        super().__init__()
        self.setProperty("role", "tile")
        self.setAutoDefault(False)
        self.setAccessibleName(title)
        self.title = plain_label(title, "heading", wrap=True)
        self.detail = plain_label("", "muted", wrap=True)
        font = self.detail.font()
        font.setPointSizeF(font.pointSizeF() * 0.92)
        self.detail.setFont(font)
        first: QWidget | QLayout = self.title
        if beside is not None:
            self.title.setWordWrap(False)
            first = row(self.title, (beside, 1), spacing=8)
        words = column(1, first, self.detail, 1, spacing=1)
        self._content = row(
            (picture, 0), (words, 1), spacing=10, margins=(12, 9, 10, 9), inside=self
        )
        self._content.setAlignment(picture, Qt.AlignmentFlag.AlignVCenter)
        for one in self.findChildren(QWidget):
            one.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.say(detail)

    def say(self, detail: str) -> None:
        """Show another second line."""
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self.setAccessibleDescription(detail)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of the content (Qt's virtual method)."""
        return self._content.totalSizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size of the content (Qt's virtual method)."""
        return self._content.totalMinimumSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter presses, arrows go to a neighbour (Qt's virtual method)."""
        key = Qt.Key(event.key())
        if key in _ARROWS and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            across, down = _ARROWS[key]
            self.moved.emit(-across if self.isRightToLeft() else across, down)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class TileGrid(QWidget):
    """Tiles of one width in as many columns as there is room for."""

    left = Signal(int)  # an arrow key beyond the first (-1) or the last (1) row

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[Tile] = []  # that are shown, in the order of reading
        self._made: list[Tile] = []
        self._columns = _COLUMNS
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(10)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these, and no others that were shown before."""
        for one in self._made:
            if one not in tiles and one.parentWidget() is self:  # else another grid shows it
                one.hide()
        for one in tiles:
            if one not in self._made:
                self._made.append(one)
                one.moved.connect(self._move)
        self.tiles = list(tiles)
        self._arrange()
        self.setVisible(bool(tiles))

    def _arrange(self) -> None:
        while self._grid.count():
            self._grid.takeAt(0)
        for at in range(_COLUMNS):
            self._grid.setColumnStretch(at, int(at < self._columns))
        for at, one in enumerate(self.tiles):
            self._grid.addWidget(one, at // self._columns, at % self._columns)
            one.show()

    def _move(self, across: int, down: int) -> None:
        focused = next((at for at, one in enumerate(self.tiles) if one.hasFocus()), None)
        if focused is None:  # a tile that stands in another grid now
            return
        wanted = focused + across + down * self._columns
        if 0 <= wanted < len(self.tiles):
            self.tiles[wanted].setFocus(Qt.FocusReason.TabFocusReason)
        elif down:
            self.left.emit(down)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Choose the number of columns (Qt's virtual method)."""
        super().resizeEvent(event)
        columns = max(1, min(_COLUMNS, event.size().width() // em(_NARROWEST)))
        if columns != self._columns:
            self._columns = columns
            self._arrange()
