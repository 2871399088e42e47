"""Keys and values of a JSON file as a tree that can be edited: the model, and how cells are edited.

Every change is one edit of the file's text, so that nothing else of it is touched.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractItemModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from loopmail.core.app.document import value_from_text
from loopmail.core.errors import NotJson
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.core.secret_names import MASK, mask_value
from loopmail.ui.form.binding import NotWritten, parse_number
from loopmail.ui.widgets.building_blocks import QT_TRANSLATE_NOOP, ChoiceBox, counted, for_role

Index = QModelIndex | QPersistentModelIndex
Kind = Literal["text", "number", "boolean", "null", "object", "list"]
_Role = Qt.ItemDataRole

_AIR = 11  # around the text of a row, in device-independent pixels

KEY, KIND, VALUE = range(3)
KINDS: dict[Kind, str] = {
    "text": QT_TRANSLATE_NOOP("KeyTree", "text"),
    "number": QT_TRANSLATE_NOOP("KeyTree", "number"),
    "boolean": QT_TRANSLATE_NOOP("KeyTree", "true or false"),
    "null": QT_TRANSLATE_NOOP("KeyTree", "null"),
    "object": QT_TRANSLATE_NOOP("KeyTree", "object"),
    "list": QT_TRANSLATE_NOOP("KeyTree", "list"),
}


def kind_of(value: Json) -> Kind:
    """Return what sort of JSON value this is."""
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, Kind] = {str: "text", dict: "object", list: "list", type(None): "null"}
    return names.get(type(value), "number")


def converted(value: Json, kind: Kind) -> Json:
    """Return the value as another kind, as much of it as fits."""
    if kind == "text":
        return "" if isinstance(value, dict | list | None) else _plain(value)
    if kind == "number":
        try:
            number = parse_number(_plain(value))
        except NotWritten:
            return 0
        return number if isinstance(number, int | float) else 0
    if kind == "list":
        return list(value.values()) if isinstance(value, dict) else [value]
    if kind == "object":
        return {str(at): one for at, one in enumerate(value)} if isinstance(value, list) else {}
    return truthy(value) and value != "false" if kind == "boolean" else None


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass(slots=True, eq=False)
class Node:
    """One key or item: its JSON Pointer in the file, what the tree calls it, its value."""

    pointer: str
    key: str
    value: Json
    parent: "Node | None" = None
    row: int = 0
    _children: "list[Node] | None" = None

    @property
    def children(self) -> "list[Node]":
        """The nodes below, made when first asked for: a file may hold very many."""
        if self._children is None:
            items: Iterable[tuple[str, Json]] = ()
            if isinstance(self.value, dict):
                items = self.value.items()
            elif isinstance(self.value, list):
                items = ((str(at), one) for at, one in enumerate(self.value))
            self._children = [
                Node(self.pointer + format_pointer([key]), key, value, self, row)
                for row, (key, value) in enumerate(items)
            ]
        return self._children

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.value) if isinstance(self.value, dict | list) else 0

    @property
    def renamable(self) -> bool:
        """Whether it is a member and no item of a list."""
        return self.parent is None or isinstance(self.parent.value, dict)

    @property
    def as_json(self) -> bool:
        """Whether it is edited as JSON: what has parts, and texts that no line can show."""
        text = isinstance(self.value, str) and not self.value.isprintable()
        return isinstance(self.value, dict | list) or text


class KeyTree(QAbstractItemModel):
    """Columns Key, Kind and Value; a secret is hidden until it is edited.

    `write(pointer, value, key)` and `rename(pointer, new, key)` change the file.
    """

    refused = Signal(str)  # why something was not written

    def __init__(
        self,
        write: Callable[[str, Json, str], object],
        rename: Callable[[str, str, str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._write, self._rename = write, rename
        self.roots: list[Node] = []
        self._former: list[Node] = []

    def show(self, roots: Sequence[Node]) -> bool:
        """Show these keys; tell whether they may be others than before."""
        pairs = zip(roots, self.roots, strict=False)
        same = all(a.pointer == b.pointer and a.value is b.value for a, b in pairs)
        if same and len(roots) == len(self.roots):
            return False
        self.beginResetModel()
        self._former = self.roots  # which indexes of before may still lead to
        self.roots = list(roots)
        for row, root in enumerate(self.roots):
            root.row = row
        self.endResetModel()
        return True

    def node(self, index: Index) -> Node | None:
        """Return what stands at an index."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Node) else None

    def index_of(self, pointer: str) -> QModelIndex:
        """Return where a key stands; invalid if it is not there."""
        nodes = self.roots
        while nodes:
            around = (one for one in nodes if f"{pointer}/".startswith(f"{one.pointer}/"))
            node = next(around, None)
            if node is None:
                break
            if node.pointer == pointer:
                return self.createIndex(node.row, KEY, node)
            nodes = node.children
        return QModelIndex()

    # --- Qt's virtual methods ----------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """Return the index of a cell."""
        above = self.node(parent)
        nodes = self.roots if above is None else above.children
        if 0 <= row < len(nodes) and 0 <= column <= VALUE:
            return self.createIndex(row, column, nodes[row])
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        """Return the index of what a cell stands in."""
        node = self.node(index)
        if node is None or node.parent is None:
            return QModelIndex()
        return self.createIndex(node.parent.row, KEY, node.parent)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return how many keys stand below."""
        if parent.column() > 0:
            return 0
        node = self.node(parent)
        return len(self.roots) if node is None else node.count

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Return three."""
        return VALUE + 1

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or role != _Role.DisplayRole:
            return None
        return (self.tr("Key"), self.tr("Kind"), self.tr("Value"))[section]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Say what can be edited: all but the numbers of items, and null."""
        node, flags = self.node(index), super().flags(index)
        if node is None:
            return flags
        fixed = {KEY: not node.renamable, KIND: False, VALUE: node.value is None}
        return flags if fixed[index.column()] else flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        """Return a cell's text; the one to edit is not masked."""
        node = self.node(index)
        if node is None or role not in (_Role.DisplayRole, _Role.EditRole, _Role.ToolTipRole):
            return None
        if index.column() == KEY:
            editing = role == _Role.EditRole
            return parse_pointer(node.pointer)[-1] if editing else for_role(node.key, role)
        if index.column() == KIND:
            kind = kind_of(node.value)
            return kind if role == _Role.EditRole else kind_name(kind)
        if role == _Role.EditRole:
            return (
                json.dumps(node.value, ensure_ascii=False) if node.as_json else _plain(node.value)
            )
        return for_role(self._shown_value(node), role)

    def _shown_value(self, node: Node) -> str:
        if isinstance(node.value, dict):
            return counted(len(node.value), self.tr("1 key"), self.tr("{0} keys"))
        if isinstance(node.value, list):
            return counted(len(node.value), self.tr("1 item"), self.tr("{0} items"))
        shown = mask_value(parse_pointer(node.pointer), node.value, in_file=True)
        return "••••••••" if shown == MASK else " ".join(_plain(shown).split("\n"))

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:  # noqa: N802
        """Write what was typed or chosen; what does not fit is refused with a sentence."""
        node = self.node(index)
        if node is None or role != _Role.EditRole:
            return False
        if index.column() == KEY:
            if not value or value == parse_pointer(node.pointer)[-1]:
                return False
            return bool(self._rename(node.pointer, str(value), node.key))
        try:
            new = self._read(node, index.column(), value)
        except NotJson as error:
            text = self.tr("That is not JSON (%1), so it was not written.")
            self.refused.emit(text.replace("%1", error.reason))
            return False
        except NotWritten as error:
            self.refused.emit(str(error))
            return False
        if type(new) is not type(node.value) or new != node.value:
            self._write(node.pointer, new, node.key)
        return True

    def _read(self, node: Node, column: int, value: Any) -> Json:
        kind = kind_of(node.value)
        if column == KIND:
            return node.value if value == kind else converted(node.value, value)
        if node.as_json:
            return value_from_text(str(value).strip())
        if kind == "boolean":
            return value in (True, "true")
        if kind != "number":
            return str(value)
        number = parse_number(str(value))
        if number is UNDEFINED or isinstance(number, str):
            raise NotWritten(self.tr("Choose the kind “text” for what is no number."))
        return number


