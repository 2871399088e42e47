"""The dialogue with the server as an item model and its table."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

from loopmail.mail.verdict import TranscriptLine
from loopmail.ui.theme import colours
from loopmail.ui.tips import for_role

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class TranscriptModel(QAbstractTableModel):
    """Columns ms, direction, text; lines are appended as they pass."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[TranscriptLine] = []
        self._font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)

    def set_lines(self, lines: tuple[TranscriptLine, ...]) -> None:
        """Show these lines."""
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def append(self, line: TranscriptLine) -> None:
        """Add a line that has just passed."""
        at = len(self.lines)
        self.beginInsertRows(QModelIndex(), at, at)
        self.lines.append(line)
        self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Count the lines."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Three columns."""
        return 0 if parent.isValid() else 3

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return (self.tr("ms"), self.tr("From"), self.tr("Line"))[section]
        return None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        """Return a cell; the direction has words for those who do not see the arrow."""
        if not index.isValid():
            return None
        line, column = self.lines[index.row()], index.column()
        server = line.sender == "server"
        if role == _Role.DisplayRole:
            arrow = "←" if server else "→"
            return (f"{line.ms:.0f}", arrow, line.text)[column]
        if role in (_Role.AccessibleTextRole, _Role.ToolTipRole) and column > 0:
            who = self.tr("server") if server else self.tr("client")
            return for_role((who, line.text)[column - 1], role)
        if role == _Role.FontRole and column == 2:
            return self._font
        if role == _Role.ForegroundRole and column < 2:
            return QColor(colours().muted)
        if role == _Role.TextAlignmentRole:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return right if column == 0 else left
        return None

    def text(self) -> str:
        """Return the transcript as plain text."""
        marks = {"client": "C", "server": "S"}
        return "\n".join(
            f"{line.ms:8.1f}  {marks[line.sender]}: {line.text}" for line in self.lines
        )


class TranscriptTable(QTableView):
    """The table `Transcript`; the copy shortcut takes the whole dialogue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Transcript"))
        self.lines = TranscriptModel(self)
        self.setModel(self.lines)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(30)
        header.resizeSection(0, 58)
        header.resizeSection(1, 50)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def append(self, line: TranscriptLine) -> None:
        """Add a line and keep the last one in sight."""
        self.lines.append(line)
        self.scrollToBottom()

    def copy(self) -> None:
        """Put the dialogue (secrets are masked in it) on the clipboard."""
        QApplication.clipboard().setText(self.lines.text())
