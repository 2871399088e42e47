"""Every button that goes when it is pressed hands the focus to something that is there."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp

# Buttons that ask something of the system, or begin what other tests end.
_LEFT = {
    "Load from file…",
    "Open Folder…",
    "Check Connection",
    "Send Test Message",
    "Send Through the App",
    "Execute and Send",
    "Stop",
    "Save Report…",
    "Review Changes",
}
SOURCES = {
    "emailDs": {
        "name": "emailDs",
        "connector": "mail",
        "transports": [
            {
                "type": "smtp",
                "host": "smtp.example.com:587",
                "port": "58x7",
                "secure": True,
                "tls": {"rejectUnauthorized": False},
                "auth": {"user": "shop@example.com", "pass": "geheim-1234"},
            }
        ],
    },
    "db": {"name": "db", "connector": "memory"},
}


@pytest.fixture
def troubled(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> MainWindow:
    """A window with an app in which much can be mended."""
    with qtbot.waitSignal(window.state.opened):
        window.files.open(make_app(datasources=SOURCES, **{"model-config": {"Email": {}}}))
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.waitUntil(lambda: window.parts.test.panel is not None)
    qtbot.waitUntil(lambda: window.state.finder.known)
    return window


def _buttons(window: MainWindow, page: str) -> list[QAbstractButton]:
    places: tuple[QWidget, ...] = (window.parts.bottom,)
    if page in ("mail", "bindings"):
        places = (window.parts.pages, window.parts.test)
    found: list[QAbstractButton] = []
    for place in places:
        pushed = [one for one in place.findChildren(QPushButton) if one.menu() is None]
        tools = [one for one in place.findChildren(QToolButton) if one.menu() is None]
        found += [one for one in (*pushed, *tools) if one.isVisible() and one.isEnabled()]
    return [one for one in found if _name(one) not in _LEFT]


def _name(button: QAbstractButton) -> str:
    return (button.text() or button.accessibleName()).replace("&", "")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("page", ["mail", "bindings", "problems", "JSON"])
def test_a_button_that_goes_leaves_the_focus_somewhere(
    troubled: MainWindow, qtbot: QtBot, page: str
) -> None:
    state, pressed, gone = troubled.state, set[str](), set[str]()

    def show() -> None:
        state.undo.setIndex(0)
        state.select(*(("bindings", "") if page == "bindings" else ("datasource", "emailDs")))
        if page in ("problems", "JSON"):
            action = "view_problems" if page == "problems" else "view_json"
            troubled.menu_actions[action].setChecked(True)
        qtbot.waitUntil(lambda: state.finder.known)
        QApplication.processEvents()

    for _ in range(60):
        show()
        button = next((one for one in _buttons(troubled, page) if _name(one) not in pressed), None)
        if button is None:
            break
        name = _name(button)
        pressed.add(name)
        button.setFocus()
        before = troubled.focusWidget()
        button.click()
        QApplication.processEvents()
        focus = troubled.focusWidget()
        assert focus is not None, name
        assert focus.isVisible(), name
        assert focus.isEnabled(), name
        if focus is not before:
            gone.add(name)
            in_bars = troubled.tools.isAncestorOf(focus) or troubled.statusBar().isAncestorOf(focus)
            assert not in_bars, name
    assert len(pressed) >= 3
    assert gone or page != "mail"
