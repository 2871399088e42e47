"""The panel of conflicts: each value as it was, as it is here and on disk; the user chooses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.secret_names import mask_value
from loopmail.ui.widgets.building_blocks import ChoiceBox, plain_label

if TYPE_CHECKING:
    from loopmail.core.app.merge import Conflict, Side


_TAKE = 5  # the column of the choice


class ConflictPanel(QDialog):
    """Lists conflicts by file and JSON Pointer, secrets masked; not modal.

    `decided` gives, for each file, the side for each pointer.
    """

    decided = Signal(object)

    def __init__(self, conflicts: Mapping[str, Sequence[Conflict]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("conflicts")
        self.setWindowTitle(self.tr("Changed here and on disk"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._rows = [(file, one) for file, found in conflicts.items() for one in found]
        self._choices: list[QComboBox] = []
        layout = QVBoxLayout(self)
        told = self.tr("These values were changed here and by another program. Which shall stay?")
        layout.addWidget(plain_label(told, wrap=True))
        self.table = self._make_table()
        layout.addWidget(self.table)
        layout.addWidget(self._make_buttons())
        self.resize(860, 360)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(len(self._rows), _TAKE + 1)
        table.setAccessibleName(self.tr("Conflicts"))
        names = ("File", "Where", "Before", "Here", "On disk", "Keep")
        table.setHorizontalHeaderLabels([self.tr(name) for name in names])
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)  # Tab goes on to the choices and buttons
        for row, (file, one) in enumerate(self._rows):
            values = (one.base, one.ours, one.theirs)
            texts = [file, one.pointer or "/", *(shown_value(one.pointer, v) for v in values)]
            for column, text in enumerate(texts):
                table.setItem(row, column, QTableWidgetItem(text))
            box = ChoiceBox()
            box.addItems([self.tr("Choose…"), self.tr("Mine"), self.tr("Theirs")])
            box.setAccessibleName(self.tr("Keep of {0} {1}").format(file, one.pointer))
            box.currentIndexChanged.connect(self._look)
            self._choices.append(box)
            table.setCellWidget(row, _TAKE, box)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        for text, index in ((self.tr("All &Mine"), 1), (self.tr("All &Theirs"), 2)):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self.choose_all, index))
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        self.merge = QPushButton(self.tr("M&erge"))
        self.merge.setDefault(True)
        self.merge.setEnabled(False)
        buttons.addButton(self.merge, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._decide)
        buttons.rejected.connect(self.close)
        return buttons

    def choose_all(self, index: int) -> None:
        """Take the same side for all: 1 what is here, 2 what is on disk."""
        for box in self._choices:
            box.setCurrentIndex(index)

    def _look(self) -> None:
        self.merge.setEnabled(all(box.currentIndex() > 0 for box in self._choices))

    def _decide(self) -> None:
        chosen: dict[str, dict[str, Side]] = {}
        for (file, one), box in zip(self._rows, self._choices, strict=True):
            side: Side = "ours" if box.currentIndex() == 1 else "theirs"
            chosen.setdefault(file, {})[one.pointer] = side
        self.decided.emit(chosen)
        self.close()


# --- Values as the table shows them ---------------------------------------------------

_MOST = 200  # characters


def shown_value(pointer: str, value: Json) -> str:
    """Return a value as JSON with its secrets masked; `not set` for one that is missing.

    `pointer` is the value's place in its file: it decides what is a secret.
    """
    if value is UNDEFINED:
        return "not set"
    if pointer == "" and isinstance(value, str):
        return f"the whole text ({len(value)} characters)"  # not JSON: it may hold anything
    text = json.dumps(mask_value(parse_pointer(pointer), value, in_file=True), ensure_ascii=False)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
