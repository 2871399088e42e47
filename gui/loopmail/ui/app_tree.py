"""The tree at the left."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTreeView, QWidget

from loopmail.ui.app_tree_delegate import AppTreeDelegate
from loopmail.ui.app_tree_model import KEY_ROLE, AppTreeModel, Key
from loopmail.ui.state import AppState


class AppTree(QTreeView):
    """Shows what the app has; the current row is the state's selection, both ways."""

    menu_wanted = Signal(QPoint)  # a context menu, at this place of the screen
    add_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("appTree")
        self.setAccessibleName(self.tr("App"))
        self.setProperty("role", "side")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(0)
        self.setUniformRowHeights(False)
        self.setMouseTracking(True)
        self.setMinimumWidth(150)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setItemDelegate(AppTreeDelegate(self))
        self.rows = AppTreeModel(state, self)
        self.setModel(self.rows)
        self.rows.modelReset.connect(self._restore)
        self.rows.looks_changed.connect(self.viewport().update)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self.clicked.connect(self._show)
        self.selectionModel().currentChanged.connect(self._show)
        state.selection_changed.connect(self._follow)
        state.opened.connect(self._follow)
        self._restore()

    def _restore(self) -> None:
        self.expandAll()
        self._follow()

    def _follow(self) -> None:
        index = self.rows.index_of(self._state.selection)
        selection = self.selectionModel()
        if not index.isValid():
            selection.clear()
        elif index != self.currentIndex():
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def _show(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        key: Key | None = index.data(KEY_ROLE)
        if key is not None:
            self._state.select(*key)

    def _ask_for_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            self._show(index)
        self.menu_wanted.emit(self.viewport().mapToGlobal(place))

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Keys never stop at a heading (Qt's virtual method)."""
        index = super().moveCursor(action, modifiers)
        if not index.isValid() or index.parent().isValid():
            return index
        back = action in (
            QAbstractItemView.CursorAction.MoveUp,
            QAbstractItemView.CursorAction.MovePageUp,
            QAbstractItemView.CursorAction.MovePrevious,
        )
        step = self.indexAbove if back else self.indexBelow
        beyond = step(index)
        while beyond.isValid() and not beyond.parent().isValid():
            beyond = step(beyond)
        return beyond if beyond.isValid() else self.currentIndex()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Insert adds and Delete removes (Qt's virtual method)."""
        match event.key():
            case Qt.Key.Key_Insert:
                self.add_wanted.emit()
            case Qt.Key.Key_Delete:
                self.remove_wanted.emit()
            case _:
                super().keyPressEvent(event)
