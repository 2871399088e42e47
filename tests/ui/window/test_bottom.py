"""The lower panel: one tab at a time, the focus, its height, what is remembered."""

import pytest
from PySide6.QtCore import Qt
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
    qtbot.waitUntil(lambda: parts.bottom.height() > low)
    parts.bottom.maximise.click()
    assert parts.pages.isVisible()
    qtbot.waitUntil(lambda: parts.bottom.height() == low)


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
