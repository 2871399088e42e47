"""Where the test panel has no room beside the page it is a drawer over it."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.ui.widgets.building_blocks import em
from loopmail.ui.window.main_window import MainWindow
from page_apps import mail
from servers.smtp_double import Script, SmtpDouble
from small_app import MakeApp


def _resize(window: MainWindow, qtbot: QtBot, ems: int) -> None:
    window.resize(em(ems), 700)
    qtbot.waitUntil(lambda: window.parts.width() == em(ems))
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


@pytest.fixture
def narrow(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window too narrow for three columns, its panel made."""
    qtbot.waitUntil(lambda: open_window.parts.test.panel is not None)
    _resize(open_window, qtbot, 125)
    return open_window


def test_the_drawer_is_closed_at_first_and_opened_by_its_button(
    narrow: MainWindow, qtbot: QtBot
) -> None:
    assert narrow.parts.drawer
    assert not narrow.parts.test.isVisible()
    assert narrow.tools.test.isVisible()
    narrow.tools.test.click()
    assert narrow.parts.test.isVisible()
    room = narrow.parts.top_part.width()
    assert narrow.parts.test.width() <= room * 7 // 10
    # it ends where the page ends
    assert narrow.parts.test.geometry().right() == room - 1
    narrow.tools.test.click()
    assert not narrow.parts.test.isVisible()


def test_escape_closes_it(narrow: MainWindow) -> None:
    narrow.menu_actions["view_test"].trigger()
    panel = narrow.parts.test.panel
    assert panel is not None
    panel.message.to.setFocus()
    QTest.keyClick(panel.message.to, Qt.Key.Key_Escape)
    assert not narrow.parts.test.isVisible()


def test_a_test_opens_it(narrow: MainWindow) -> None:
    narrow.menu_actions["check_connection"].trigger()
    assert narrow.parts.test.isVisible()


def test_with_room_it_stands_beside_the_page_again(narrow: MainWindow, qtbot: QtBot) -> None:
    _resize(narrow, qtbot, 150)
    assert not narrow.parts.drawer
    assert narrow.parts.test.isVisible()
    assert not narrow.tools.test.isVisible()
    assert narrow.parts.top_part.indexOf(narrow.parts.test) == 2


def test_it_stays_closed_where_it_was_closed_beside_the_page(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    _resize(open_window, qtbot, 150)
    open_window.menu_actions["view_test"].setChecked(False)
    _resize(open_window, qtbot, 125)
    _resize(open_window, qtbot, 150)
    assert not open_window.parts.test.isVisible()


def test_right_to_left_it_lies_at_the_left(narrow: MainWindow, qtbot: QtBot) -> None:
    narrow.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    narrow.menu_actions["view_test"].trigger()
    _resize(narrow, qtbot, 120)
    assert narrow.parts.test.geometry().left() == 0


def test_its_button_says_how_the_last_test_ended(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    with SmtpDouble(Script()) as server:
        app = make_app(
            datasources={
                "emailDs": mail({"type": "smtp", "host": "127.0.0.1", "port": server.port})
            }
        )
        with qtbot.waitSignal(window.state.opened):
            window.files.open(app)
        qtbot.waitUntil(lambda: window.parts.test.panel is not None)
        _resize(window, qtbot, 125)
        with qtbot.waitSignal(window.parts.test.result_changed, timeout=20_000):
            window.menu_actions["check_connection"].trigger()
        words = window.tools.test.text()
    panel = window.parts.test.panel
    assert panel is not None
    assert words.startswith("Test: ")
    assert panel.verdict.verdict.text().startswith(words.removeprefix("Test: "))
