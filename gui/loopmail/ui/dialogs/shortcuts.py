"""Help › Keyboard Shortcuts: the keys of all actions, by menu; what is typed leaves out the rest."""

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import QT_TRANSLATE_NOOP, buddy_label, column, em, set_role

_ROOM = 8  # what a row is higher than its text
_NATIVE = QKeySequence.SequenceFormat.NativeText
# Keys that no menu shows, by the part of the window where they count.
_ELSEWHERE: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        QT_TRANSLATE_NOOP("ShortcutsDialog", "In the tree"),
        (
            (QT_TRANSLATE_NOOP("ShortcutsDialog", "Add a data source"), "Ins"),
            (QT_TRANSLATE_NOOP("ShortcutsDialog", "Remove the data source"), "Del"),
        ),
    ),
    (
        QT_TRANSLATE_NOOP("ShortcutsDialog", "Everywhere"),
        (
            (QT_TRANSLATE_NOOP("ShortcutsDialog", "Go to the next field"), "Tab"),
            (QT_TRANSLATE_NOOP("ShortcutsDialog", "Go to the field before"), "Shift+Tab"),
            (QT_TRANSLATE_NOOP("ShortcutsDialog", "Close the part with the focus"), "Esc"),
        ),
    ),
)


class ShortcutsDialog(QDialog):
    """Lists the actions of a menu bar that have keys."""

    def __init__(self, menus: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        set_role(self, "page")
        self.search = QLineEdit()
        self.search.setObjectName("shortcutsSearch")
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(self.tr("A word or a key"))
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setObjectName("shortcutsList")
        self.list.setAccessibleName(self.tr("Keyboard Shortcuts"))
        self.list.setHeaderLabels([self.tr("What"), self.tr("Keys")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        self._groups: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._fill(menus)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        label = buddy_label(self.tr("&Search"), self.search)
        column(label, self.search, (self.list, 1), buttons, spacing=8, margins=None, inside=self)
        self.search.setFocus()
        self.resize(em(64), em(72))

    def _fill(self, menus: QMenuBar) -> None:
        for entry in menus.actions():
            menu = entry.menu()
            if isinstance(menu, QMenu):
                keys = [(_plain(one), one.shortcut().toString(_NATIVE)) for one in _actions(menu)]
                self._add(_plain(entry), keys)
        for title, known in _ELSEWHERE:
            shown = [(self.tr(what), QKeySequence(key).toString(_NATIVE)) for what, key in known]
            self._add(self.tr(title), shown)
        self.list.expandAll()

    def _add(self, title: str, keys: list[tuple[str, str]]) -> None:
        if not keys:
            return
        group = QTreeWidgetItem(self.list, [title, ""])
        group.setFirstColumnSpanned(True)
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        items = [QTreeWidgetItem(group, [what, key]) for what, key in keys]
        height = self.list.fontMetrics().height() + _ROOM
        for item in (group, *items):
            item.setSizeHint(0, QSize(0, height))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self._groups.append((group, items))

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for group, items in self._groups:
            shown = 0
            for item in items:
                whole = f"{group.text(0)} {item.text(0)} {item.text(1)}".casefold()
                fits = all(word in whole for word in words)
                item.setHidden(not fits)
                shown += fits
            group.setHidden(not shown)


def _actions(menu: QMenu) -> Iterator[QAction]:
    """Yield the actions of a menu and of those in it that have keys."""
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _actions(inner)
        elif not action.shortcut().isEmpty():
            yield action


def _plain(action: QAction) -> str:
    return action.text().replace("&", "")
