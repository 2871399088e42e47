"""The tab Environments: every setting of a data source, a column and a colour for each of them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFont
from PySide6.QtWidgets import QCheckBox, QFrame, QMenu, QPushButton, QTableView

from loopmail.core.loopback.forecast import MISSING
from loopmail.ui.widgets.building_blocks import environment_tone
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import Index, TextTable, TextTableModel
from loopmail.ui.widgets.theme import colours

_Role = Qt.ItemDataRole
_DOTS = {"production": "production", "staging": "staging"}


class EnvironmentsModel(TextTableModel):
    """Settings over environments; a value that is another than in the first one is bold."""

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """Return an environment's name and the dot of its colour (Qt's virtual method)."""
        if (
            role == _Role.DecorationRole
            and orientation == Qt.Orientation.Horizontal
            and 0 < section < self.columnCount()
        ):
            tone = environment_tone(self.columns[section].title)
            return icon("dot", _DOTS.get(tone, "muted"))
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """Return a cell's text, weight, colour or ground (Qt's virtual method)."""
        if not index.isValid() or index.column() == 0:
            return super().data(index, role)
        row, at = self.rows[index.row()], index.column()
        value = row[at] if at < len(row) else ""
        if role == _Role.FontRole and at > 1 and value != row[1]:
            font = QFont()
            font.setBold(True)
            return font
        if role == _Role.ForegroundRole and (value == MISSING or (at > 1 and value == row[1])):
            return QColor(colours().muted)
        if role == _Role.BackgroundRole:
            tone = environment_tone(self.columns[at].title)
            soft = getattr(colours(), f"{tone}_soft", None) if tone in _DOTS else None
            return QColor(soft) if soft else None
        return super().data(index, role)


class EnvironmentsTable(TextTable):
    """The table, the switch that leaves out what is the same everywhere, and copying a value."""

    copy_wanted = Signal(str, str, str)  # JSON Pointer in the data source, environment, another

    def __init__(self) -> None:
        super().__init__(self.tr("Environments"), (self.tr("Setting"),))
        self.rows = EnvironmentsModel((self.tr("Setting"),), self)
        self.setModel(self.rows)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.differing = QCheckBox(self.tr("Only differences"))
        self.differing.setObjectName("onlyDifferences")
        self.differing.setChecked(True)
        self.differing.toggled.connect(self._show)
        self.targets = QMenu(self)
        self.targets.aboutToShow.connect(self._list_targets)
        self.copy = QPushButton(self.tr("Copy This Value To"))
        self.copy.setObjectName("copyValue")
        self.copy.setMenu(self.targets)
        self.copy.setEnabled(False)
        self._all: list[tuple[str, ...]] = []
        self._pointers: dict[tuple[str, ...], str] = {}
        self._names: tuple[str, ...] = ()
        self.selectionModel().currentChanged.connect(self._enable)
        self.rows.modelReset.connect(self._enable)

    def show_environments(
        self,
        rows: Sequence[tuple[str, ...]],
        names: Sequence[str],
        pointers: Sequence[str] = (),
    ) -> None:
        """Show settings, each followed by its values in the environments of these names.

        `pointers` say where the settings are, for copying.
        """
        self._all, self._names = list(rows), tuple(names)
        self._pointers = dict(zip(self._all, pointers, strict=False))
        self._show()

    def _show(self) -> None:
        rows = self._all
        if self.differing.isChecked():
            rows = [one for one in rows if len(set(one[1:])) > 1]
            if self._all and not rows:
                rows = [(self.tr("No setting differs."), *("" for _ in self._names))]
        self.rows.show(rows, [self.tr("Setting"), *self._names])
        self.share_width()

    # -- copying a value -------------------------------------------------------------------------

    def _chosen(self) -> tuple[str, str] | None:
        """Return pointer and environment of the current cell, None if it has no value."""
        index = self.currentIndex()
        if not index.isValid() or not 0 < index.column() <= len(self._names):
            return None
        row = self.rows.rows[index.row()]
        pointer = self._pointers.get(row)
        if pointer is None or row[index.column()] == MISSING:
            return None
        return pointer, self._names[index.column() - 1]

    def _enable(self) -> None:
        self.copy.setEnabled(self._chosen() is not None and len(self._names) > 1)

    def _list_targets(self) -> None:
        self.targets.clear()
        chosen = self._chosen()
        if chosen is not None:
            pointer, env = chosen
            for name in self._names:
                if name != env:
                    self.targets.addAction(name, partial(self.copy_wanted.emit, pointer, env, name))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer to copy the value (Qt's virtual method)."""
        if self.copy.isEnabled():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._list_targets()
            to = menu.addMenu(self.copy.text())
            to.addActions(self.targets.actions())
            menu.popup(event.globalPos())
