"""The table of model bindings: an item model over `core.bindings`."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from loopmail.core.bindings import Binding, bind, list_bindings, set_public
from loopmail.core.errors import LoopmailError
from loopmail.core.workspace import Change
from loopmail.ui.icons import icon
from loopmail.ui.state import AppState

MODEL, DATASOURCE, PUBLIC, STATE = range(4)
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class BindingsModel(QAbstractTableModel):
    """Columns Model, Data source, Public, State; data source and public can be edited."""

    failed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.rows: list[Binding] = []

    def refresh(self) -> None:
        """Read the bindings anew; the selection stays where the models stay the same."""
        rows: list[Binding] = []
        if self.state.workspace is not None:
            now = (self.state.snapshot(), self.state.env, self.state.datasources())
            rows = list_bindings(*now)
        if [row.model for row in rows] == [row.model for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, STATE))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Count the bindings."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Four columns."""
        return 0 if parent.isValid() else 4

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation != Qt.Orientation.Horizontal or role != _Role.DisplayRole:
            return None
        return (self.tr("Model"), self.tr("Data source"), self.tr("Public"), self.tr("State"))[
            section
        ]

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Data source is chosen from a list; public is checked."""
        flags = super().flags(index)
        if index.column() == DATASOURCE:
            return flags | Qt.ItemFlag.ItemIsEditable
        if index.column() == PUBLIC:
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        """Return what a cell shows; states are words, not only colours."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == _Role.DisplayRole:
            return self._text(row, column)
        if role == _Role.EditRole and column == DATASOURCE:
            return row.datasource or ""
        if role == _Role.CheckStateRole and column == PUBLIC:
            return Qt.CheckState.Checked if row.public is not False else Qt.CheckState.Unchecked
        if role == _Role.DecorationRole and column == STATE:
            return icon("ok", "ok") if row.ok else icon("warning", "warn")
        if role == _Role.ToolTipRole:
            return self.tr("from %1").replace("%1", row.file)
        return None

    def _text(self, row: Binding, column: int) -> str:
        if column == MODEL:
            return row.model
        if column == DATASOURCE:
            return row.datasource or self.tr("none")
        if column == PUBLIC:
            if row.public is None:
                return self.tr("not written (yes)")
            return self.tr("yes") if row.public else self.tr("no")
        return row.state

    def setData(self, index: _Index, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: N802
        """Write a data source or `public` as one undo step."""
        workspace = self.state.workspace
        if workspace is None or not index.isValid():
            return False
        row = self.rows[index.row()]
        if index.column() == DATASOURCE and role == _Role.EditRole:
            chosen = str(value) or None
            if chosen == row.datasource:
                return True
            text = self.tr("Bind %1").replace("%1", row.model)
            return self._push(text, lambda: bind(workspace, row.model, chosen, row.file))
        if index.column() == PUBLIC and role == _Role.CheckStateRole:
            public = Qt.CheckState(value) == Qt.CheckState.Checked
            text = self.tr("Change Public of %1").replace("%1", row.model)
            return self._push(text, lambda: set_public(workspace, row.model, public, row.file))
        return False

    def _push(self, text: str, make: Callable[[], list[Change]]) -> bool:
        try:
            self.state.push(text, make())
        except LoopmailError as error:
            self.failed.emit(str(error))
            return False
        self.failed.emit("")
        return True
