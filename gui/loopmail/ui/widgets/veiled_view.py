"""A text view that keeps secrets behind dots, with an eye beside each to look at it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QTextEdit, QToolButton, QWidget

from loopmail.core.app.merge import differing
from loopmail.core.json_masking import HiddenPart
from loopmail.ui.widgets.building_blocks import single_shot
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.text_view import TextView, displayable, utf16
from loopmail.ui.widgets.theme import colours
from loopmail.ui.widgets.veils import Veil, VeiledText

_MOST_GROUNDS = 500  # veils that get a ground of their own


class _Eye(QToolButton):
    """Shows and hides one secret."""

    wanted = Signal(object)  # its veil

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.veil = Veil(0, 0, "")
        self.setIcon(icon("reveal"))
        self.setIconSize(QSize(14, 14))
        self.setAutoRaise(True)
        self.setAutoFillBackground(True)  # a long line goes on beneath it
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(lambda: self.wanted.emit(self.veil))

    def stand_for(self, veil: Veil, line: int) -> None:
        """Be the eye of this veil, in this line."""
        self.veil = veil
        words = self.tr("Hide {0} in line {1}") if veil.open else self.tr("Show {0} in line {1}")
        text = words.format(f"“{veil.name}”" if veil.name else self.tr("the secret"), line)
        self.setObjectName(f"eye-{line}-{veil.name}")
        self.setChecked(veil.open)
        self.setToolTip(text)
        self.setAccessibleName(text)


class VeiledTextView(TextView):
    """Its document holds dots where a secret stands, so copying and searching give nothing away.

    Nor does what a screen reader is told. An edit that would change the dots is not made.
    """

    edited = Signal()  # the user has changed the text; `plain` is it
    refused = Signal()  # an edit would have touched what is hidden

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._veiled = VeiledText()
        self._eyes: list[_Eye] = []
        self._showing = False
        self._edits: list[tuple[int, int, int]] = []
        self._placing = single_shot(self, 0, self._place_eyes)
        self.setAcceptDrops(False)  # dragging would take dots for the text
        self.document().contentsChange.connect(self._note_edit)
        self.textChanged.connect(self._take_edit)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(lambda _value: self._placing.start())

    @property
    def plain(self) -> str:
        """The text itself, as Qt can show it."""
        return self._veiled.plain

    def show_plain(self, text: str, parts: Sequence[HiddenPart], *, anew: bool = False) -> None:
        """Show a text and hide its secret parts (those of `displayable(text)`); `anew`: all."""
        text = displayable(text)
        if anew:
            self._veiled = VeiledText()
        self._veiled.take(text, parts)
        self._show()

    def veiled_now(self) -> tuple[str, list[Veil]]:
        """Return the text and its veils, for `show_veiled`."""
        return self._veiled.plain, list(self._veiled.veils)

    def show_veiled(self, plain: str, veils: Sequence[Veil]) -> None:
        """Show a text with these veils, as it was before."""
        self._veiled = VeiledText(plain, veils)
        self._show()

    def _show(self) -> None:
        self._showing = True
        self.show_text(self._veiled.shown)
        self._showing = False
        self._edits.clear()
        self._mark()

    def _mark(self) -> None:
        """Give what is hidden a ground, and place the eyes."""
        grounds = []
        shown, counted, units = self._veiled.shown, 0, 0
        for veil, start, end in self._veiled.spans()[:_MOST_GROUNDS]:
            units += utf16(shown[counted:start])
            counted = start
            if not veil.open:
                ground = QTextEdit.ExtraSelection()
                ground.cursor = QTextCursor(self.document())
                ground.cursor.setPosition(units)
                behind = units + end - start  # dots are one unit each
                ground.cursor.setPosition(behind, QTextCursor.MoveMode.KeepAnchor)
                ground.format.setBackground(QColor(colours().hover))
                grounds.append(ground)
        self.mark("veils", grounds)
        self._placing.start()

    def refusal(self) -> str:
        """Say why an edit was not made."""
        return self.tr(
            "Nothing was changed: the dots stand for a hidden value. Show it with the eye beside"
            " it to change or copy it; to delete it, delete it whole."
        )

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor on a place of the plain text (both from 1) and show it."""
        lines = self._veiled.plain.split("\n")
        begin = sum(len(one) + 1 for one in lines[: line - 1])
        shown = self._veiled.place_shown(begin + column - 1) - self._veiled.place_shown(begin)
        super().go_to(line, shown + 1)

    def place_of_cursor(self) -> int:
        """Return where the cursor is in the plain text."""
        return self._veiled.place_plain(_index(self._veiled.shown, self.textCursor().position()))

    # -- editing ------------------------------------------------------------------------------

    def _note_edit(self, place: int, removed: int, added: int) -> None:
        if not self._showing:
            self._edits.append((place, removed, added))

    def _take_edit(self) -> None:
        if self._showing or not self._edits:
            return
        edits, self._edits = self._edits, []
        before, now = self._veiled.shown, self.toPlainText()
        if before == now:
            return
        place, removed, added = edits[0]
        start = _index(before, place)
        end, stop = _index(before, place + removed), _index(now, place + added)
        whole = len(edits) == 1 and before[:start] + now[start:stop] + before[end:] == now
        if not whole and all(veil.open for veil in self._veiled.veils):
            (start, end, stop), whole = differing(before, now), True
        if whole and self._veiled.edit(start, end, now[start:stop]):
            self._mark()
            self._place_eyes()
            self.edited.emit()
            return
        self._show()
        self._put_cursor(start)
        self.refused.emit()

    def _put_cursor(self, place: int) -> None:
        cursor = self.textCursor()
        cursor.setPosition(utf16(self._veiled.shown[:place]))
        self.setTextCursor(cursor)

    # -- eyes ---------------------------------------------------------------------------------

    def eyes(self) -> list[_Eye]:
        """The eyes of the secrets that are in sight, from top to bottom."""
        return [eye for eye in self._eyes if not eye.isHidden()]

    def _turn(self, veil: Veil) -> None:
        if veil in self._veiled.veils:
            at = self._veiled.veils.index(veil)
            self._veiled.turn(veil)
            self._show()
            self._place_eyes()
            turned = self._veiled.veils[at]
            for eye in self._eyes:
                if eye.veil == turned and not eye.isHidden():
                    eye.setFocus()

    def _place_eyes(self) -> None:
        """Put the eyes of the secrets in sight behind their lines, or where a long line leaves off."""
        size = max(self.fontMetrics().height(), 14)
        used = 0
        most = max(self.viewport().width() // (size + 4), 1)
        for line, there in self._in_sight().items():
            if len(there) > most:  # all in one line: those that are in sight sideways
                there = [one for one in there if self._is_beside(one[1])][:most]
            veils = [veil for veil, _end in there]
            last = QTextCursor(self.document().findBlockByNumber(line))
            last.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            at = self.cursorRect(last)
            room = self.viewport().width() - len(veils) * (size + 4) - 4
            left = max(min(at.right() + 8, room), 0)
            for number, veil in enumerate(veils):
                eye = self._eye(used)
                eye.stand_for(veil, line + 1)
                top = at.top() + (at.height() - size) // 2
                eye.setGeometry(left + number * (size + 4), top, size + 2, size)
                eye.show()
                used += 1
        for eye in self._eyes[used:]:
            eye.hide()

    def _is_beside(self, place: int) -> bool:
        cursor = QTextCursor(self.document())
        cursor.setPosition(utf16(self._veiled.shown[:place]))
        return 0 <= self.cursorRect(cursor).left() <= self.viewport().width()

    def _in_sight(self) -> dict[int, list[tuple[Veil, int]]]:
        """Return the veils in sight, each with its end, by the number of their line's block."""
        shown = self.toPlainText()
        corner = self.viewport().rect().bottomRight()
        below = self.cursorForPosition(corner).block()
        first = _index(shown, self.firstVisibleBlock().position())
        last = _index(shown, below.position() + below.length())
        found: dict[int, list[tuple[Veil, int]]] = {}
        line, counted = self.firstVisibleBlock().blockNumber(), first
        for veil, start, end in self._veiled.spans():
            if end >= first and start <= last:
                line += shown.count("\n", counted, start)
                counted = max(counted, start)
                found.setdefault(line, []).append((veil, end))
        return found

    def _eye(self, number: int) -> _Eye:
        if number < len(self._eyes):
            return self._eyes[number]
        eye = _Eye(self.viewport())
        eye.wanted.connect(self._turn)
        QWidget.setTabOrder(self._eyes[-1] if self._eyes else self, eye)
        self._eyes.append(eye)
        return eye

    # -- Qt's virtual methods -----------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The eyes go with the lines (Qt's virtual method)."""
        super().resizeEvent(event)
        self._placing.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nobody looks any more: hide the secrets again (Qt's virtual method)."""
        super().hideEvent(event)
        if any(veil.open for veil in self._veiled.veils):
            self._veiled.close()
            self._show()


def _index(text: str, units: int) -> int:
    """Return the place in a text of one that Qt counts in UTF-16 units."""
    if text.isascii():
        return min(units, len(text))
    data = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(data.decode("utf-16-le", "surrogatepass"))
