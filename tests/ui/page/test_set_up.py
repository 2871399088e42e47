"""Setting up a new mail data source: fields, binding, name, test, save and cancel."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.core.edit.presets import find_preset
from loopmail.ui.page.set_up import SetUpPage
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from small_app import MakeApp

MODELS = "model-config.json"


@pytest.fixture
def app_folder(make_app: MakeApp) -> Path:
    return make_app(
        datasources={"db": {"name": "db", "connector": "memory"}},
        **{"model-config": {"User": {"dataSource": "db"}}},
    )


@pytest.fixture
def no_mail(window: MainWindow, app_folder: Path, qtbot: QtBot) -> MainWindow:
    """The window with an app that has no mail."""
    with qtbot.waitSignal(window.state.opened):
        window.files.open(app_folder)
    return window


def begin(window: MainWindow, preset: str = "gmail") -> SetUpPage:
    window.set_up.choose(find_preset(preset))
    return window.parts.pages.set_up


def values(window: MainWindow, file: str = "datasources.json") -> Any:
    return window.state.snapshot().values[file]


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in sorted((folder / "server").iterdir())}


def test_a_provider_is_one_step_with_the_binding_and_leads_to_the_user(
    no_mail: MainWindow, app_folder: Path
) -> None:
    before = files(app_folder)
    page = begin(no_mail)
    assert no_mail.parts.pages.currentWidget() is page
    assert page.title.text() == "Set up GMail"
    assert page.server.text() == "smtp.gmail.com · TLS · port 465"
    assert QApplication.focusWidget() is page.user.widget
    assert page.bind.isChecked()
    assert no_mail.state.undo.count() == 1
    assert values(no_mail, MODELS)["Email"] == {"dataSource": "emailDs"}
    assert no_mail.parts.tree.currentIndex().data() == "emailDs"
    assert files(app_folder) == before


def test_nothing_is_held_against_fields_that_nobody_has_seen(
    no_mail: MainWindow, qtbot: QtBot
) -> None:
    page = begin(no_mail)
    qtbot.waitUntil(lambda: bool(no_mail.state.problems))
    assert page.user.row.problems == ()
    assert page.password.row.problems == ()


def test_enter_goes_from_field_to_field_and_the_password_waits_for_the_save(
    no_mail: MainWindow, store: MemoryStore
) -> None:
    page = begin(no_mail)
    assert page.user.widget is not None
    QTest.keyClicks(page.user.widget, "me@gmail.com")
    assert page.next.text().endswith("me@gmail.com")
    QTest.keyClick(page.user.widget, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is page.password.edit
    QTest.keyClicks(page.password.edit, "abcdefghijklmnop")
    auth = values(no_mail)["emailDs"]["transports"][0]["auth"]
    assert auth == {"user": "me@gmail.com", "pass": "${EMAIL_DS_PASS}"}
    assert store.get("loopmail:shop", "EMAIL_DS_PASS") is None
    assert no_mail.state.undo.count() == 3  # the provider, the user, the password
    no_mail.files.save()
    assert store.get("loopmail:shop", "EMAIL_DS_PASS") == "abcdefghijklmnop"
    assert no_mail.state.selection == ("datasource", "emailDs")


def test_cancel_gives_all_back(no_mail: MainWindow, app_folder: Path, store: MemoryStore) -> None:
    before = files(app_folder)
    page = begin(no_mail)
    assert page.user.widget is not None
    QTest.keyClicks(page.user.widget, "me@gmail.com")
    QTest.keyClicks(page.password.edit, "secret")
    page.bind.click()
    page.cancel.click()
    state = no_mail.state
    assert state.selection == ("add", "")
    assert QApplication.focusWidget() is no_mail.parts.pages.no_mail.search
    assert not state.modified
    assert not state.entries
    no_mail.files.save()
    assert files(app_folder) == before
    assert store.get("loopmail:shop", "EMAIL_DS_PASS") is None


def test_undo_leads_back_step_by_step(no_mail: MainWindow) -> None:
    page = begin(no_mail)
    assert page.user.widget is not None
    QTest.keyClicks(page.user.widget, "me@gmail.com")
    no_mail.state.undo.undo()
    assert no_mail.state.selection == ("setup", "emailDs")
    no_mail.state.undo.undo()
    assert no_mail.state.selection == ("add", "")
    no_mail.state.undo.redo()
    assert no_mail.state.selection == ("setup", "emailDs")
    assert page.bind.isChecked()


def test_the_binding_can_be_left_out_and_its_entry_is_what_it_was(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    entry = {"dataSource": None, "public": False}
    path = make_app(datasources={}, **{"model-config": {"Email": entry}})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    page = begin(window)
    assert values(window, MODELS)["Email"] == {"dataSource": "emailDs", "public": False}
    page.bind.click()
    assert not page.bind.isChecked()
    assert values(window, MODELS)["Email"] == entry
    page.bind.click()
    assert page.bind.isChecked()
    assert values(window, MODELS)["Email"] == {"dataSource": "emailDs", "public": False}


def test_an_app_whose_email_sends_already_keeps_its_binding(
    open_window: MainWindow,
) -> None:
    before = values(open_window, MODELS)
    page = begin(open_window)
    assert not page.bind_room.isVisibleTo(page)
    assert values(open_window, MODELS) == before


def test_the_name_is_folded_away_and_can_be_changed(no_mail: MainWindow) -> None:
    page = begin(no_mail)
    assert not page.name.isVisible()
    page.fold.click()
    assert QApplication.focusWidget() is page.name
    page.name.setText("db")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert page.objection.text()
    page.name.setText("shopMail")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert no_mail.state.selection == ("setup", "shopMail")
    assert values(no_mail, MODELS)["Email"] == {"dataSource": "shopMail"}
    assert page.bind.isChecked()
    assert page.bind.text() == "Bind the Email model to shopMail"


def test_a_user_that_is_no_address_asks_for_one(no_mail: MainWindow, qtbot: QtBot) -> None:
    page = begin(no_mail, "sendgrid")
    assert QApplication.focusWidget() is page.password.edit
    assert page.address_room.isVisibleTo(page)
    page.password.edit.setText("SG.key")
    page.test.click()
    assert QApplication.focusWidget() is page.address
    with qtbot.waitSignal(page.test_wanted) as caught:
        page.test_wanted.disconnect(no_mail.set_up.test)
        QTest.keyClicks(page.address, "me@shop.example")
        QTest.keyClick(page.address, Qt.Key.Key_Return)
    assert caught.args == ["me@shop.example"]


def test_a_test_needs_user_and_password(no_mail: MainWindow) -> None:
    page = begin(no_mail)
    page.test.click()
    assert QApplication.focusWidget() is page.user.widget
    assert "user" in page.objection.text()
    assert no_mail.state.selection == ("setup", "emailDs")
    assert page.user.widget is not None
    QTest.keyClicks(page.user.widget, "me@gmail.com")
    page.test.click()
    assert QApplication.focusWidget() is page.password.edit


def test_another_provider_keeps_the_address(no_mail: MainWindow) -> None:
    page = begin(no_mail)
    assert page.user.widget is not None
    QTest.keyClicks(page.user.widget, "me@shop.example")
    page.other.click()
    assert no_mail.state.selection == ("add", "")
    assert not no_mail.state.modified
    begin(no_mail, "office365")
    assert no_mail.state.view().mail_user("emailDs") == "me@shop.example"


def test_details_are_all_settings(no_mail: MainWindow) -> None:
    page = begin(no_mail)
    page.details.click()
    assert no_mail.state.selection == ("datasource", "emailDs")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert no_mail.parts.pages.mail.isAncestorOf(focused)


def test_from_nothing_to_an_app_that_sends(no_mail: MainWindow, qtbot: QtBot) -> None:
    with MailCatcher() as server:
        no_mail.parts.pages.no_mail.other.click()
        page = no_mail.parts.pages.set_up
        host, port, user, password, _ = page._edits()
        for widget, text in (
            (host, "127.0.0.1"),
            (port, str(server.port)),
            (user, "me@shop.example"),
            (password, "pw"),
        ):
            assert QApplication.focusWidget() is widget
            QTest.keyClicks(widget, text)
            QTest.keyClick(widget, Qt.Key.Key_Return)
        panel = no_mail.parts.test.panel
        assert panel is not None
        assert panel.isVisible()
        focused = QApplication.focusWidget()
        assert focused is not None
        assert panel.isAncestorOf(focused)
        qtbot.waitUntil(lambda: bool(server.messages()) and not panel.running, timeout=15_000)
        assert server.messages()[0].signed_in_as == "me@shop.example"
        qtbot.waitUntil(lambda: panel.readiness.found is not None, timeout=5000)
        found = panel.readiness.found
        assert found is not None
        assert [one.id for one in found.hindrances] == ["unsaved-changes"]
        with qtbot.waitSignal(panel.readiness.answered, timeout=5000):
            no_mail.menu_actions["save"].trigger()
        assert panel.readiness.found is not None
        assert panel.readiness.found.sends
