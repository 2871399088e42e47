"""Find Anything leads to actions, data sources, settings, problems, environments and apps."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.ui.dialogs.palette import Palette, rank
from loopmail.ui.window.main_window import MainWindow


@pytest.fixture
def palette(open_window: MainWindow, qtbot: QtBot) -> Palette:
    """The open palette of a window with the small app."""
    with qtbot.waitActive(open_window):
        open_window.activateWindow()
    open_window.menu_actions["find"].trigger()
    found = open_window.findChild(Palette)
    assert found is not None
    return found


def _type(palette: Palette, text: str) -> list[str]:
    palette.query.setText(text)
    return palette.shown()


def test_everything_is_there_before_a_letter_is_typed(palette: Palette) -> None:
    shown = palette.shown()
    assert shown[0] == "emailDs"
    assert {"Host", "Save" if "Save" in shown else "Quit", "Model bindings"} <= set(shown)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("host", "Host"),
        ("ssl", "Secure"),
        ("dev", "Environment: development"),
        ("email", "emailDs"),
        ("key short", "Keyboard Shortcuts"),
        ("username", "User"),
    ],
)
def test_what_people_type_leads_where_they_want(
    palette: Palette, open_window: MainWindow, query: str, first: str
) -> None:
    assert first in _type(palette, query)[:3]


def test_the_keys_go_through_the_list_from_the_field_and_enter_goes_there(
    palette: Palette, open_window: MainWindow
) -> None:
    open_window.state.select("bindings", "")
    _type(palette, "emailds")
    assert palette.found.currentIndex().row() == 0
    QTest.keyClick(palette.query, Qt.Key.Key_Down)
    assert palette.found.currentIndex().row() == 1
    QTest.keyClick(palette.query, Qt.Key.Key_Up)
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    assert open_window.state.selection == ("datasource", "emailDs")
    assert not palette.isVisible()


def test_a_setting_gets_the_focus(palette: Palette, open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.state.select("bindings", "")
    _type(palette, "host")
    QTest.keyClick(palette.query, Qt.Key.Key_Return)
    open_window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    focus = open_window.focusWidget()
    assert focus is not None
    assert focus.objectName() == "field-host"


def test_escape_changes_nothing(palette: Palette, open_window: MainWindow) -> None:
    before = open_window.state.selection
    QTest.keyClick(palette.query, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert open_window.state.selection == before


def test_what_nothing_is_called_is_said(palette: Palette) -> None:
    assert _type(palette, "zzzz qqq") == []
    assert palette.nothing.isVisibleTo(palette)


def test_better_answers_come_first() -> None:
    ranks = [
        rank("send t", "Send Test Message", ""),
        rank("test send", "Send Test Message", ""),
        rank("est", "Send Test Message", ""),
        rank("mail", "Send Test Message", "by mail"),
        rank("foo", "Send Test Message", "by mail"),
    ]
    assert ranks == [4, 3, 2, 1, 0]
