"""The dialogue with the server: a table whose lines wrap, a field that filters it, and copies."""

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontDatabase,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
    QShortcut,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from loopmail.smtp.verdict import TranscriptLine
from loopmail.ui.widgets.building_blocks import column, em, plain_label, row, single_shot
from loopmail.ui.widgets.small_parts import copy_text, icon_button
from loopmail.ui.widgets.table import STRETCH, Column, Roles, RowsModel, plain_table
from loopmail.ui.widgets.theme import colours

_Role = Qt.ItemDataRole
_TOP = Qt.AlignmentFlag.AlignTop
_ARROWS = {"client": "→", "server": "←"}
_MARKS = {"client": "C", "server": "S"}
_LINE = 2  # the column of the text
_PAD = 3  # above and below a line, in device-independent pixels
_SIDE = 6  # beside it


def _line_text(line: TranscriptLine) -> str:
    return line.text


class TranscriptModel(RowsModel[TranscriptLine]):
    """Columns ms, direction, text; the direction has words for those who do not see the arrow."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        left: Roles = {_Role.TextAlignmentRole: lambda _: Qt.AlignmentFlag.AlignLeft | _TOP}
        right: Roles = {_Role.TextAlignmentRole: lambda _: Qt.AlignmentFlag.AlignRight | _TOP}
        muted: Roles = {_Role.ForegroundRole: lambda _: QColor(colours().muted)}
        words: Roles = {_Role.AccessibleTextRole: self._who, _Role.ToolTipRole: self._who}
        whole: Roles = {_Role.AccessibleTextRole: _line_text, _Role.FontRole: lambda _: font}
        untold: Roles = {_Role.ToolTipRole: lambda _: None}
        self.columns = (
            Column(self.tr("ms"), lambda line: f"{line.ms:.0f}", right | muted | untold),
            Column(self.tr("From"), lambda line: _ARROWS[line.sender], left | muted | words),
            Column(self.tr("Line"), _line_text, left | whole),
        )

    def _who(self, line: TranscriptLine) -> str:
        return self.tr("server") if line.sender == "server" else self.tr("client")

    def text(self) -> str:
        """Return the transcript as plain text."""
        return as_text(self.rows)


def as_text(lines: list[TranscriptLine]) -> str:
    """Return lines as plain text, with their times and who said them."""
    return "\n".join(f"{line.ms:8.1f}  {_MARKS[line.sender]}: {line.text}" for line in lines)


class _WrappedLine(QStyledItemDelegate):
    """Draws the first row of all cells level, and a line in as many rows as it needs.

    The server's and the client's words are written from left to right always.
    """

    def height(self, text: str, width: float, option: QStyleOptionViewItem) -> int:
        """Return how high a text is in this width."""
        metrics = QFontMetricsF(option.font)
        if metrics.horizontalAdvance(text) <= width:
            return round(metrics.height()) + 2 * _PAD
        return round(_laid_out(text, option, width).boundingRect().height()) + 2 * _PAD

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the ground as the style does, and the text (Qt's virtual method)."""
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style, box = option.widget.style(), option.rect
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        painter.save()
        muted = index.column() != _LINE or bool(option.widget.property("stale"))
        painter.setPen(QColor(colours().muted if muted else colours().text))
        if index.column() == _LINE:
            layout = _laid_out(text, option, room(box.width(), option))
            mirrored = option.direction == Qt.LayoutDirection.RightToLeft
            left = box.left() + _SIDE + (_button_side(option) if mirrored else 0)
            layout.draw(painter, QPointF(left, box.top() + _PAD))
        else:
            side = index.data(_Role.TextAlignmentRole)
            painter.drawText(box.adjusted(_SIDE, _PAD, -_SIDE, 0), side, text)
        painter.restore()


def room(width: float, option: QStyleOptionViewItem) -> float:
    """Return how much of a cell its text has: the copy button stands at its end."""
    return max(40.0, width - 2 * _SIDE - _button_side(option))


def _button_side(option: QStyleOptionViewItem) -> int:
    return round(QFontMetricsF(option.font).height()) + 2 * _PAD


def _laid_out(text: str, option: QStyleOptionViewItem, width: float) -> QTextLayout:
    wrap = QTextOption(Qt.AlignmentFlag.AlignLeft)
    wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    wrap.setTextDirection(Qt.LayoutDirection.LeftToRight)
    layout = QTextLayout(text, option.font)
    layout.setTextOption(wrap)
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, top))
        top += line.height()
    layout.endLayout()
    return layout


