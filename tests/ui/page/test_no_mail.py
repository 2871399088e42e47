"""The first page of an app without mail: providers, search, regions, other ways."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.core.edit.providers import brands
from loopmail.ui.page.no_mail import NoMailPage
from loopmail.ui.page.tree import AppTree
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp

DB = {"db": {"name": "db", "connector": "memory"}}


@pytest.fixture
def no_mail(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> MainWindow:
    """The window with an app that has no mail."""
    path = make_app(datasources=DB, **{"model-config": {"User": {"dataSource": "db"}}})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    return window


def page_of(window: MainWindow) -> NoMailPage:
    return window.parts.pages.no_mail


def titles(page: NoMailPage) -> list[str]:
    return [tile.title.text() for tile in page.grid.tiles]


def test_an_app_without_mail_opens_there_with_the_focus_in_the_search(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    assert no_mail.parts.pages.currentWidget() is page
    assert page.title.text() == "This app cannot send mail yet"
    assert QApplication.focusWidget() is page.search
    assert len(page.grid.tiles) == 9
    assert not no_mail.parts.test.isVisible()


@pytest.mark.parametrize(
    "files",
    [
        {"datasources": {}},
        {"datasources": {"rest": {"connector": "rest"}}, "model-config": {}},
    ],
)
def test_so_does_an_app_with_hardly_any_file(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, files: dict[str, Any]
) -> None:
    path = make_app(**files)
    (path / "server" / "datasources.json").unlink()
    (path / "server" / "model-config.json").unlink()
    (path / "server" / "model-config.json").write_text("{}")
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    assert window.state.selection == ("add", "")
    page_of(window).grid.tiles[0].click()
    assert window.state.selection == ("setup", "emailDs")


@pytest.mark.parametrize(
    "files",
    [
        {"datasources": {"mail": {"connector": "loopback-connector-sendgrid"}}},
        {"datasources": DB, "datasources.development": DB, "datasources.local": "{"},
        {"datasources": DB, "datasources.local.js": "module.exports = {};"},
        {"datasources": DB, "datasources.production.js": "module.exports = {};"},
    ],
)
def test_what_may_send_in_another_way_does_not_open_there(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, files: dict[str, Any]
) -> None:
    with qtbot.waitSignal(window.state.opened):
        window.files.open(make_app(**files))
    assert window.state.selection[0] in ("bindings", "file", "datasource")
    assert not window.parts.tree.rows.index_of(("add", "")).isValid()


def test_the_tree_has_a_row_for_it_and_a_plus_at_each_heading(
    no_mail: MainWindow, qtbot: QtBot
) -> None:
    tree = no_mail.parts.tree
    assert tree.rows.keys() == [("add", ""), ("datasource", "db"), ("bindings", "")]
    row = tree.rows.index_of(("add", ""))
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "Set up mail, no mail yet"
    _plus(tree, "Add Binding").click()
    bindings = no_mail.parts.pages.bindings
    assert no_mail.state.selection == ("bindings", "")
    assert QApplication.focusWidget() is bindings.new_model
    _plus(tree, "Add Mail Data Source").click()
    assert no_mail.state.selection == ("add", "")
    assert QApplication.focusWidget() is page_of(no_mail).name


def _plus(tree: AppTree, name: str) -> Any:
    from PySide6.QtWidgets import QToolButton

    return next(one for one in tree.findChildren(QToolButton) if one.accessibleName() == name)


def test_tab_reaches_the_plus_after_the_tree(no_mail: MainWindow) -> None:
    no_mail.parts.tree.setFocus()
    seen = []
    for _ in range(2):
        before = QApplication.focusWidget()
        assert before is not None
        QTest.keyClick(before, Qt.Key.Key_Tab)
        after = QApplication.focusWidget()
        assert after is not None
        seen.append(after.accessibleName())
    assert seen == ["Add Mail Data Source", "Add Binding"]


def test_the_search_finds_former_names_and_enter_takes_the_first(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    QTest.keyClicks(page.search, "sendinblue")
    assert titles(page) == ["Brevo"]
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert no_mail.state.selection == ("setup", "emailDs")
    host = no_mail.state.snapshot().values["datasources.json"]["emailDs"]["transports"][0]["host"]
    assert host == "smtp-relay.brevo.com"


def test_an_address_is_searched_for_and_filled_in(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    QTest.keyClicks(page.search, "me@gmail.com")
    assert titles(page) == ["GMail"]
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert no_mail.state.view().mail_user("emailDs") == "me@gmail.com"
    assert QApplication.focusWidget() is no_mail.parts.pages.set_up.password.edit


def test_nothing_found_is_said_and_enter_does_nothing(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    for text, word in (("qqqqqq", "qqqqqq"), ("me@company.example", "company.example")):
        page.search.setText(text)
        assert titles(page) == []
        assert word in page.nothing.text()
        assert page.nothing.isVisible()
        QTest.keyClick(page.search, Qt.Key.Key_Return)
        assert no_mail.state.selection == ("add", "")
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert len(page.grid.tiles) == 9
    assert not page.nothing.isVisible()


def test_all_are_listed_in_groups(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    assert page.all.text() == f"All {len(brands())} providers"
    page.all.click()
    shown = [tile for _, grid in page._groups.values() for tile in grid.tiles]
    assert len(shown) == len(brands())
    assert all(tile.isVisibleTo(page) for tile in shown)
    assert isinstance(QApplication.focusWidget(), type(shown[0]))
    page.search.setText("gmail")
    assert titles(page) == ["GMail"]
    assert page.grid.tiles[0].isVisibleTo(page)
    page.search.clear()
    assert len([one for one in shown if one.isVisibleTo(page)]) == len(brands())


def test_a_provider_with_regions_asks_for_one_and_escape_goes_back(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    ses = next(tile for tile in page.grid.tiles if tile.title.text() == "Amazon SES")
    ses.click()
    assert "eu-west-1" in titles(page)
    assert QApplication.focusWidget() is page.grid.tiles[0]
    assert "region" in page.nothing.text()
    QTest.keyClick(page.grid.tiles[0], Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is ses
    ses.click()
    ireland = next(tile for tile in page.grid.tiles if tile.title.text() == "eu-west-1")
    assert ireland.accessibleName() == "Amazon SES, eu-west-1, Ireland"
    QTest.keyClick(ireland, Qt.Key.Key_Return)
    host = no_mail.state.snapshot().values["datasources.json"]["emailDs"]["transports"][0]["host"]
    assert host == "email-smtp.eu-west-1.amazonaws.com"


def test_arrows_go_through_the_tiles(no_mail: MainWindow) -> None:
    page = page_of(no_mail)
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    tiles = page.grid.tiles
    assert QApplication.focusWidget() is tiles[0]
    QTest.keyClick(tiles[0], Qt.Key.Key_Right)
    assert QApplication.focusWidget() is tiles[1]
    QTest.keyClick(tiles[1], Qt.Key.Key_Down)
    below = page.grid._columns + 1
    assert QApplication.focusWidget() is tiles[below]
    QTest.keyClick(tiles[below], Qt.Key.Key_Up)
    QTest.keyClick(tiles[1], Qt.Key.Key_Up)
    assert QApplication.focusWidget() is page.search


def test_tiles_say_their_name_and_their_other_names(no_mail: MainWindow) -> None:
    first = page_of(no_mail).grid.tiles[0]
    assert first.accessibleName() == "GMail"
    assert "Google" in first.accessibleDescription()


def test_the_catcher_is_started_and_used_in_one_step(no_mail: MainWindow, qtbot: QtBot) -> None:
    state = no_mail.state
    page_of(no_mail).catcher.click()
    assert state.selection == ("datasource", "emailDs")
    first = state.snapshot().values["datasources.json"]["emailDs"]["transports"][0]
    assert first["host"] == "127.0.0.1"
    assert "auth" not in first
    assert state.snapshot().values["model-config.json"]["Email"] == {"dataSource": "emailDs"}
    assert state.undo.count() == 1
    no_mail.menu_actions["send_test_message"].trigger()
    qtbot.waitUntil(lambda: no_mail.messages.has("arrived"), timeout=15_000)
    state.undo.undo()
    assert state.selection == ("add", "")
    assert not state.modified


def test_adding_to_an_app_that_has_mail_says_so(open_window: MainWindow) -> None:
    open_window.menu_actions["add"].trigger()
    page = page_of(open_window)
    assert page.title.text() == "Add a mail data source"
    assert page.wanted_name() == "emailDs2"
    page.name.setText("news")
    page.search.setFocus()
    QTest.keyClicks(page.search, "gmail")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert open_window.state.selection == ("setup", "news")


def test_another_provider_for_a_data_source_leaves_all_but_its_server(
    open_window: MainWindow,
) -> None:
    header = open_window.parts.pages.mail.header
    before = open_window.state.snapshot().values["datasources.json"]["emailDs"]
    header.provider.trigger()
    page = page_of(open_window)
    assert page.title.text() == "Another provider for emailDs"
    assert not page.other.isVisible()
    assert open_window.parts.tree.currentIndex().data() == "emailDs"
    QTest.keyClicks(page.search, "mailgun eu")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert open_window.state.selection == ("datasource", "emailDs")
    first = open_window.state.snapshot().values["datasources.json"]["emailDs"]["transports"][0]
    assert first["host"] == "smtp.eu.mailgun.org"
    assert first["auth"] == before["transports"][0]["auth"]
    open_window.state.undo.undo()
    assert open_window.state.selection == ("datasource", "emailDs")
    assert open_window.state.snapshot().values["datasources.json"]["emailDs"] == before


def test_the_name_is_the_one_that_the_models_ask_for(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    models = {"Email": {"dataSource": "mailer"}}
    with qtbot.waitSignal(window.state.opened):
        window.files.open(make_app(datasources=DB, **{"model-config": models}))
    page_of(window).grid.tiles[0].click()
    assert window.state.selection == ("setup", "mailer")
    assert window.state.snapshot().values["model-config.json"] == models
    assert list(window.state.view().mail) == ["mailer"]
