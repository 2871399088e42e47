from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.ui.window.main_window import MainWindow
from small_app import FakeDialogs, MakeApp

BASE = "datasources.json"
HOST = "/emailDs/transports/0/host"
MENUS = {
    "File": ["Open Folder…", "Open Recent", "Save", "Revert", "Quit"],
    "Edit": ["Undo", "Redo"],
    "Data Source": ["Add Mail Data Source…", "Duplicate", "Rename…", "Remove"],
    "Mail": ["Check Connection", "Send Test Message", "Stop"],
    "View": ["Problems", "JSON", "Test"],
    "Help": ["About", "Keyboard Shortcuts"],
}


def _change(window: MainWindow, value: str = "b.example.org") -> None:
    workspace = window.state.workspace
    assert workspace is not None
    window.state.push("Change Host", [workspace.edit_value(BASE, HOST, value)])


def _menus(window: MainWindow) -> dict[str, list[QAction]]:
    found = {}
    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        found[action.text().replace("&", "")] = menu.actions()
    return found


def test_the_menus_hold_what_the_contract_says(window: MainWindow) -> None:
    menus = _menus(window)
    assert list(menus) == list(MENUS)
    for title, wanted in MENUS.items():
        texts = [action.text().replace("&", "") for action in menus[title]]
        assert [text for text in wanted if text not in texts] == []


def test_every_menu_entry_has_a_mnemonic_of_its_own(window: MainWindow) -> None:
    for title, actions in _menus(window).items():
        texts = [action.text() for action in actions if not action.isSeparator()]
        keys = [text[text.index("&") + 1].lower() for text in texts]
        assert len(set(keys)) == len(keys), f"{title}: {texts}"


def test_no_two_actions_share_their_keys(window: MainWindow) -> None:
    keys = [
        action.shortcut().toString()
        for action in window.menu_actions.all()
        if not action.shortcut().isEmpty()
    ]
    assert len(set(keys)) == len(keys)


def test_the_title_names_the_app_and_marks_unsaved_changes(open_window: MainWindow) -> None:
    assert open_window.windowTitle() == "shop[*] — loopmail"
    assert not open_window.isWindowModified()
    _change(open_window)
    assert open_window.isWindowModified()
    open_window.state.undo.undo()
    assert not open_window.isWindowModified()


def test_the_first_mail_data_source_is_shown_and_the_tree_has_the_focus(
    open_window: MainWindow,
) -> None:
    assert open_window.state.selection == ("datasource", "emailDs")
    assert open_window.parts.tree.isVisible()
    assert open_window.parts.pages.currentWidget() is not open_window.parts.pages.welcome


