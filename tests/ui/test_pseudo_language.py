"""The pseudo-language of the layout tests keeps what must be kept, and stretches the rest."""

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from loopmail.ui.session.state import AppState
from loopmail.ui.window.bars import ToolBar
from loopmail.ui.window.main_window import MainWindow
from ui.pseudo_language import pseudo_language, stretched, untranslated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Host", "⟦Ĥôšţ ~⟧"),
        ("Save &As…", "⟦Šàvê &Aš… ~~~~~⟧"),
        ("{0} of {count}", "⟦{0} ôf {count} ~⟧"),
        ("Change %1", "⟦Ćĥàñĝê %1 ~~~~⟧"),
        ("a &amp; <b>b</b>", "⟦à &amp; <b>ƀ</b> ~~⟧"),
    ],
)
def test_letters_are_stretched_and_marks_stay(text: str, expected: str) -> None:
    assert stretched(text) == expected


def test_a_long_text_is_as_long_as_it_was_asked_to_be_and_can_be_broken() -> None:
    text = "Write all changed files"
    for factor in (1.5, 2.0, 3.0):
        made = stretched(text, factor)
        assert abs(len(made) - len(text) * factor) <= 1
        assert max(map(len, made.split())) <= 12


def test_what_is_outside_the_brackets_is_found_also_beside_nested_ones() -> None:
    assert untranslated("⟦à⟧") == ""
    assert untranslated("⟦à ⟦b⟧ smtp.example.com⟧ · 25 ×") == ""
    assert untranslated("⟦à⟧ plain ⟦b⟧") == "plain"
    assert untranslated("Sent") == "Sent"


def test_widgets_made_meanwhile_speak_it_and_qts_own_too(
    qapp: QCoreApplication, qtbot: QtBot, state: AppState, window: MainWindow
) -> None:
    keys = window.menu_actions["save"].shortcut()
    with pseudo_language(qapp, 3.0) as language:
        tools = ToolBar(state, window.menu_actions, window)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        qtbot.addWidget(box)
        assert tools.windowTitle() == "⟦Ţôôļ Ɓàŕ ~~~~~~~~~ ~~~⟧"
        assert untranslated(box.button(QDialogButtonBox.StandardButton.Close).text()) == ""
        assert ("ToolBar", "Tool Bar") in language.asked
        assert window.menu_actions["save"].shortcut() == keys
    assert ToolBar(state, window.menu_actions, window).windowTitle() == "Tool Bar"
