"""A read-only table of texts, with a column header and optional weight for rows."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from loopmail.ui.tips import for_role

Index = QModelIndex | QPersistentModelIndex
Row = Sequence[str]


class TextTableModel(QAbstractTableModel):
    """Rows of texts; those in `strong` are shown in bold."""

    def __init__(self, columns: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: list[tuple[str, ...]] = []
        self._strong: frozenset[int] = frozenset()

    def show(
        self, rows: Sequence[Row], columns: Sequence[str] | None = None, strong: Sequence[int] = ()
    ) -> None:
        """Show other rows (and columns); nothing happens if they are the same."""
        new = [tuple(row) for row in rows]
        names = tuple(columns) if columns is not None else self._columns
        if (new, names, frozenset(strong)) == (self._rows, self._columns, self._strong):
            return
        self.beginResetModel()
        self._rows, self._columns, self._strong = new, names, frozenset(strong)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """The number of rows (Qt's virtual method)."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """The number of columns (Qt's virtual method)."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Name the columns (Qt's virtual method)."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, also as tool tip, and the weight (Qt's virtual method)."""
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            row = self._rows[index.row()]
            return for_role(row[index.column()] if index.column() < len(row) else "", role)
        if role == Qt.ItemDataRole.FontRole and index.row() in self._strong:
            font = QFont()
            font.setBold(True)
            return font
        return None


class TextTable(QTableView):
    """The view of a `TextTableModel`; the last column takes what room is left."""

    def __init__(self, name: str, columns: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.rows = TextTableModel(columns, self)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setDefaultSectionSize(190)

    def share_width(self) -> None:
        """Give the first column what it needs and the others equal parts of the rest."""
        columns = self.rows.columnCount()
        if columns < 2 or not self.isVisible():
            return
        self.resizeColumnToContents(0)
        first = min(self.columnWidth(0) + 8, self.viewport().width() * 2 // 5)
        self.setColumnWidth(0, first)
        for column in range(1, columns - 1):
            self.setColumnWidth(column, (self.viewport().width() - first) // (columns - 1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width anew (Qt's virtual method)."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.share_width()
