"""What a file or a server says is never taken for markup, not even in a tool tip."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from loopmail.smtp.verdict import TranscriptLine
from loopmail.ui.sending.transcript import TranscriptModel
from loopmail.ui.widgets.building_blocks import for_role, plain_tip
from loopmail.ui.widgets.table import TextTableModel

MARKUP = "250 <b>bold</b> <img src='file:///etc/hostname'> & more"


def shown(tip: str) -> str:
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


def test_a_tool_tip_shows_markup_as_text(qtbot: QtBot) -> None:
    assert shown(plain_tip(MARKUP)) == MARKUP
    assert plain_tip("250 ok") == "250 ok"


def test_other_roles_keep_the_text() -> None:
    assert for_role(MARKUP, Qt.ItemDataRole.DisplayRole) == MARKUP


def test_the_transcripts_tool_tips_are_plain(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.append(TranscriptLine(1.0, "server", MARKUP))
    tip = model.data(model.index(0, 2), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert shown(tip) == MARKUP


def test_a_tables_tool_tips_are_plain(qtbot: QtBot) -> None:
    model = TextTableModel(["a"])
    model.show([(MARKUP,)])
    assert shown(model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)) == MARKUP
