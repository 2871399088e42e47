"""The lines before and after a fix, in colour."""

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFontDatabase, QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from loopmail.core.checks.fix_preview import PreviewLine
from loopmail.ui.text_view import displayable
from loopmail.ui.theme import colours


class FixPreviewView(QPlainTextEdit):
    """A read-only text; lines that go are red, lines that come are green, both with a sign."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fixPreview")
        self.setAccessibleName(self.tr("Preview of the fix"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)

    def show_lines(self, lines: Sequence[PreviewLine]) -> None:
        """Show a preview without the indent that all its lines share."""
        indent = _common_indent(lines)
        texts = [f"{line.sign} {line.text[indent:]}" for line in lines]
        self.setPlainText(displayable("\n".join(texts)))
        self.setExtraSelections(
            [
                self._ground(
                    number, colours().ok_soft if line.sign == "+" else colours().error_soft
                )
                for number, line in enumerate(lines)
                if line.sign != " "
            ]
        )

    def _ground(self, number: int, colour: str) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(self.document().findBlockByNumber(number))
        selection.format.setBackground(QColor(colour))
        selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        return selection


def _common_indent(lines: Sequence[PreviewLine]) -> int:
    texts = [line.text for line in lines if line.text.strip() and line.text != "…"]
    if not texts or any(text[:1] not in (" ", "\t") for text in texts):
        return 0
    return min(len(text) - len(text.lstrip()) for text in texts)
