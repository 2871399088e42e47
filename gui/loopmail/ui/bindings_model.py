"""The table of model bindings: an item model over `core.bindings`."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QIcon

from loopmail.core.bindings import Binding, bind, list_bindings, set_public
from loopmail.core.workspace import Change, Workspace
from loopmail.ui.icons import icon
from loopmail.ui.state import AppState
from loopmail.ui.text_table import Column, Index, Roles, RowsModel

MODEL, DATASOURCE, PUBLIC, STATE = range(4)
_Role = Qt.ItemDataRole


class BindingsModel(RowsModel[Binding]):
    """Columns Model, Data source, Public, State; data source and public can be edited."""

    failed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        tip: Roles = {_Role.ToolTipRole: lambda row: self.tr("from %1").replace("%1", row.file)}
        chosen: Roles = {_Role.EditRole: lambda row: row.datasource or ""}
        checked: Roles = {_Role.CheckStateRole: _checked}
        image: Roles = {_Role.DecorationRole: _image}
        edited, checkable = Qt.ItemFlag.ItemIsEditable, Qt.ItemFlag.ItemIsUserCheckable
        self.columns = (
            Column(self.tr("Model"), lambda row: row.model, tip),
            Column(self.tr("Data source"), self._datasource, tip | chosen, edited),
            Column(self.tr("Public"), self._public, tip | checked, checkable),
            Column(self.tr("State"), lambda row: row.state, tip | image),
        )

    def refresh(self) -> None:
        """Read the bindings again; the selection stays where the models stay the same."""
        rows: list[Binding] = []
        if self.state.workspace is not None:
            now = (self.state.snapshot(), self.state.env, self.state.datasources())
            rows = list_bindings(*now)
        self.set_rows(rows, key=lambda row: row.model)

    def _datasource(self, row: Binding) -> str:
        return row.datasource or self.tr("none")

    def _public(self, row: Binding) -> str:
        if row.public is None:
            return self.tr("not written (yes)")
        return self.tr("yes") if row.public else self.tr("no")

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: N802
        """Write a data source or `public` as one undo step."""
        if not index.isValid():
            return False
        row = self.rows[index.row()]
        if index.column() == DATASOURCE and role == _Role.EditRole:
            chosen = str(value) or None
            if chosen == row.datasource:
                return True
            text = self.tr("Bind %1").replace("%1", row.model)
            return self._change(
                text, lambda workspace: bind(workspace, row.model, chosen, row.file)
            )
        if index.column() == PUBLIC and role == _Role.CheckStateRole:
            public = Qt.CheckState(value) == Qt.CheckState.Checked
            text = self.tr("Change Public of %1").replace("%1", row.model)
            return self._change(
                text, lambda workspace: set_public(workspace, row.model, public, row.file)
            )
        return False

    def _change(self, text: str, build: Callable[[Workspace], list[Change]]) -> bool:
        done = self.state.change(text, build, self.failed.emit)
        if done:
            self.failed.emit("")
        return done


def _checked(row: Binding) -> Qt.CheckState:
    return Qt.CheckState.Unchecked if row.public is False else Qt.CheckState.Checked


def _image(row: Binding) -> QIcon:
    """The state is in words, too, not only in colours."""
    return icon("ok", "ok") if row.ok else icon("warning", "warn")
