"""The dialogue with the server as an item model and its table."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView, QWidget

from loopmail.mail.verdict import TranscriptLine
from loopmail.ui.text_table import STRETCH, Column, Roles, RowsModel, plain_table
from loopmail.ui.theme import colours

_Role = Qt.ItemDataRole
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_ARROWS = {"client": "→", "server": "←"}


def _line_text(line: TranscriptLine) -> str:
    return line.text


class TranscriptModel(RowsModel[TranscriptLine]):
    """Columns ms, direction, text; the direction has words for those who do not see the arrow."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        left: Roles = {_Role.TextAlignmentRole: lambda _: Qt.AlignmentFlag.AlignLeft | _MIDDLE}
        right: Roles = {_Role.TextAlignmentRole: lambda _: Qt.AlignmentFlag.AlignRight | _MIDDLE}
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
        marks = {"client": "C", "server": "S"}
        return "\n".join(f"{line.ms:8.1f}  {marks[line.sender]}: {line.text}" for line in self.rows)


class TranscriptTable(QTableView):
    """The table `Transcript`; the copy shortcut takes the whole dialogue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = TranscriptModel(self)
        plain_table(self, self.lines, self.tr("Transcript"), (58, 50, STRETCH), row_height=24)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setMinimumSectionSize(30)
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
