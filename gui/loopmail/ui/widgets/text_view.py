"""A plain text with line numbers and marks beside its lines; the base of the JSON views."""

import re
from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from loopmail.core.app.merge import differing
from loopmail.core.jsontext.edits import Edit
from loopmail.ui.widgets.theme import colours

# Undecodable bytes stand in a document's text as lone surrogates, which Qt cannot take.
_LONE = re.compile("[\ud800-\udfff]")


class TextView(QPlainTextEdit):
    """Shows a text; `show_text` keeps the scroll position while the text changes a little."""

    restyled = Signal()  # the theme has other colours now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # whatever people read
        self._changed: frozenset[int] = frozenset()
        self._marks: dict[str, list[QTextEdit.ExtraSelection]] = {}
        self._gutter = _Gutter(self)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scroll_gutter)
        self._make_room()

    def show_text(self, text: str) -> None:
        """Show a text, replacing only the part that differs from the one shown."""
        text = displayable(text)
        shown = self.toPlainText()
        if text == shown:
            return
        start, end_shown, end_text = differing(shown, text)
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16(shown[:start]))
        cursor.setPosition(utf16(shown[:end_shown]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start:end_text])

    def mark_changed(self, lines: Collection[int]) -> None:
        """Mark these lines (from 1) as changed against the disk."""
        self._changed = frozenset(lines)
        self._gutter.update()

    def changed_lines(self) -> frozenset[int]:
        """The lines that are marked as changed."""
        return self._changed

    def mark_error(self, line: int | None) -> None:
        """Colour the line (from 1) where an error is, or none."""
        self.mark("error", [] if line is None else [whole_line(self, line, colours().error_soft)])

    def mark(self, name: str, places: Sequence[QTextEdit.ExtraSelection]) -> None:
        """Give places a look, instead of those that were marked under this name before."""
        if not places and not self._marks.get(name):
            return
        self._marks[name] = list(places)
        self.setExtraSelections([one for found in self._marks.values() for one in found])

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor on a place (both from 1) and show it."""
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid():
            return
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + min(column - 1, block.length() - 1))
        self.setTextCursor(cursor)
        self.centerCursor()

    # -- the gutter ---------------------------------------------------------------------------

    def gutter_width(self) -> int:
        """Return the width that line numbers and marks need."""
        digits = max(2, len(str(self.blockCount())))
        return 18 + self.fontMetrics().horizontalAdvance("9") * digits

    def paint_gutter(self, area: QRect) -> None:
        """Paint line numbers and the marks of changed lines."""
        painter = QPainter(self._gutter)
        look = colours()
        ground, ink = QColor(look.window), QColor(look.muted)
        painter.fillRect(area, ground)
        painter.setFont(self.font())
        painter.setPen(ink)
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= area.bottom():
            height = self.blockBoundingRect(block).height()
            number = block.blockNumber() + 1
            if number in self._changed:
                painter.fillRect(
                    self._gutter.width() - 5, round(top), 3, round(height), QColor(look.accent)
                )
            box = QRect(0, round(top), self._gutter.width() - 10, round(height))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, str(number))
            top += height
            block = block.next()
        painter.end()

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _scroll_gutter(self, area: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tell of another theme (Qt's virtual method)."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.restyled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the gutter at the left (Qt's virtual method)."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))


class _Gutter(QWidget):
    """The strip at the left of a text."""

    def __init__(self, view: TextView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the width the numbers need (Qt's virtual method)."""
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint (Qt's virtual method)."""
        self._view.paint_gutter(event.rect())


def whole_line(view: QPlainTextEdit, line: int, colour: str) -> QTextEdit.ExtraSelection:
    """Return what gives a line (from 1) of the view this ground."""
    selection = QTextEdit.ExtraSelection()
    selection.cursor = QTextCursor(view.document().findBlockByNumber(line - 1))
    selection.format.setBackground(QColor(colour))
    selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
    return selection


def displayable(text: str) -> str:
    """Return the text as Qt can show it: undecodable bytes as replacement characters."""
    return _LONE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")


def utf16(text: str) -> int:
    """Return how long Qt takes the text to be: it counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


# --- From the text that is shown to the one that is meant --------------------------------


def edit_between(text: str, shown: str) -> Edit | None:
    """Return the edit which makes the document's text look like the one shown, or None.

    The document may have other line ends and undecodable bytes, which are shown otherwise;
    what was not changed keeps them, and new lines get the file's line end.
    """
    before = displayable(text)
    if before == shown:
        return None
    start, end, end_shown = differing(before, shown)
    first, last = _original(text, start), _original(text, end)
    while text[first - 1 : first] == "\r":
        # A lone \r would become one line end with a \n that now follows it: take it along.
        start, first = start - 1, first - 1
    content = shown[start:end_shown]
    if "\r\n" in text:
        content = content.replace("\n", "\r\n")
    return Edit(first, last - first, content)


def _original(text: str, offset: int) -> int:
    """Return the offset in the text of an offset in the displayable text."""
    if "\r\n" not in text:
        return offset
    for match in re.finditer("\r\n", text):
        if match.start() >= offset:
            break
        offset += 1
    return offset
