"""The keys no field stands for: a tree of them, editable, never lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.ui.form.card import shown_paths
from loopmail.ui.form.key_tree import KEY, VALUE, KeyDelegate, KeyTree, Node
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import plain_label

_MOST_ROWS = 14  # that the tree shows without scrolling
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


class UnknownKeys(QWidget):
    """The tree with its buttons, for a transport or a whole data source.

    Keys: F2 edits, Delete removes, Insert leads to the name of a new key.
    """

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.model = KeyTree(self._write, self._rename, self)
        self.model.refused.connect(self._say)
        self._make_tree()
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.new_key = QLineEdit()
        self.new_key.setAccessibleName(self.tr("New key"))
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
        layout.addWidget(self.tree)
        layout.addWidget(self.sentence)
        buttons = QHBoxLayout()
        buttons.addWidget(self.new_key, 1)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        layout.addLayout(buttons)
        self._show_place()

    def _make_tree(self) -> None:
        tree = self.tree = QTreeView(self)
        tree.setAccessibleName(self.tr("Other keys"))
        tree.setModel(self.model)
        tree.setItemDelegate(KeyDelegate(tree))
        tree.setUniformRowHeights(True)
        tree.setTabKeyNavigation(False)
        trigger = QAbstractItemView.EditTrigger
        tree.setEditTriggers(trigger.EditKeyPressed | trigger.DoubleClicked)
        header = tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        tree.selectionModel().currentChanged.connect(self._show_place)
        for signal in (tree.expanded, tree.collapsed):
            signal.connect(self._fit)
        here = Qt.ShortcutContext.WidgetShortcut
        for key, slot in (("Del", self._remove), ("Ins", self._begin_adding)):
            shortcut = QShortcut(QKeySequence(key), tree, context=here)
            shortcut.activated.connect(slot)

    def reset(self) -> None:
        """Forget the key that was being typed and its sentence."""
        self._say("")
        self.new_key.clear()

    def refresh(self) -> None:
        """List the keys, what was open and chosen as before; the tree is gone without any."""
        model, tree = self.model, self.tree
        rows = [Node(one.pointer, one.key, one.value) for one in listed_keys(self.values)]
        opened, current = self._opened(), self._current()
        if model.show(rows):
            for pointer in opened:
                tree.setExpanded(model.index_of(pointer), True)
            if current is not None:
                self._choose(current.pointer)
        tree.setVisible(bool(rows))
        self._fit()
        self._show_place()

    def _opened(self) -> list[str]:
        found, waiting = [], list(self.model.roots)
        while waiting:
            node = waiting.pop()
            if self.tree.isExpanded(self.model.createIndex(node.row, KEY, node)):
                found.append(node.pointer)
                waiting += node.children
        return found

    def _fit(self, *_: object) -> None:
        """Make the tree as high as its rows, up to a limit."""
        rows, index = 0, self.model.index(0, KEY)
        while index.isValid() and rows < _MOST_ROWS:
            rows, index = rows + 1, self.tree.indexBelow(index)
        height = self.tree.header().sizeHint().height() + 6
        self.tree.setFixedHeight(height + rows * max(0, self.tree.sizeHintForRow(0)))

    def _say(self, text: str) -> None:
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def _current(self) -> Node | None:
        return self.model.node(self.tree.currentIndex())

    def _choose(self, pointer: str) -> None:
        index = self.model.index_of(pointer)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)

    def _place(self) -> Node | None:
        """Return what a new key goes into: the object or list chosen, else what that stands in."""
        node = self._current()
        return node if node is None or isinstance(node.value, dict | list) else node.parent

    def _show_place(self, *_: object) -> None:
        place = self._place()
        text = self.tr("New key")
        if place is not None and isinstance(place.value, dict):
            text = self.tr("New key in {0}").format(place.key)
        elif place is not None:
            text = self.tr("New item in {0}").format(place.key)
        in_list = place is not None and isinstance(place.value, list)
        self.new_key.setPlaceholderText(text)
        self.new_key.setReadOnly(in_list)
        self.add_button.setText(self.tr("Add Item") if in_list else self.tr("Add Key"))
        self.remove_button.setEnabled(self._current() is not None)

    # --- changing ----------------------------------------------------------------------------

    def _change(self, text: str, edit: Callable[[ChangeBuilder], object]) -> bool:
        """Do an edit of the layer as one undo step; say why if that is not possible."""

        def build(workspace: Workspace) -> Sequence[Change]:
            builder = ChangeBuilder(workspace)
            edit(builder)
            return builder.changes

        done = self.values.state.change(text, build, self._say)
        if done:
            self._say("")
        return done

    def _write(self, pointer: str, value: Json, key: str) -> bool:
        file = self.values.state.layer
        text = self.tr("Change %1").replace("%1", key)
        return self._change(text, lambda builder: builder.set(file, pointer, value))

    def _rename(self, pointer: str, new: str, key: str) -> bool:
        file = self.values.state.layer
        text = self.tr("Rename %1").replace("%1", key)
        return self._change(text, lambda builder: builder.rename(file, pointer, new))

    def _begin_adding(self) -> None:
        if self.new_key.isReadOnly():
            self._add()
        else:
            self.new_key.setFocus()

    def _add(self) -> None:
        key, place, state = self.new_key.text().strip(), self._place(), self.values.state
        if place is not None and isinstance(place.value, list):
            key = str(len(place.value))
        if not key:
            self.new_key.setFocus()
            return
        path = format_pointer([key])
        inside = place.value if place is not None else self.values.transport.own("")
        if isinstance(inside, dict) and key in inside:
            self._say(self.tr("That key is there already."))
            return
        text = self.tr("Add %1").replace("%1", key)
        if place is None:
            pointer = self.values.transport.pointer(path)
            done = state.change(text, lambda _: self.values.changes({path: ""}), self._say)
        else:
            pointer, file = place.pointer + path, state.layer
            done = self._change(text, lambda builder: builder.set(file, pointer, ""))
        if done:
            self.new_key.clear()
            self.refresh()
            self._choose(pointer)
            if (index := self.tree.currentIndex()).isValid() and self.isVisible():
                self.tree.setFocus()
                self.tree.edit(index.sibling(index.row(), VALUE))

    def _remove(self) -> None:
        node, file = self._current(), self.values.state.layer
        if node is None:
            return
        next_one = self.tree.indexBelow(self.tree.currentIndex())
        after = self.model.node(next_one) if next_one.isValid() else node.parent
        text = self.tr("Remove %1").replace("%1", node.key)
        if self._change(text, lambda builder: builder.remove(file, node.pointer)):
            self.refresh()
            if after is not None:
                self._choose(after.pointer)
            if self.tree.isVisible():
                self.tree.setFocus()
            else:
                self.new_key.setFocus()
