"""The keys no field stands for: shown as JSON, editable, never lost."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.document import value_from_text
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import NotJson
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.core.secret_names import MASK, mask_value
from loopmail.ui.form.card import shown_paths
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import plain_label
from loopmail.ui.widgets.table import FIT, STRETCH, Column, Index, RowsModel, plain_table

_DATASOURCE_SHOWN = {"name", "connector", "transports", "transport"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A key in the table: its JSON Pointer in the file, what the table calls it, its value."""

    pointer: str
    key: str
    value: Json


def listed_keys(values: TransportValues) -> list[Listed]:
    """Return the keys of the layer that no field stands for.

    Those of the transport (also inside `auth` and `tls`), then those of the data source. Of a
    data source of another connector these are all its keys.
    """
    transport = values.transport
    base, own, settings = transport.pointer(""), transport.own(""), transport.settings
    if values.index is None:
        items = own.items() if isinstance(own, dict) else ()
        return [Listed(base + format_pointer([key]), key, item) for key, item in items]
    known = shown_paths(values.state.versions.nodemailer_major, transport.own("/auth"))
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
            found.append(Listed(base + here, name, item))

    walk(own, "")
    if isinstance(settings, dict) and isinstance(own, dict):
        found += [
            Listed(format_pointer([values.datasource, key]), f"(data source) {key}", item)
            for key, item in settings.items()
            if key not in _DATASOURCE_SHOWN
        ]
    return found


class KeysModel(RowsModel[Listed]):
    """Columns Key and Value; a value is edited as JSON, a secret is hidden until then."""

    refused = Signal(str)

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = values
        edit = Qt.ItemDataRole.EditRole
        self.columns = (
            Column(self.tr("Key"), lambda row: row.key, {edit: lambda row: row.key}),
            Column(
                self.tr("Value (JSON)"),
                _shown,
                {edit: lambda row: json.dumps(row.value, ensure_ascii=False)},
                Qt.ItemFlag.ItemIsEditable,
            ),
        )

    def setData(  # noqa: N802
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Write a value typed as JSON; what is no JSON is refused with a sentence."""
        if role != Qt.ItemDataRole.EditRole or index.column() != 1:
            return False
        row = self.rows[index.row()]
        try:
            new = value_from_text(str(value).strip())
        except NotJson as error:
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

        def build(workspace: Workspace) -> Sequence[Change]:
            builder = ChangeBuilder(workspace)
            if value is UNDEFINED:
                builder.remove(state.layer, pointer)
            else:
                builder.set(state.layer, pointer, value)
            return builder.changes

        if state.change(text, build, self.refused.emit):
            self.refused.emit("")


def _shown(row: Listed) -> str:
    shown = mask_value(parse_pointer(row.pointer), row.value, in_file=True)
    return "••••••••" if shown == MASK else json.dumps(shown, ensure_ascii=False)


class UnknownKeys(QWidget):
    """The table with its buttons, for a transport or a whole data source."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.model = KeysModel(values, self)
        self.model.refused.connect(self._say)
        name, widths = self.tr("Other keys"), (FIT, STRETCH)
        self.table = plain_table(QTableView(self), self.model, name, widths, single=True)
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
        if values.index is not None:
            told = self.tr("Other keys of the file, kept as they are")
            layout.addWidget(plain_label(told, "muted"))
        layout.addWidget(self.table)
        layout.addWidget(self.sentence)
        buttons = QHBoxLayout()
        buttons.addWidget(self.new_key, 1)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        layout.addLayout(buttons)

    def reset(self) -> None:
        """Forget the key that was being typed and its sentence."""
        self._say("")
        self.new_key.clear()

    def refresh(self) -> None:
        """List the keys; the table is as high as its rows, up to twelve, and gone without any."""
        rows = listed_keys(self.values)
        self.model.set_rows(rows, key=lambda row: row.pointer)
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
        if self.values.transport.own(path) is not UNDEFINED:
            self._say(self.tr("That key is there already."))
            return
        text = self.tr("Add %1").replace("%1", key)
        if self.values.state.change(text, lambda _: self.values.changes({path: ""}), self._say):
            self.new_key.clear()

    def _remove(self) -> None:
        at = self.table.currentIndex().row()
        if 0 <= at < len(self.model.rows):
            row = self.model.rows[at]
            self.model.write(row.pointer, UNDEFINED, self.tr("Remove %1").replace("%1", row.key))
