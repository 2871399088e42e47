"""What all tables share: a model of rows and columns, how a table looks, a table of texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from loopmail.ui.widgets.building_blocks import plain_tip

Index = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")
View = TypeVar("View", bound=QTableView)
Roles = dict[int, Callable[[Any], Any]]  # what a column says of a row, by item data role
Width = int | QHeaderView.ResizeMode
FIT = QHeaderView.ResizeMode.ResizeToContents
STRETCH = QHeaderView.ResizeMode.Stretch

_Role = Qt.ItemDataRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its title, its text for a row, and what else is asked for by role.

    The text is the tool tip, too, unless `more` says otherwise; tool tips never are markup.
    `flags` are added to those of every cell.
    """

    title: str
    text: Callable[[Row], str]
    more: Roles = field(default_factory=dict)
    flags: Qt.ItemFlag = Qt.ItemFlag.NoItemFlags


class RowsModel(QAbstractTableModel, Generic[Row]):
    """A table whose rows are records of one type; subclasses set `columns`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.columns: Sequence[Column[Row]] = ()

    def set_rows(self, rows: Sequence[Row], key: Callable[[Row], object] | None = None) -> None:
        """Show these rows.

        Where `key` gives the same for all old and new rows, the view keeps its selection and
        its editor; otherwise it loses them.
        """
        if key is not None and list(map(key, rows)) == list(map(key, self.rows)):
            self.rows = list(rows)
            if rows:
                last = self.index(len(rows) - 1, len(self.columns) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def append(self, row: Row) -> None:
        """Add a row at the end."""
        at = len(self.rows)
        self.beginInsertRows(QModelIndex(), at, at)
        self.rows.append(row)
        self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return how many rows there are; a cell has none below it (Qt's virtual method)."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return how many columns there are; a cell has none below it (Qt's virtual method)."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """Return a column's title (Qt's virtual method)."""
        if orientation == Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return self.columns[section].title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a cell (Qt's virtual method)."""
        flags = super().flags(index)
        return flags | self.columns[index.column()].flags if index.isValid() else flags

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """Return what a cell's column says for a role (Qt's virtual method)."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        texts = (_Role.DisplayRole, _Role.ToolTipRole)
        ask = column.more.get(role, column.text if role in texts else None)
        value = ask(row) if ask is not None else None
        return plain_tip(value) if value and role == _Role.ToolTipRole else value


def plain_table(
    table: View,
    model: QAbstractItemModel,
    name: str,
    widths: Sequence[Width] = (),
    *,
    single: bool = False,
    row_height: int | None = None,
) -> View:
    """Give a table its model and the look of all tables, and return it.

    `name` is for screen readers; `widths` are the columns': a number is one that can be dragged,
    else it says how the width is found. Only one row can be chosen if `single`; `row_height` is
    in device-independent pixels.
    """
    behaviour, mode = QAbstractItemView.SelectionBehavior, QAbstractItemView.SelectionMode
    table.setAccessibleName(name)
    table.setModel(model)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(behaviour.SelectRows)
    table.setSelectionMode(mode.SingleSelection if single else mode.ExtendedSelection)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    if row_height is not None:
        table.verticalHeader().setDefaultSectionSize(row_height)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(_LEFT)
    for column, width in enumerate(widths):
        if isinstance(width, int):
            header.resizeSection(column, width)
        else:
            header.setSectionResizeMode(column, width)
    return table


class TextTableModel(RowsModel[tuple[str, ...]]):
    """Rows of texts; those in `strong` are shown in bold."""

    def __init__(self, columns: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strong: frozenset[int] = frozenset()
        self._names: tuple[str, ...] = ()
        self.show((), columns)

    def show(
        self,
        rows: Sequence[Sequence[str]],
        columns: Sequence[str] | None = None,
        strong: Sequence[int] = (),
    ) -> None:
        """Show other rows (and columns); nothing happens if they are the same."""
        new = [tuple(row) for row in rows]
        names = tuple(columns) if columns is not None else self._names
        if (new, names, frozenset(strong)) == (self.rows, self._names, self._strong):
            return
        self.beginResetModel()
        self.rows, self._names, self._strong = new, names, frozenset(strong)
        self.columns = [
            Column(name, lambda row, at=at: row[at] if at < len(row) else "")  # type: ignore[misc]
            for at, name in enumerate(names)
        ]
        self.endResetModel()

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """Return a cell's text, or its weight (Qt's virtual method)."""
        if role == _Role.FontRole and index.isValid() and index.row() in self._strong:
            font = QFont()
            font.setBold(True)
            return font
        return super().data(index, role)


class TextTable(QTableView):
    """The view of a `TextTableModel`; the last column takes what room is left by the others."""

    def __init__(self, name: str, columns: Sequence[str], widths: Sequence[Width] = ()) -> None:
        super().__init__()
        self.rows = TextTableModel(columns, self)
        plain_table(self, self.rows, name, widths, row_height=self.fontMetrics().height() + 12)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        header.setStretchLastSection(STRETCH not in widths)
        header.setDefaultSectionSize(190)

    def fit_rows(self) -> None:
        """Be as high as the rows, so that nothing has to be scrolled."""
        rows = self.verticalHeader().defaultSectionSize() * self.rows.rowCount()
        self.setFixedHeight(rows + self.horizontalHeader().height() + 6)

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
        """Share the width again (Qt's virtual method)."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.share_width()