class TranscriptTable(QTableView):
    """The table `Transcript`; Ctrl+C takes the chosen lines, or all if none is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = TranscriptModel(self)
        self.shown = QSortFilterProxyModel(self)
        self.shown.setSourceModel(self.lines)
        self.shown.setFilterKeyColumn(_LINE)
        self.shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        widths = (em(6.5), em(6), STRETCH)
        plain_table(self, self.shown, self.tr("Transcript"), widths)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _WrappedLine(self)
        self.setItemDelegate(self._delegate)
        height = self.fontMetrics().height() + 2 * _PAD
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.copy_button = icon_button("copy", self.tr("Copy This Line"), self.copy)
        self.copy_button.setParent(self.viewport())
        self.copy_button.hide()
        self._fit_soon = single_shot(self, 0, self._fit_rows)
        self.shown.rowsInserted.connect(lambda _parent, first, _last: self._fit_rows(first))
        self.shown.modelReset.connect(self._fit_rows)
        self.selectionModel().selectionChanged.connect(self._place_button)
        self.verticalScrollBar().valueChanged.connect(self._place_button)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def append(self, line: TranscriptLine) -> None:
        """Add a line and keep the last one in sight."""
        self.lines.append(line)
        self.scrollToBottom()

    def filter(self, text: str) -> None:
        """Show only the lines with this text in them."""
        self.shown.setFilterFixedString(text)
        self._fit_rows()

    # --- heights -------------------------------------------------------------------------

    def _fit_rows(self, first: int = 0) -> None:
        """Make the rows from this one on as high as their lines."""
        option = QStyleOptionViewItem()
        option.font = self.lines.data(self.lines.index(0, _LINE), _Role.FontRole) or self.font()
        width, header = room(self.columnWidth(_LINE), option), self.verticalHeader()
        for at in range(first, self.shown.rowCount()):
            text = self.shown.index(at, _LINE).data() or ""
            height = self._delegate.height(text, width, option)
            if header.sectionSize(at) != height:
                header.resizeSection(at, height)
        self._place_button()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Break the lines anew (Qt's virtual method)."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit_soon.start()

    def _place_button(self, *_: object) -> None:
        """Put the copy button at the end of the current line."""
        current = self.currentIndex()
        shown = current.isValid() and self.selectionModel().isSelected(current)
        if shown:
            box = self.visualRect(self.shown.index(current.row(), _LINE))
            side = self.fontMetrics().height() + 2 * _PAD
            self.copy_button.setFixedSize(side, side)
            mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            left = box.left() if mirrored else box.right() - side
            self.copy_button.move(QPoint(left, box.top()))
        self.copy_button.setVisible(shown)

    # --- copies --------------------------------------------------------------------------

    def chosen(self) -> list[TranscriptLine]:
        """Return the chosen lines in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        places = [self.shown.mapToSource(self.shown.index(at, 0)).row() for at in rows]
        return [self.lines.rows[at] for at in places]

    def copy(self) -> None:
        """Put the words of the chosen lines, or the whole dialogue, on the clipboard.

        Secrets are masked in them.
        """
        chosen = self.chosen()
        copy_text("\n".join(line.text for line in chosen) if chosen else self.lines.text())

    def copy_all(self) -> None:
        """Put the whole dialogue on the clipboard, with its times."""
        copy_text(self.lines.text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer both copies (Qt's virtual method)."""
        menu = self.menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def menu(self) -> QMenu:
        """Return the menu of a line."""
        menu = QMenu(self)
        lines = menu.addAction(self.tr("Copy Line"), self.copy)
        lines.setEnabled(bool(self.chosen()))
        menu.addAction(self.tr("Copy Whole Transcript"), self.copy_all)
        return menu


class _Filter(QLineEdit):
    """A field that Escape empties and closes."""

    closed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take Escape (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class TranscriptView(QWidget):
    """The table under a field that filters it, which is closed at first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = TranscriptTable()
        self.field = _Filter()
        self.field.setAccessibleName(self.tr("Filter the transcript"))
        self.field.setPlaceholderText(self.tr("Show only lines with…"))
        self.field.setClearButtonEnabled(True)
        self.count = plain_label("", "muted")
        self.bar = QWidget()
        row((self.field, 1), self.count, spacing=8, margins=(0, 4, 0, 4), inside=self.bar)
        self.bar.hide()
        column(self.bar, (self.table, 1), inside=self)
        self.field.textChanged.connect(self.table.filter)
        self.field.textChanged.connect(self._count)
        self.field.closed.connect(self.close_filter)
        for signal in (self.table.lines.rowsInserted, self.table.lines.modelReset):
            signal.connect(self._count)

    def open_filter(self) -> None:
        """Show the field, or close it again."""
        if self.bar.isVisible():
            self.close_filter()
        else:
            self.bar.show()
            self._count()
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_filter(self) -> None:
        """Show all lines and no field."""
        self.field.clear()
        self.bar.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count(self, *_: object) -> None:
        shown, all_ = self.table.shown.rowCount(), self.table.lines.rowCount()
        self.count.setText(self.tr("{0} of {1}").format(shown, all_))
