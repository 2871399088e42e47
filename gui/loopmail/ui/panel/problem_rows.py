"""How a problem is drawn: its sentence, below it the place, at the end what mends it."""

from PySide6.QtCore import QAbstractItemModel, QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from loopmail.core.checks.problem import Problem
from loopmail.ui.widgets.building_blocks import em, environment_tone
from loopmail.ui.widgets.icons import severity_icon
from loopmail.ui.widgets.table import Index
from loopmail.ui.widgets.theme import colours

_SECOND_LINE = 0.92  # of the first one's size
_GAP = 12  # between icon, texts and button, in device-independent pixels
_ICON = 2.25  # digits
_CENTRE = Qt.AlignmentFlag.AlignCenter


class ProblemRow:
    """What a row shows, as the model gives it by the role `ROW`."""

    __slots__ = ("chip", "place", "problem", "verb")

    def __init__(self, problem: Problem, place: str, chip: str, verb: str) -> None:
        self.problem = problem
        self.place = place
        self.chip = chip  # the environment, if it is not the chosen one
        self.verb = verb  # empty: nothing can be done by a button


ROW = Qt.ItemDataRole.UserRole  # a ProblemRow


class ProblemDelegate(QStyledItemDelegate):
    """Draws each row over all its columns in two lines.

    The columns stay what a screen reader tells: each cell draws its part of the row.
    """

    fix_wanted = Signal(int)  # the row whose button was pressed

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view
        self._small = QFont(view.font())
        self._small.setPointSizeF(self._small.pointSizeF() * _SECOND_LINE)

    def row_height(self) -> int:
        """Two lines and the room around them, in device-independent pixels."""
        return self._view.fontMetrics().height() + QFontMetrics(self._small).height() + 11

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802
        """Return the height of every row (Qt's virtual method)."""
        return QSize(em(10), self.row_height())

    # -- where things are ----------------------------------------------------------------------

    def _row_rect(self, index: Index) -> QRect:
        top, height = self._view.rowViewportPosition(index.row()), self._view.rowHeight(index.row())
        return QRect(0, top, self._view.viewport().width(), height)

    def button_rect(self, index: Index, verb: str) -> QRect:
        """Return where a row's button is in the viewport, for texts from left to right."""
        row = self._row_rect(index)
        words = self._view.fontMetrics()
        height = min(words.height() + 8, row.height() - 6)
        width = min(words.horizontalAdvance(verb) + 24, row.width() // 3)
        top = row.top() + (row.height() - height) // 2
        place = QRect(row.right() - _GAP + 2 - width, top, width, height)
        return QStyle.visualRect(self._view.layoutDirection(), row, place)

    def _text_rect(self, index: Index, verb: str) -> QRect:
        row = self._row_rect(index)
        taken = min(self._view.fontMetrics().horizontalAdvance(verb) + 24, row.width() // 3)
        right = taken + 2 * _GAP if verb else _GAP
        return row.adjusted(2 * _GAP + em(_ICON), 4, -right, -5)

    # -- painting ------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw this cell's part of the row (Qt's virtual method)."""
        shown = index.data(ROW)
        if not isinstance(shown, ProblemRow):
            return
        area = option.rect
        state = option.state
        row = self._row_rect(index)
        direction = self._view.layoutDirection()
        painter.save()
        painter.setClipRect(area)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(colours().selected))
            if colours().frame:
                painter.setPen(QPen(QColor(colours().text), colours().frame))
                painter.drawRect(row.adjusted(1, 1, -1, -2))
        painter.setPen(QColor(colours().border))
        painter.drawLine(row.left(), row.bottom(), row.right(), row.bottom())
        size = QSize(em(_ICON), em(_ICON))
        place = QRect(QPoint(_GAP, row.top() + (row.height() - size.height()) // 2), size)
        severity = shown.problem.severity
        picture = severity_icon(severity)
        picture.paint(painter, QStyle.visualRect(direction, row, place))
        self._draw_texts(painter, index, shown)
        if shown.verb:
            self._draw_button(painter, self.button_rect(index, shown.verb), shown.verb)
        painter.restore()

    def _draw_texts(self, painter: QPainter, index: Index, shown: ProblemRow) -> None:
        row, text = self._row_rect(index), self._text_rect(index, shown.verb)
        direction = self._view.layoutDirection()
        align = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft)
        first, second = self._view.fontMetrics(), QFontMetrics(self._small)
        painter.setFont(self._view.font())
        painter.setPen(QColor(colours().text))
        line = QRect(text.left(), text.top(), text.width(), first.height())
        sentence = first.elidedText(
            shown.problem.text.replace("\n", " "), Qt.TextElideMode.ElideRight, text.width()
        )
        painter.drawText(QStyle.visualRect(direction, row, line), align, sentence)
        painter.setFont(self._small)
        painter.setPen(QColor(colours().muted))
        chip_width = second.horizontalAdvance(shown.chip) + 16 if shown.chip else 0
        room = max(text.width() - chip_width - 8, 0)
        place = second.elidedText(shown.place, Qt.TextElideMode.ElideMiddle, room)
        line = QRect(text.left(), line.bottom() + 2, room, second.height())
        painter.drawText(QStyle.visualRect(direction, row, line), align, place)
        if shown.chip:
            left = text.left() + second.horizontalAdvance(place) + 8
            where = QRect(left, line.top(), chip_width, line.height())
            self._draw_chip(painter, QStyle.visualRect(direction, row, where), shown.chip)

    def _draw_chip(self, painter: QPainter, place: QRect, text: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = environment_tone(text)
        known = tone in ("production", "staging")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(colours(), f"{tone}_soft") if known else colours().hover))
        painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
        painter.setPen(QColor(getattr(colours(), tone) if known else colours().text))
        painter.drawText(place, _CENTRE, text)

    def _draw_button(self, painter: QPainter, place: QRect, verb: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours().field_border))
        painter.setBrush(QColor(colours().card))
        painter.drawRoundedRect(place, 6, 6)
        painter.setFont(self._view.font())
        painter.setPen(QColor(colours().text))
        room = place.width() - 12
        words = self._view.fontMetrics()
        text = words.elidedText(verb, Qt.TextElideMode.ElideRight, room)
        painter.drawText(place, _CENTRE, text)

    # -- the mouse -----------------------------------------------------------------------------

    def editorEvent(  # noqa: N802
        self,
        event: QEvent,
        _model: QAbstractItemModel,
        _option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Press the button under the pointer; True keeps a double click from going to the place."""
        shown = index.data(ROW)
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        if not isinstance(shown, ProblemRow) or not shown.verb:
            return False
        if not self.button_rect(index, shown.verb).contains(event.position().toPoint()):
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.fix_wanted.emit(index.row())
        return True
