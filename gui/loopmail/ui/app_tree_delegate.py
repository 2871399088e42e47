"""Paints the rows of the tree at the left: icon, name, second line, number of problems."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from loopmail.ui.app_tree_model import (
    COUNT_ROLE,
    DETAIL_ROLE,
    IMAGE_ROLE,
    KEY_ROLE,
    SEVERITY_ROLE,
)
from loopmail.ui.icons import icon
from loopmail.ui.theme import colours

_PAD = 8
_ICON = 18
Index = QModelIndex | QPersistentModelIndex


class AppTreeDelegate(QStyledItemDelegate):
    """Two lines per row; sections are small headings."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return the row's size (Qt's virtual method)."""
        line = option.fontMetrics.height()
        if index.data(KEY_ROLE) is None:
            return QSize(120, line + 2 * _PAD)
        small = QFontMetrics(_small(option.font)).height()
        return QSize(160, line + small + 2 * _PAD - 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row (Qt's virtual method)."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(KEY_ROLE) is None:
            self._paint_section(painter, option, index)
        else:
            self._paint_entry(painter, option, index)
        painter.restore()

    def _paint_section(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        font = _small(option.font)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours().muted))
        box = option.rect.adjusted(_PAD, 0, -_PAD, -3)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(box, flags, str(index.data()))

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = option.rect.adjusted(2, 1, -2, -1)
        self._paint_ground(painter, option, row)
        image = QRect(row.left() + _PAD, row.top() + (row.height() - _ICON) // 2, _ICON, _ICON)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        colour = "accent" if selected else "muted"
        icon(str(index.data(IMAGE_ROLE)), colour).paint(painter, image)
        right = self._paint_badge(painter, option, index, row)
        left = image.right() + _PAD + 2
        width = right - left - 4
        line = option.fontMetrics.height()
        top = row.top() + _PAD - 2
        painter.setFont(option.font)
        painter.setPen(QColor(colours().text))
        self._text(painter, QRect(left, top, width, line), str(index.data()), option.font)
        small = _small(option.font)
        painter.setFont(small)
        painter.setPen(QColor(colours().muted))
        below = QRect(left, top + line, width, QFontMetrics(small).height())
        self._text(painter, below, str(index.data(DETAIL_ROLE)), small)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, row: QRect) -> None:
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours().selected))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours().hover))
        else:
            return
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QColor(colours().accent) if focused else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)

    def _paint_badge(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, row: QRect
    ) -> int:
        """Draw the number of problems and return where the texts must end."""
        count = int(index.data(COUNT_ROLE) or 0)
        if not count:
            return row.right() - _PAD
        font = _small(option.font)
        font.setBold(True)
        metrics = QFontMetrics(font)
        height = metrics.height() + 2
        width = max(height, metrics.horizontalAdvance(str(count)) + 12)
        centre = QPointF(row.right() - _PAD - width / 2, row.center().y() + 0.5)
        box = QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
        error = index.data(SEVERITY_ROLE) == "error"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().error_soft if error else colours().warn_soft))
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setPen(QColor(colours().error if error else colours().warn))
        painter.setFont(font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
        return int(box.left()) - 2

    def _text(self, painter: QPainter, box: QRect, text: str, font: QFont) -> None:
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, flags, shown)


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.9)
    return small
