"""A letter with Alt leads to one place: no two labels, buttons or menus of a window share theirs."""

from collections import defaultdict

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from loopmail.ui.window.main_window import MainWindow


def _letters(window: MainWindow) -> dict[str, list[str]]:
    """Return who can be reached by which letter in the window as it is shown."""
    found: dict[str, list[str]] = defaultdict(list)
    texts: list[tuple[str, str]] = [
        (action.text(), "menu") for action in window.menuBar().actions() if action.isVisible()
    ]
    for one in window.findChildren(QWidget):
        if not one.isVisible() or not one.isEnabled() or one.window() is not window:
            continue
        if isinstance(one, QLabel) and one.buddy() is not None and one.buddy().isVisible():
            texts.append((one.text(), f"label of {one.buddy().objectName()}"))
        elif isinstance(one, QAbstractButton):
            texts.append((one.text(), type(one).__name__))
    for text, what in texts:
        letter = QKeySequence.mnemonic(text).toString()
        if letter:
            found[letter].append(f"{what} “{text}”")
    return found


def _show(window: MainWindow, qtbot: QtBot, state: str) -> None:
    match state:
        case "mail":
            qtbot.waitUntil(lambda: window.parts.test.panel is not None)
            window.menu_actions["view_json"].setChecked(True)
        case "all settings":
            qtbot.waitUntil(lambda: window.parts.test.panel is not None)
            window.parts.pages.mail.form.more.unfold(True)
        case "problems":
            window.menu_actions["view_problems"].setChecked(True)
        case "bindings":
            window.state.select("bindings", "")
        case "set-up":
            window.menu_actions["add"].trigger()


@pytest.mark.parametrize("shown", ["mail", "all settings", "problems", "bindings", "set-up"])
def test_no_letter_leads_to_two_places(open_window: MainWindow, qtbot: QtBot, shown: str) -> None:
    _show(open_window, qtbot, shown)
    found = _letters(open_window)
    assert len(found) >= 6  # the menus at least
    shared = {letter: who for letter, who in found.items() if len(who) > 1}
    assert shared == {}
