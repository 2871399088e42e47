"""The lower panel: one tab at a time, the focus, its height, what is remembered."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.ui.session.settings import Settings
from loopmail.ui.window.bottom import PANELS
from loopmail.ui.window.main_window import MainWindow
from small_app import FakeDialogs, MakeApp

NAMES = [panel.action.name for panel in PANELS]


@pytest.fixture
def active(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    open_window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    return open_window


def checked(window: MainWindow) -> list[str]:
    return [name for name in NAMES if window.menu_actions[name].isChecked()]


def shown_tabs(window: MainWindow) -> list[str]:
    bar = window.parts.bottom.bar
    return [bar.tabText(at) for at in range(bar.count()) if bar.isTabVisible(at)]


def test_an_action_raises_its_tab_and_closes_the_panel_when_it_is_raised(
    open_window: MainWindow,
) -> None:
    bottom, actions = open_window.parts.bottom, open_window.menu_actions
    assert bottom.isHidden()
    actions["view_problems"].trigger()
    assert bottom.problems.isVisible()
    assert "json" not in vars(bottom)  # made when it is raised first
    actions["view_json"].trigger()
    assert bottom.json.isVisible()
    assert not bottom.problems.isVisible()
    assert checked(open_window) == ["view_json"]
    actions["view_problems"].trigger()
    assert bottom.problems.isVisible()
    actions["view_problems"].trigger()
    assert bottom.isHidden()
    assert checked(open_window) == []


def test_a_tab_that_is_clicked_is_raised_like_by_its_action(open_window: MainWindow) -> None:
    bottom = open_window.parts.bottom
    open_window.menu_actions["view_problems"].trigger()
    place = bottom.bar.tabRect(NAMES.index("view_values")).center()
    QTest.mouseClick(bottom.bar, Qt.MouseButton.LeftButton, pos=place)
    assert checked(open_window) == ["view_values"]
    assert bottom.foresight.values.isVisible()


@pytest.mark.parametrize("name", NAMES)
def test_opened_by_key_it_takes_the_focus_and_escape_gives_it_back(
    active: MainWindow, name: str
) -> None:
    before = QApplication.focusWidget()
    assert before is not None
    active.menu_actions[name].setEnabled(True)
    active.menu_actions[name].trigger()
    bottom = active.parts.bottom
    focus = QApplication.focusWidget()
    assert focus is not None
    assert bottom.stack.isAncestorOf(focus)
    QTest.keyClick(focus, Qt.Key.Key_Escape)
    assert bottom.isHidden()
    assert QApplication.focusWidget() is before


def test_escape_gives_the_focus_back_after_several_tabs_and_from_full_height(
    active: MainWindow,
) -> None:
    before = QApplication.focusWidget()
    for name in ("view_problems", "view_json"):
        active.menu_actions[name].trigger()
    active.parts.bottom.maximise.click()
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is before
    assert active.parts.pages.isVisible()


def test_maximised_it_covers_page_and_test(open_window: MainWindow, qtbot: QtBot) -> None:
    parts = open_window.parts
    open_window.menu_actions["view_json"].trigger()
    qtbot.waitUntil(lambda: parts.bottom.height() > 0)
    low = parts.bottom.height()
    parts.bottom.maximise.click()
    assert not parts.pages.isVisible()
    assert not parts.test.isVisible()
    assert parts.tree.isVisible()
    tree = parts.tree.width()
    qtbot.waitUntil(lambda: parts.bottom.height() > low)
    parts.bottom.maximise.click()
    assert parts.pages.isVisible()
    assert parts.top_part.indexOf(parts.tree_place) == 0
    qtbot.waitUntil(lambda: parts.bottom.height() == low)
    qtbot.waitUntil(lambda: abs(parts.tree.width() - tree) <= 2)


def test_its_height_stays_whatever_is_selected_and_is_remembered(
    open_window: MainWindow, settings: Settings, qtbot: QtBot
) -> None:
    parts, state = open_window.parts, open_window.state
    open_window.menu_actions["view_problems"].trigger()
    QApplication.processEvents()
    parts.setSizes([500, 333])
    height = parts.bottom.height()
    for kind, name in (("bindings", ""), ("file", "datasources.json"), ("datasource", "emailDs")):
        state.select(kind, name)
        for panel in NAMES:
            open_window.menu_actions[panel].setChecked(True)
            QApplication.processEvents()
            assert parts.bottom.height() == height
    parts.bottom.close_panel()
    open_window.menu_actions["view_values"].trigger()
    QApplication.processEvents()
    assert parts.bottom.height() == height
    parts.bottom.close_panel()
    open_window.close()
    again = MainWindow(state, settings, FakeDialogs())
    qtbot.addWidget(again)
    again.show()
    assert checked(again) == []
    again.menu_actions["view_values"].trigger()
    qtbot.waitUntil(lambda: abs(again.parts.bottom.height() - height) <= 1)
    again.close()


def test_the_raised_tab_is_remembered(
    open_window: MainWindow, settings: Settings, qtbot: QtBot
) -> None:
    open_window.menu_actions["view_json"].trigger()
    open_window.close()
    again = MainWindow(open_window.state, settings, FakeDialogs())
    qtbot.addWidget(again)
    assert checked(again) == ["view_json"]


def test_only_tabs_that_have_something_to_show_are_there(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    state = window.state
    state.set_workspace(Workspace.open(make_app("none", datasources={})))
    assert shown_tabs(window) == ["Problems", "JSON"]
    assert not window.menu_actions["view_values"].isEnabled()
    state.set_workspace(Workspace.open(make_app("some")))
    assert shown_tabs(window) == ["Problems", "Plan", "Values", "Environments", "JSON"]
    state.choose_loopback(2)
    qtbot.waitUntil(lambda: "LoopBack 2 → 3" in shown_tabs(window))
    window.menu_actions["view_upgrade"].trigger()
    state.choose_loopback(3)
    qtbot.waitUntil(lambda: "LoopBack 2 → 3" not in shown_tabs(window))
    assert checked(window) == ["view_json"]
    window.menu_actions["view_run"].trigger()
    assert "App Output" in shown_tabs(window)


def test_without_an_app_it_is_hidden_and_covers_nothing(open_window: MainWindow) -> None:
    open_window.menu_actions["view_json"].trigger()
    open_window.parts.bottom.maximise.click()
    open_window.state.set_workspace(None)
    assert open_window.parts.bottom.isHidden()
    assert open_window.parts.pages.isVisible()


def test_every_stop_of_the_panel_has_a_name(open_window: MainWindow, qtbot: QtBot) -> None:
    bottom = open_window.parts.bottom
    for name in NAMES:
        open_window.menu_actions[name].setChecked(True)
        for one in bottom.findChildren(QWidget):
            stop = one.focusPolicy() & Qt.FocusPolicy.TabFocus
            if stop and one.isVisibleTo(bottom):
                text = one.accessibleName() or getattr(one, "text", str)()
                assert text or one.objectName() == "runCommand", (name, one)


# --- Between form and text ------------------------------------------------------------------


def test_one_key_leads_from_a_field_to_its_text_and_back(active: MainWindow, qtbot: QtBot) -> None:
    bottom = active.parts.bottom
    active.state.select("datasource", "emailDs")
    field = active.parts.pages.findChild(QWidget, "field-host")
    assert field is not None
    field.setFocus()
    active.menu_actions["between"].trigger()
    assert QApplication.focusWidget() is bottom.json
    assert '"host"' in bottom.json.textCursor().block().text()
    active.menu_actions["between"].trigger()
    assert QApplication.focusWidget() is field


def test_the_text_of_the_field_in_focus_is_marked(active: MainWindow) -> None:
    bottom = active.parts.bottom
    active.menu_actions["view_json"].trigger()
    field = active.parts.pages.findChild(QWidget, "field-host")
    assert field is not None
    field.setFocus()
    marked = [one.cursor.block().text() for one in bottom.json.extraSelections()]
    assert any('"host"' in text for text in marked)


def test_find_raises_the_text_and_takes_the_words(active: MainWindow, qtbot: QtBot) -> None:
    active.menu_actions["view_json"].trigger()
    bottom = active.parts.bottom
    QTest.keySequence(bottom.json, QKeySequence.StandardKey.Find)
    assert QApplication.focusWidget() is bottom.json_area.finder.edit
    QTest.keyClicks(bottom.json_area.finder.edit, "smtp")
    QTest.keySequence(bottom.json_area.finder.edit, QKeySequence.StandardKey.FindNext)
    assert bottom.json.textCursor().selectedText() == "smtp"
    QTest.keyClick(bottom.json_area.finder.edit, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is bottom.json
    assert bottom.isVisible()


def test_a_text_that_is_no_json_keeps_the_save_and_is_shown(active: MainWindow) -> None:
    active.menu_actions["view_json"].trigger()
    json = active.parts.bottom.json
    QTest.keyClicks(json, "x")
    assert active.menu_actions["save"].isEnabled()
    assert not active.files.save()
    assert active.messages.has("save")
    active.parts.bottom.close_panel()
    active.messages.choose("save", "Go There")
    assert QApplication.focusWidget() is json
    active.files.save()
    active.messages.choose("save", "Drop the Text")
    assert not active.state.modified


def test_undo_in_the_text_is_the_windows_undo(active: MainWindow) -> None:
    active.state.select("datasource", "emailDs")
    active.menu_actions["view_json"].trigger()
    json = active.parts.bottom.json
    cursor = json.textCursor()
    cursor.setPosition(json.toPlainText().index("smtp.example"))
    json.setTextCursor(cursor)
    QTest.keyClicks(json, "x")
    assert active.state.undo.count() == 1
    QTest.keySequence(json, QKeySequence.StandardKey.Undo)
    assert not active.state.modified


def test_a_danger_of_the_plan_leads_to_its_problem(active: MainWindow, qtbot: QtBot) -> None:
    bottom = active.parts.bottom
    active.state.select("datasource", "emailDs")
    active.menu_actions["view_forecast"].trigger()
    qtbot.waitUntil(lambda: active.state.finder.known)
    problem = active.state.problems[0]
    bottom.foresight.plan.problem_wanted.emit(problem)
    assert QApplication.focusWidget() is bottom.problems
    assert [one.text for one in bottom.problems.selected()] == [problem.text]


def test_tab_goes_from_the_text_to_the_eyes_of_its_secrets(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    secret = {"emailDs": {"connector": "mail", "transport": {"auth": {"pass": "geheim-1"}}}}
    with qtbot.waitSignal(window.state.opened):
        window.files.open(make_app(datasources=secret))
    window.activateWindow()
    window.menu_actions["view_json"].trigger()
    json = window.parts.bottom.json
    qtbot.waitUntil(lambda: bool(json.eyes()) and json.hasFocus())
    QTest.keyClick(json, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is json.eyes()[0]
