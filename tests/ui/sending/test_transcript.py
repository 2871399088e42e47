"""The transcript wraps, is filtered, and copied line by line or as a whole."""

from typing import Any

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.smtp.verdict import TranscriptLine
from loopmail.ui.sending.transcript import TranscriptView

LONG = "250-" + "x" * 500
LINES = (
    TranscriptLine(1, "server", "220 mail.example.com ESMTP"),
    TranscriptLine(2, "client", "EHLO [127.0.0.1]"),
    TranscriptLine(3, "server", LONG),
    TranscriptLine(4, "client", "AUTH PLAIN ••••••••"),
)


@pytest.fixture
def view(qtbot: QtBot) -> TranscriptView:
    made = TranscriptView()
    qtbot.addWidget(made)
    made.resize(420, 300)
    made.show()
    for line in LINES:
        made.table.append(line)
    return made


def clipboard() -> str:
    return QApplication.clipboard().text()


def test_a_long_line_gets_the_rows_it_needs(view: TranscriptView) -> None:
    heights = [view.table.rowHeight(at) for at in range(4)]
    assert heights[0] == heights[1] == heights[3]
    assert heights[2] > 5 * heights[0]


def test_lines_are_broken_anew_in_another_width(view: TranscriptView, qtbot: QtBot) -> None:
    before = view.table.rowHeight(2)
    view.resize(800, 300)
    qtbot.waitUntil(lambda: view.table.rowHeight(2) < before, timeout=2000)
    assert view.table.rowHeight(0) < view.table.rowHeight(2)


def test_the_filter_leaves_lines_with_the_text(view: TranscriptView) -> None:
    view.open_filter()
    assert view.field.isVisible()
    view.field.setText("ehlo")
    assert [view.table.shown.index(at, 2).data() for at in range(view.table.shown.rowCount())] == [
        "EHLO [127.0.0.1]"
    ]
    assert view.count.text() == "1 of 4"
    view.field.setText("nothing has this")
    assert view.count.text() == "0 of 4"


def test_escape_closes_the_filter_and_shows_all(view: TranscriptView, qtbot: QtBot) -> None:
    view.open_filter()
    view.field.setText("ehlo")
    qtbot.keySequence(view.field, QKeySequence("Escape"))
    assert not view.field.isVisible()
    assert view.table.shown.rowCount() == 4
    assert view.window().focusWidget() is view.table


def test_a_line_is_copied_by_its_button_which_comes_with_its_choice(view: TranscriptView) -> None:
    assert view.table.copy_button.isHidden()
    view.table.selectRow(1)
    assert view.table.copy_button.isVisible()
    view.table.copy_button.click()
    assert clipboard() == "EHLO [127.0.0.1]"


def test_the_right_line_is_copied_while_others_are_filtered_out(view: TranscriptView) -> None:
    view.table.filter("auth")
    view.table.selectRow(0)
    view.table.copy()
    assert clipboard() == "AUTH PLAIN ••••••••"


def test_the_copy_key_takes_the_choice_or_all(view: TranscriptView, qtbot: QtBot) -> None:
    view.table.setFocus()
    qtbot.keySequence(view.table, QKeySequence(QKeySequence.StandardKey.Copy))
    assert clipboard().splitlines()[1] == "     2.0  C: EHLO [127.0.0.1]"
    view.table.selectAll()
    qtbot.keySequence(view.table, QKeySequence(QKeySequence.StandardKey.Copy))
    assert clipboard() == "\n".join(line.text for line in LINES)


def test_the_menu_offers_both_copies(view: TranscriptView) -> None:
    view.table.selectRow(0)
    line, whole = view.table.menu().actions()
    line.trigger()
    assert clipboard() == "220 mail.example.com ESMTP"
    whole.trigger()
    assert len(clipboard().splitlines()) == 4


def test_the_longest_transcript_that_is_kept_does_not_freeze_the_window(
    view: TranscriptView, qtbot: QtBot
) -> None:
    view.table.lines.set_rows([TranscriptLine(at, "server", "250-x " * 300) for at in range(100)])
    assert view.table.rowHeight(99) > view.table.rowHeight(0) / 2
    view.table.lines.set_rows([TranscriptLine(at, "server", "250 OK") for at in range(2000)])
    view.table.filter("OK")
    assert view.table.shown.rowCount() == 2000


def test_the_filtered_model_is_sound(view: TranscriptView, qtmodeltester: Any) -> None:
    view.table.filter("250")
    qtmodeltester.check(view.table.shown)
