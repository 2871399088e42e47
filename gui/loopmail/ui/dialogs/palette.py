"""Find Anything: one field that leads to every action, data source, setting, problem and app."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import column, em, plain_label
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.theme import colours

_Index = QModelIndex | QPersistentModelIndex
_DETAIL = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere to go or something to do; `detail` says where it is or by which keys.

    `also` are other words under which people look for it.
    """

    text: str
    detail: str
    image: str
    go: Callable[[], object]
    also: str = ""


def rank(query: str, text: str, also: str) -> int:
    """Return how well a text answers to the words of a query, 0 for not at all.

    Every word must occur. A text that begins with the query comes before one with a word that
    does, and this before one that has it inside, or only among its other words.
    """
    wanted = query.casefold().split()
    low = text.casefold()
    whole = f"{low} {also.casefold()}"
    if not all(word in whole for word in wanted):
        return 0
    if low.startswith(" ".join(wanted)):
        return 4
    begins = low.split()
    if all(any(one.startswith(word) for one in begins) for word in wanted):
        return 3
    return 2 if all(word in low for word in wanted) else 1


class _Ranked(QSortFilterProxyModel):
    """What answers to the query, the best first; what is alike stays in its order."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._query = ""
        self._ranks: list[int] = []
        self.setDynamicSortFilter(True)
        self.sort(0, Qt.SortOrder.DescendingOrder)

    def look_for(self, query: str, targets: Sequence[Target]) -> None:
        """Rank all targets anew."""
        self._ranks = [rank(query, one.text, f"{one.detail} {one.also}") for one in targets]
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:  # noqa: N802
        """Leave out what does not answer (Qt's virtual method)."""
        return bool(self._ranks) and self._ranks[row] > 0

    def lessThan(self, left: _Index, right: _Index) -> bool:  # noqa: N802
        """Compare by rank, then by place (Qt's virtual method)."""
        one, other = left.row(), right.row()
        return (self._ranks[one], -one) < (self._ranks[other], -other)


class _Line(QStyledItemDelegate):
    """The text, and at the other end where it is, in the muted colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a row (Qt's virtual method)."""
        detail = index.data(_DETAIL) or ""
        metrics = option.fontMetrics
        rect: QRect = option.rect
        room = rect.width() - 3 * _GAP - option.decorationSize.width()
        text = metrics.horizontalAdvance(index.data()) + 2 * _GAP
        detail = metrics.elidedText(
            detail, Qt.TextElideMode.ElideRight, max(room - text, room // 3)
        )
        width = metrics.horizontalAdvance(detail)
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        title = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room - width - _GAP)
        whole.text = title
        widget = option.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, whole, painter, widget)
        painter.save()
        painter.setPen(QColor(colours().muted))
        inner = rect.adjusted(_GAP, 0, -_GAP, 0)
        end = QStyle.visualAlignment(widget.layoutDirection(), Qt.AlignmentFlag.AlignRight)
        painter.drawText(inner, end | Qt.AlignmentFlag.AlignVCenter, detail)
        painter.restore()


_GAP = 10  # around the detail, in device-independent pixels


class Palette(QDialog):
    """A field and what it finds; Enter goes there, Escape leaves all as it was."""

    def __init__(self, targets: Iterable[Target], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setWindowTitle(self.tr("Find Anything"))
        self._targets = list(targets)
        self.query = QLineEdit()
        self.query.setAccessibleName(self.tr("Find Anything"))
        self.query.setPlaceholderText(
            self.tr("An action, a data source, a setting, a problem, a recent app")
        )
        self.query.setClearButtonEnabled(True)
        self.found = QListView()
        self.found.setAccessibleName(self.tr("Found"))
        self.found.setUniformItemSizes(True)
        self.found.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.found.setItemDelegate(_Line(self.found))
        self.nothing: QLabel = plain_label(self.tr("Nothing is called so."), "muted", wrap=True)
        model = QStandardItemModel(self)
        for one in self._targets:
            item = QStandardItem(icon(one.image, "muted"), one.text)
            item.setData(one.detail, _DETAIL)
            spoken = self.tr("{0}, {1}").format(one.text, one.detail) if one.detail else one.text
            item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
            model.appendRow(item)
        self._ranked = _Ranked(self)
        self._ranked.setSourceModel(model)
        self.found.setModel(self._ranked)
        column(self.query, (self.found, 1), self.nothing, spacing=8, margins=(12,) * 4, inside=self)
        self.resize(em(80), em(54))
        self.query.textChanged.connect(self._look)
        self.query.installEventFilter(self)
        self.found.activated.connect(self._go)
        self.found.clicked.connect(self._go)
        self._look("")

    def _look(self, query: str) -> None:
        self._ranked.look_for(query, self._targets)
        self.found.setCurrentIndex(self._ranked.index(0, 0))
        self.nothing.setVisible(self._ranked.rowCount() == 0)

    def shown(self) -> list[str]:
        """Return the texts that are found, the best first."""
        rows = range(self._ranked.rowCount())
        at = (self._ranked.mapToSource(self._ranked.index(row, 0)).row() for row in rows)
        return [self._targets[row].text for row in at]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let the keys that move through the list work from the field (Qt's virtual method)."""
        if watched is self.query and isinstance(event, QKeyEvent):
            pressed = event.type() == QEvent.Type.KeyPress
            keys = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
            if pressed and event.key() in keys:
                self.found.event(event)
                return True
            if pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._go(self.found.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _go(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        target = self._targets[self._ranked.mapToSource(index).row()]
        self.accept()
        target.go()
