"""Choosing between the apps of a folder, by keyboard."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loopmail.ui.dialogs.choose_app import ChooseAppDialog
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp


def _ask(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> tuple[Path, ChooseAppDialog]:
    folder = make_app("admin").parent
    make_app("shop")
    window.files.open(folder)
    qtbot.waitUntil(lambda: window.findChild(ChooseAppDialog) is not None)
    dialog = window.findChild(ChooseAppDialog)
    assert dialog is not None
    return folder, dialog


def test_the_app_is_chosen_with_the_arrow_and_return(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    folder, dialog = _ask(window, make_app, qtbot)
    assert [dialog.apps.item(at).text() for at in range(2)] == ["admin", "shop"]
    assert dialog.apps.accessibleName() == "Apps"
    QTest.keyClick(dialog.apps, Qt.Key.Key_Down)
    with qtbot.waitSignal(window.state.opened):
        QTest.keyClick(dialog.apps, Qt.Key.Key_Return)
    assert window.state.workspace is not None
    assert window.state.workspace.app.root == folder / "shop"
    assert window.messages.texts() == []


def test_cancel_opens_nothing(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> None:
    _, dialog = _ask(window, make_app, qtbot)
    QTest.keyClick(dialog.apps, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(ChooseAppDialog) is None)
    assert window.state.workspace is None