def test_an_app_that_cannot_be_opened_is_said_in_the_window(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.files.open(tmp_path)
    qtbot.waitUntil(lambda: bool(window.messages.texts()))
    assert str(tmp_path) in window.messages.texts()[0]
    assert window.state.workspace is None


def test_the_app_that_is_open_stays_when_another_cannot_be_opened(
    open_window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    open_window.files.open(tmp_path / "nothing")
    qtbot.waitUntil(lambda: bool(open_window.messages.texts()))
    assert open_window.state.app_name == "shop"


def test_save_writes_and_says_so(open_window: MainWindow, app_path: Path) -> None:
    _change(open_window)
    open_window.menu_actions["save"].trigger()
    assert "b.example.org" in (app_path / "server" / BASE).read_text()
    label = open_window.statusBar().findChild(QLabel, "statusMessage")
    assert label is not None
    assert label.text() == f"Saved {BASE}"
    assert not open_window.menu_actions["save"].isEnabled()


def test_revert_asks_and_then_shows_the_disk(
    open_window: MainWindow, dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    _change(open_window)
    dialogs.agreed = False
    open_window.menu_actions["revert"].trigger()
    assert open_window.state.undo.canUndo()
    dialogs.agreed = True
    with qtbot.waitSignal(open_window.state.opened):
        open_window.menu_actions["revert"].trigger()
    assert not open_window.state.modified
    assert open_window.state.selection == ("datasource", "emailDs")


@pytest.mark.parametrize(("answer", "closes"), [("cancel", False), ("discard", True)])
def test_closing_asks_before_changes_are_lost(
    open_window: MainWindow, dialogs: FakeDialogs, answer: str, closes: bool
) -> None:
    _change(open_window)
    dialogs.answer = answer  # type: ignore[assignment]
    assert open_window.close() is closes
    assert dialogs.asked == [f"unsaved {BASE}"]


def test_closing_may_save_first(
    open_window: MainWindow, dialogs: FakeDialogs, app_path: Path
) -> None:
    _change(open_window)
    dialogs.answer = "save"
    assert open_window.close()
    assert "b.example.org" in (app_path / "server" / BASE).read_text()


def test_closing_without_changes_asks_nothing(
    open_window: MainWindow, dialogs: FakeDialogs
) -> None:
    assert open_window.close()
    assert dialogs.asked == []


def test_opening_another_app_asks_first(
    open_window: MainWindow, dialogs: FakeDialogs, make_app: MakeApp, qtbot: QtBot
) -> None:
    _change(open_window)
    dialogs.chosen = make_app("other")
    open_window.menu_actions["open"].trigger()
    assert dialogs.asked == ["folder", f"unsaved {BASE}"]
    assert open_window.state.app_name == "shop"
    dialogs.answer = "discard"
    with qtbot.waitSignal(open_window.state.opened):
        open_window.menu_actions["open"].trigger()
    assert open_window.state.app_name == "other"


def test_a_dropped_folder_is_opened(window: MainWindow, app_path: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(app_path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.state.opened):
        window.dropEvent(event)
    assert window.state.app_name == "shop"


def test_recent_apps_are_in_the_menu_and_can_be_opened(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    menu = open_window.menu_actions.recent_menu
    menu.aboutToShow.emit()
    (entry,) = menu.actions()
    assert entry.text() == str(app_path)
    with qtbot.waitSignal(open_window.state.opened):
        entry.trigger()


def test_ctrl_z_in_a_field_of_the_page_undoes_the_windows_step(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.waitExposed(open_window)
    open_window.activateWindow()
    page = open_window.parts.pages
    host = next(edit for edit in page.findChildren(QLineEdit) if edit.text() == "smtp.example.com")
    host.setFocus()
    host.selectAll()
    QTest.keyClicks(host, "abc")
    assert open_window.state.undo.canUndo()
    QTest.keySequence(host, QKeySequence(QKeySequence.StandardKey.Undo))
    assert not open_window.state.modified
    assert host.text() == "smtp.example.com"


def test_every_combo_box_is_named_by_a_buddy_and_every_field_has_a_name(
    open_window: MainWindow,
) -> None:
    buddies = {label.buddy() for label in open_window.findChildren(QLabel)}
    for combo in open_window.findChildren(QComboBox):
        assert combo in buddies, combo.objectName()


def test_nothing_needs_more_width_than_1024_pixels(open_window: MainWindow) -> None:
    assert open_window.minimumSizeHint().width() <= 1024
    assert open_window.minimumSizeHint().height() <= 700


def test_help_windows_do_not_block_the_work(open_window: MainWindow) -> None:
    for name in ("shortcuts", "about"):
        open_window.menu_actions[name].trigger()
    dialogs = [one for one in open_window.findChildren(QWidget) if one.isWindow()]
    assert not any(one.isModal() for one in dialogs)
    for one in dialogs:
        one.close()


def test_the_environment_and_the_layer_follow_the_tool_bar(open_window: MainWindow) -> None:
    tools, state = open_window.tools, open_window.state
    tools.layer.setCurrentIndex(1)
    tools.layer.activated.emit(1)
    assert state.layer == "datasources.local.json"
    last = tools.environment.count() - 1
    assert tools.environment.itemText(last) == "base file only"
    tools.environment.activated.emit(last)
    assert state.env is None
    assert state.layer == BASE
    assert [tools.layer.itemText(i) for i in range(tools.layer.count())] == [BASE]


def test_a_broken_file_is_said_and_the_rest_stays_usable(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    path = make_app(**{"datasources.local": '{\n  "emailDs": {,}\n}\n'})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    assert any("datasources.local.json" in text for text in window.messages.texts())
    assert window.state.selection == ("datasource", "emailDs")
    window.state.select("file", "datasources.local.json")
    assert window.messages.texts() == []


def test_a_surprise_is_shown_without_its_values(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import sys

    from loopmail.app import catch_surprises

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    catch_surprises(window)
    try:
        raise ValueError("hunter2")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    (text,) = window.messages.texts()
    assert "ValueError" in text
    assert "hunter2" not in text + caplog.text


def test_the_workspace_class_is_the_core_one(open_window: MainWindow) -> None:
    assert isinstance(open_window.state.workspace, Workspace)
