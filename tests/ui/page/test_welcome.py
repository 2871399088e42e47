from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from loopmail.ui.page.welcome import WelcomePage
from loopmail.ui.session.settings import AppNote, Settings
from loopmail.ui.widgets.tiles import Tile
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp


def test_it_is_the_first_page_and_the_tree_is_hidden(window: MainWindow) -> None:
    assert window.parts.pages.currentWidget() is window.parts.pages.welcome
    assert not window.parts.tree.isVisible()
    assert not window.parts.test.isVisible()
    assert window.windowTitle() == "loopmail[*]"


def test_what_needs_an_app_is_not_shown(window: MainWindow, app_path: Path, qtbot: QtBot) -> None:
    bars = (window.tools, window.statusBar())
    buttons = [one for bar in bars for one in bar.findChildren(QToolButton)]
    assert [one.text() for one in buttons if one.isVisible() and not one.isEnabled()] == []
    assert not any(one.isVisible() for one in window.statusBar().findChildren(QToolButton))
    with qtbot.waitSignal(window.state.opened):
        window.files.open(app_path)
    assert any(one.isVisible() for one in window.statusBar().findChildren(QToolButton))


def test_it_offers_the_ways_to_begin(window: MainWindow) -> None:
    texts = {one.text() for one in window.parts.pages.welcome.findChildren(QPushButton)}
    assert {"Open Folder…", "Try the sample app", "Start mail catcher"} <= texts


def test_recent_apps_can_be_opened_from_it(
    settings: Settings, app_path: Path, qtbot: QtBot
) -> None:
    page = WelcomePage()
    qtbot.addWidget(page)
    page.show_recent([(app_path, AppNote())])
    (button,) = page.recent.findChildren(QPushButton)
    with qtbot.waitSignal(page.recent_wanted) as caught:
        button.click()
    assert caught.args == [app_path]
    page.show_recent([])
    assert page.recent.isHidden()


def test_in_the_sample_app_pressing_send_is_enough_to_read_the_message(
    window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.state.opened, timeout=15_000):
        window.parts.pages.welcome.sample.click()
    assert window.state.app_name
    loaded = window.state.effective().datasources["emailDs"].settings["transports"][0]
    assert loaded["host"] == "127.0.0.1"
    assert window.settings.recent() == []
    window.menu_actions["send_test_message"].trigger()
    qtbot.waitUntil(lambda: window.messages.has("arrived"), timeout=15_000)
    window.messages.choose("arrived", "Read It")
    assert window.state.selection == ("catcher", "")
    assert not window.messages.has("arrived")
    workspace = window.state.workspace
    assert workspace is not None
    window.close()
    assert not workspace.app.root.exists()


def test_settings_remember_the_newest_apps_once(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    folders = [tmp_path / str(number) for number in range(10)]
    for folder in folders:
        folder.mkdir()
        settings.add_recent(folder)
    settings.add_recent(folders[5])
    settings.sync()
    recent = Settings(tmp_path / "s.ini").recent()
    assert recent[0] == folders[5]
    assert len(recent) == len(set(recent)) == 8
    settings.forget_recent(folders[5])
    assert folders[5] not in settings.recent()


@pytest.mark.parametrize("value", [True, False])
def test_settings_keep_choices(tmp_path: Path, value: bool) -> None:
    settings = Settings(tmp_path / "s.ini")
    assert settings.flag("json", not value) is not value
    settings.set_flag("json", value)
    settings.sync()
    assert Settings(tmp_path / "s.ini").flag("json", not value) is value


def test_the_mail_catcher_can_be_used_without_an_app(window: MainWindow) -> None:
    window.parts.pages.welcome.catcher.click()
    assert window.state.selection == ("catcher", "")
    assert window.parts.pages.currentWidget() is not window.parts.pages.welcome
    assert window.parts.tree.isVisible()
    assert window.parts.tree.rows.keys() == [("welcome", ""), ("catcher", "")]
    window.state.select("welcome")
    assert window.parts.pages.currentWidget() is window.parts.pages.welcome


def test_a_recent_app_that_is_gone_is_said_and_forgotten(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    gone = tmp_path / "gone"
    window.settings.add_recent(gone)
    window.files.open(gone)
    qtbot.waitUntil(lambda: gone not in window.settings.recent(), timeout=5000)
    assert any("gone" in text for text in window.messages.texts())


def _reopened(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """Leave the app, as closing the window does, and open it again."""
    window.files.take_note()
    window.state.set_workspace(None)
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)


def test_environment_and_data_source_are_remembered_for_each_app(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    layer = {"emailDs": {"transports": [{"host": "live.example.com"}]}}
    first, second = make_app("first", **{"datasources.production": layer}), make_app("second")
    for path in (first, second):
        with qtbot.waitSignal(window.state.opened):
            window.files.open(path)
        assert (window.state.env, window.state.selection) == (
            "development",
            ("datasource", "emailDs"),
        )
        if path == first:
            window.state.set_environment("production")
            window.state.select("datasource", "db")
    window.state.select("bindings")
    _reopened(window, first, qtbot)
    assert (window.state.env, window.state.selection) == ("production", ("datasource", "db"))
    _reopened(window, second, qtbot)
    assert (window.state.env, window.state.selection) == ("development", ("datasource", "emailDs"))


def test_what_is_remembered_and_gone_does_not_matter(
    window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    window.settings.add_recent(app_path)
    window.settings.set_note(app_path, AppNote("staging", "nowhere"))
    with qtbot.waitSignal(window.state.opened):
        window.files.open(app_path)
    assert (window.state.env, window.state.selection) == ("development", ("datasource", "emailDs"))


def test_recent_apps_say_what_they_send_through(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    mailing = make_app("mailing")
    other = make_app("other", datasources={"db": {"connector": "memory"}}, **{"model-config": {}})
    for path in (mailing, other):
        with qtbot.waitSignal(window.state.opened):
            window.files.open(path)
    window.files.take_note()
    window.state.set_workspace(None)
    rows = window.parts.pages.welcome.recent.findChildren(Tile)
    assert [(row.title.text(), row.detail.text()) for row in rows] == [
        ("other", "cannot send mail yet"),
        ("mailing", "emailDs → smtp.example.com"),
    ]


def test_unsaved_hosts_and_secrets_are_not_remembered(
    open_window: MainWindow, app_path: Path, settings: Settings
) -> None:
    state = open_window.state
    assert state.workspace is not None
    for host in ("new.example.com", "smtp://me:hunter2@mx.example.com"):
        pointer = "/emailDs/transports/0/host"
        state.push("Change", [state.workspace.edit_value("datasources.json", pointer, host)])
    open_window.files.take_note()
    assert settings.note(app_path).server == "smtp.example.com"
    open_window.files.save()
    open_window.files.take_note()
    settings.sync()
    assert settings.note(app_path).mail == "emailDs"
    assert "hunter2" not in (app_path.parent / "settings.ini").read_text()


def test_notes_of_apps_that_are_no_longer_recent_go(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    for number in range(10):
        settings.add_recent(tmp_path / str(number))
        settings.set_note(tmp_path / str(number), AppNote("", mail=str(number)))
    assert settings.note(tmp_path / "9") == AppNote("", mail="9")
    assert settings.note(tmp_path / "0") == AppNote()
    settings.set_text("apps", "no JSON")
    assert settings.note(tmp_path / "9") == AppNote()