def kind_name(kind: Kind) -> str:
    """Return a kind of value in the user's language."""
    return QCoreApplication.translate("KeyTree", KINDS[kind])


class KeyDelegate(QStyledItemDelegate):
    """Edits kinds and truth in a box, all else in a line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return the room for a line with air around it (Qt's virtual method)."""
        size = super().sizeHint(option, index)
        size.setHeight(option.fontMetrics.height() + _AIR)
        return size

    def updateEditorGeometry(  # noqa: N802
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Let an editor be as high as it needs, over the middle of its cell (Qt's virtual method)."""
        super().updateEditorGeometry(editor, option, index)
        place, height = editor.geometry(), editor.sizeHint().height()
        place.adjust(0, -max(0, height - place.height()) // 2, 0, 0)
        place.setHeight(max(height, place.height()))
        editor.setGeometry(place)

    def createEditor(  # noqa: N802
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """Make the editor of a cell (Qt's virtual method)."""
        kinds = index.sibling(index.row(), KIND).data(_Role.EditRole)
        if index.column() == KIND or (index.column() == VALUE and kinds == "boolean"):
            box = ChoiceBox(parent)
            if index.column() == KIND:
                for kind in KINDS:
                    box.addItem(kind_name(kind), kind)
            else:
                for word in ("true", "false"):  # as JSON has them
                    box.addItem(word, word)
            made: QWidget = box
        else:
            made = super().createEditor(parent, option, index)
        made.setAccessibleName(index.model().headerData(index.column(), Qt.Orientation.Horizontal))
        return made

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        """Show the cell's value in its editor (Qt's virtual method)."""
        if isinstance(editor, ChoiceBox):
            editor.setCurrentIndex(editor.findData(index.data(_Role.EditRole)))
        else:
            super().setEditorData(editor, index)

    def setModelData(  # noqa: N802
        self, editor: QWidget, model: QAbstractItemModel, index: Index
    ) -> None:
        """Give the editor's value to the model (Qt's virtual method)."""
        if isinstance(editor, ChoiceBox):
            model.setData(index, editor.currentData(), _Role.EditRole)
        else:
            super().setModelData(editor, model, index)
