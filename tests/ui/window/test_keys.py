from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
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
