from collections import defaultdict

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from loopmail.ui.window.focus import go_to_part
from loopmail.ui.window.main_window import MainWindow


def _shown(qtbot: QtBot) -> tuple[QWidget, list[QWidget], list[QLineEdit]]:
    whole = QWidget()
    qtbot.addWidget(whole)
    parts = [QWidget(whole) for _ in range(3)]
    edits = [QLineEdit(part) for part in parts for _ in range(2)]
    parts[1].hide()
    with qtbot.waitActive(whole):
        whole.show()
        whole.activateWindow()
    return whole, parts, edits


def test_the_focus_goes_round_the_visible_parts_and_back_to_where_it_was(qtbot: QtBot) -> None:
    whole, parts, edits = _shown(qtbot)
    edits[1].setFocus()
    go_to_part(parts, 1)
    assert whole.focusWidget() is edits[4]
    go_to_part(parts, 1)
    assert whole.focusWidget() is edits[1]
    go_to_part(parts, -1)
    assert whole.focusWidget() is edits[4]


def test_a_part_without_a_field_is_passed_over(qtbot: QtBot) -> None:
    whole, parts, edits = _shown(qtbot)
    for edit in edits[4:]:
        edit.setEnabled(False)
    edits[0].setFocus()
    go_to_part(parts, 1)
    assert whole.focusWidget() in edits[:2]


def test_home_in_the_tree_leads_to_the_first_row_and_not_to_a_heading(
    open_window: MainWindow,
) -> None:
    tree = open_window.parts.tree
    open_window.state.select("bindings", "")
    QTest.keyClick(tree, Qt.Key.Key_Home)
    assert open_window.state.selection == ("datasource", "emailDs")
    QTest.keyClick(tree, Qt.Key.Key_Up)
    assert open_window.state.selection == ("datasource", "emailDs")


# --- Alt and a letter: one place, no two labels, buttons or menus share theirs -----------


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
