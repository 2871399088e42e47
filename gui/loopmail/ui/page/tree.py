"""The tree at the left, and how its rows are painted."""

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QWidget,
)

from loopmail.ui.page.tree_model import (
    COUNT_ROLE,
    ENTRY_ROLE,
    ERROR_ROLE,
    AppTreeModel,
    TreeEntry,
)
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import row
from loopmail.ui.widgets.drawn_rows import mirrored, smaller
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import Index
from loopmail.ui.widgets.theme import colours

# --- Painting the rows ----------------------------------------------------------------

_PAD = 8
_ICON = 18
_SMALL = 0.9  # of the font's size, for second lines and headings


class AppTreeDelegate(QStyledItemDelegate):
    """Two lines per row; sections are small headings."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return the row's size (Qt's virtual method)."""
        line = option.fontMetrics.height()
        if index.data(ENTRY_ROLE) is None:
            return QSize(120, line + 2 * _PAD)
        small = QFontMetrics(smaller(option.font, _SMALL)).height()
        return QSize(160, line + small + 2 * _PAD - 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row (Qt's virtual method)."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        entry = index.data(ENTRY_ROLE)
        if entry is None:
            self._paint_section(painter, option, index)
        else:
            self._paint_entry(painter, option, index, entry)
        painter.restore()

    def _paint_section(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        font = smaller(option.font, _SMALL)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours().muted))
        box = option.rect.adjusted(_PAD, 0, -_PAD, -3)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(box, flags, str(index.data()))

    def _paint_entry(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, entry: TreeEntry
    ) -> None:
        row = option.rect.adjusted(2, 1, -2, -1)
        self._paint_ground(painter, option, row)
        image = QRect(row.left() + _PAD, row.top() + (row.height() - _ICON) // 2, _ICON, _ICON)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        colour = "accent" if selected else "muted"
        icon(entry.image, colour).paint(painter, mirrored(option, image))
        right = self._paint_badge(painter, option, index, row)
        left = image.right() + _PAD + 2
        width = right - left - 4
        line = option.fontMetrics.height()
        top = row.top() + _PAD - 2
        box = mirrored(option, QRect(left, top, width, line))
        self._text(painter, box, entry.title, option.font, colours().text)
        small = smaller(option.font, _SMALL)
        below = QRect(left, top + line, width, QFontMetrics(small).height())
        below = mirrored(option, below)
        self._text(painter, below, entry.detail, small, colours().muted)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, row: QRect) -> None:
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours().selected))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours().hover))
        else:
            return
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QColor(colours().accent) if focused else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)

    def _paint_badge(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, row: QRect
    ) -> int:
        """Draw the number of problems and return where the texts must end."""
        count = int(index.data(COUNT_ROLE) or 0)
        if not count:
            return row.right() - _PAD
        font = smaller(option.font, _SMALL)
        font.setBold(True)
        metrics = QFontMetrics(font)
        height = metrics.height() + 2
        width = max(height, metrics.horizontalAdvance(str(count)) + 12)
        centre = QPointF(row.right() - _PAD - width / 2, row.center().y() + 0.5)
        box = QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
        limit = int(box.left()) - 2  # for the texts, which are mirrored as well
        box = QRectF(mirrored(option, box.toAlignedRect()))
        error = index.data(ERROR_ROLE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().error_soft if error else colours().warn_soft))
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setPen(QColor(colours().error if error else colours().warn))
        painter.setFont(font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
        return limit

    def _text(self, painter: QPainter, box: QRect, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, flags, shown)


class AppTree(QTreeView):
    """Shows what the app has; the current row is the state's selection, both ways."""

    menu_wanted = Signal(QPoint)  # a context menu, at this place of the screen
    add_wanted = Signal()
    bind_wanted = Signal()  # of a model to a data source
    remove_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._follows = False  # the selection, which is not to be changed by that
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
        self._add_buttons()
        self._follow()

    def _add_buttons(self) -> None:
        """Put a “+” beside each heading below which something can be added."""
        offers = {
            "datasource": (self.tr("Add Mail Data Source"), self.add_wanted),
            "bindings": (self.tr("Add Binding"), self.bind_wanted),
        }
        for kind, index in self.rows.headings().items():
            text, signal = offers[kind]
            add = QToolButton()
            add.setIcon(icon("add", "muted"))
            add.setAutoRaise(True)
            add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            add.setAccessibleName(text)
            add.setToolTip(text)
            add.setProperty("role", "side")
            add.clicked.connect(signal)
            room = QWidget()
            row(1, add, margins=(0, 0, _PAD, 0), inside=room).setAlignment(
                add, Qt.AlignmentFlag.AlignBottom
            )
            self.setIndexWidget(index, room)

    def _follow(self) -> None:
        kind, name = self._state.selection
        # A data source that is being set up, or gets another provider, has its row.
        of_datasource = kind == "setup" or (kind == "add" and name)
        index = self.rows.index_of(("datasource" if of_datasource else kind, name))
        selection = self.selectionModel()
        self._follows = True
        if not index.isValid():
            selection.clear()
        elif index != self.currentIndex():
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)
        self._follows = False

    def _show(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        entry: TreeEntry | None = index.data(ENTRY_ROLE)
        if entry is not None and not self._follows:
            self._state.select(*entry.key)

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
