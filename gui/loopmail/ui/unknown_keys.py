"""The keys no field stands for: shown as JSON, editable, never lost."""

import json
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.errors import LoopmailError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import JsonSyntaxError, format_pointer, parse, parse_pointer
from loopmail.core.secret_names import MASK, mask_value
from loopmail.ui.tips import for_role
from loopmail.ui.transport_form_fields import shown_paths
from loopmail.ui.transport_form_values import TransportValues, dig, file_changes
from loopmail.ui.widgets import plain_label

_Index = QModelIndex | QPersistentModelIndex
_DATASOURCE_SHOWN = {"name", "connector", "transports", "transport"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A key in the table: its JSON Pointer in the file, what the table calls it, its value."""

    pointer: str
    key: str
    value: Json


def listed_keys(values: TransportValues) -> list[Listed]:
    """Return the keys of the layer that no field stands for.

    Those of the transport (also inside `auth` and `tls`), then those of the data source.
    """
    known = shown_paths(values.state.versions.nodemailer_major, values.own("/auth"))
    inner = {path.rsplit("/", 1)[0] for path in known if path.count("/") > 1} | {"/auth"}
    found: list[Listed] = []

    def walk(value: Json, path: str) -> None:
        for key, item in value.items() if isinstance(value, dict) else ():
            here = path + format_pointer([key])
            if here in known:
                continue
            if here in inner and isinstance(item, dict):
                walk(item, here)
                continue
            name = ".".join(parse_pointer(here))
            found.append(Listed(values.pointer(here), name, item))

    walk(values.own(""), "")
    settings = values.layer_settings()
    if isinstance(settings, dict) and isinstance(values.own(""), dict):
        found += datasource_keys(values, settings)
    return found


def datasource_keys(values: TransportValues, settings: Json) -> list[Listed]:
    """Return the data source's own further keys."""
    return [
        Listed(format_pointer([values.datasource, key]), f"(data source) {key}", item)
        for key, item in settings.items()
        if key not in _DATASOURCE_SHOWN
    ]


class KeysModel(QAbstractTableModel):
    """Columns Key and Value; a value is edited as JSON."""

    refused = Signal(str)

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.rows: list[Listed] = []

    def set_rows(self, rows: list[Listed]) -> None:
        """Show these keys; the view keeps its editor when only values changed."""
        if [r.pointer for r in rows] == [r.pointer for r in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Count the keys."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Key and value."""
        return 0 if parent.isValid() else 2

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Key"), self.tr("Value (JSON)"))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the key or the JSON of the value."""
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.EditRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        row = self.rows[index.row()]
        if index.column() == 0:
            return for_role(row.key, role)
        shown = row.value
        if role != Qt.ItemDataRole.EditRole:
            shown = mask_value(parse_pointer(row.pointer), row.value, in_file=True)
            if shown == MASK:
                return "••••••••"
        return for_role(json.dumps(shown, ensure_ascii=False), role)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Values can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == 1 else flags

    def setData(  # noqa: N802
        self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Write a value typed as JSON; what is no JSON is refused with a sentence."""
        if role != Qt.ItemDataRole.EditRole or index.column() != 1:
            return False
        row = self.rows[index.row()]
        try:
            new = parse(str(value).strip()).value()
        except JsonSyntaxError as error:
            self.refused.emit(
                self.tr(
                    "That is not JSON (%1), so it was not written. A text needs quotes."
                ).replace("%1", error.reason)
            )
            return False
        if type(new) is not type(row.value) or new != row.value:
            self.write(row.pointer, new, self.tr("Change %1").replace("%1", row.key))
        return True

    def write(self, pointer: str, value: Json, text: str) -> None:
        """Write or (UNDEFINED) remove a key as one undo step."""
        state = self.values.state
        try:
            state.push(text, file_changes(state, state.layer, [(pointer, value)]))
        except LoopmailError as error:
            self.refused.emit(str(error))
            return
        self.refused.emit("")


def every_key(values: TransportValues) -> list[Listed]:
    """Return all keys of a data source of another connector: no field stands for any."""
    settings = values.layer_settings()
    if not isinstance(settings, dict):
        return []
    base = format_pointer([values.datasource])
    return [Listed(base + format_pointer([key]), key, item) for key, item in settings.items()]


class UnknownKeys(QWidget):
    """The table with its buttons, for a transport, or for a whole data source (`whole`)."""

    def __init__(
        self, values: TransportValues, parent: QWidget | None = None, *, whole: bool = False
    ) -> None:
        super().__init__(parent)
        self.values = values
        self._whole = whole
        self.model = KeysModel(values, self)
        self.model.refused.connect(self._say)
        self.table = self._make_table()
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.new_key = QLineEdit()
        self.new_key.setAccessibleName(self.tr("New key"))
        self.new_key.setPlaceholderText(self.tr("New key"))
        self.new_key.returnPressed.connect(self._add)
        self.add_button = QPushButton(self.tr("Add Key"))
        self.add_button.clicked.connect(self._add)
        self.remove_button = QPushButton(self.tr("Remove Key"))
        self.remove_button.clicked.connect(self._remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self.heading = plain_label(self.tr("Other keys of the file, kept as they are"), "muted")
        layout.addWidget(self.heading)
        self.heading.setVisible(not whole)
        layout.addWidget(self.table)
        layout.addWidget(self.sentence)
        buttons = QHBoxLayout()
        buttons.addWidget(self.new_key, 1)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        layout.addLayout(buttons)

    def _make_table(self) -> QTableView:
        table = QTableView(self)
        table.setAccessibleName(self.tr("Other keys"))
        table.setModel(self.model)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setWordWrap(False)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        return table

    def reset(self) -> None:
        """Another transport is shown."""
        self._say("")
        self.new_key.clear()

    def refresh(self) -> None:
        """Show what the file says now."""
        rows = every_key(self.values) if self._whole else listed_keys(self.values)
        self.model.set_rows(rows)
        self.remove_button.setEnabled(bool(rows))
        height = self.table.horizontalHeader().sizeHint().height() + 6
        height += sum(self.table.rowHeight(at) for at in range(min(len(rows), 12)))
        self.table.setFixedHeight(height)
        self.table.setVisible(bool(rows))

    def _say(self, text: str) -> None:
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def _add(self) -> None:
        key = self.new_key.text().strip()
        if not key:
            self.new_key.setFocus()
            return
        path = format_pointer([key])
        there = dig(self.values.layer_settings() if self._whole else self.values.own(""), path)
        if there is not UNDEFINED:
            self._say(self.tr("That key is there already."))
            return
        state, place = self.values.state, format_pointer([self.values.datasource])
        try:
            if self._whole:
                changes = file_changes(state, state.layer, [(place + path, "")])
            else:
                changes = self.values.changes({path: ""})
            state.push(self.tr("Add %1").replace("%1", key), changes)
        except LoopmailError as error:
            self._say(str(error))
            return
        self.new_key.clear()

    def _remove(self) -> None:
        at = self.table.currentIndex().row()
        if 0 <= at < len(self.model.rows):
            row = self.model.rows[at]
            self.model.write(row.pointer, UNDEFINED, self.tr("Remove %1").replace("%1", row.key))
