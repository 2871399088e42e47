"""Rows that are drawn: two lines of text with pictures, mirrored where one reads from the right."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from loopmail.ui.widgets.table import Index

_PAD = 5  # above and below the two lines, in device-independent pixels


def mirrored(option: QStyleOptionViewItem, box: QRect) -> QRect:
    """Return where a part of a row is, which is on the other side where one reads from the right."""
    return QStyle.visualRect(option.direction, option.rect, box)


def smaller(font: QFont, share: float) -> QFont:
    """Return the font of a second line, with this share of the size."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * share)
    return small


class TwoLines(QStyledItemDelegate):
    """The base of delegates that draw two lines in each row."""

    def row_height(self, font: QFont) -> int:
        """Return how high a row is, in device-independent pixels."""
        return 2 * QFontMetrics(font).height() + 2 * _PAD

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Two lines high (Qt's virtual method)."""
        return QSize(super().sizeHint(option, index).width(), self.row_height(option.font))

    def ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, gap: int
    ) -> QRect:
        """Draw the ground as the style does; return the room for the two lines, `gap` from the edges."""
        self.initStyleOption(option, index)
        option.text = ""
        widget = option.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        return option.rect.adjusted(gap, _PAD, -gap, -_PAD)

    def write(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        box: QRect,
        text: str,
        colour: str,
        font: QFont | None = None,
    ) -> None:
        """Write a line into its part of the row, cut at its end where it has no room."""
        painter.setFont(font or option.font)
        painter.setPen(QColor(colour))
        metrics = QFontMetrics(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        side = QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft)
        painter.drawText(mirrored(option, box), side | Qt.AlignmentFlag.AlignVCenter, shown)
