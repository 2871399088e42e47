"""Pasting a mail server anywhere in the window."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from small_app import MakeApp

URL = "smtps://me%40shop.example:hunter2@mx.example"
ENV = (
    "SMTP_HOST=mx.example\nSMTP_PORT=2525\nSMTP_USER=me\nSMTP_PASS=hunter2\nSMTP_FROM=a@b.example\n"
)
SWAKS = "swaks --server mx.example:587 --tls --au me --ap 'hunter2' --to c@d.example"


@pytest.fixture
def no_mail(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> MainWindow:
    path = make_app(datasources={"db": {"connector": "memory"}}, **{"model-config": {}})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    return window


def press_paste(text: str) -> None:
    """Copy a text elsewhere, then press Ctrl+V where the focus is."""
    QGuiApplication.clipboard().setText(text)
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def first(window: MainWindow, name: str = "emailDs") -> Any:
    return window.state.snapshot().values["datasources.json"][name]["transports"][0]


@pytest.mark.parametrize("text", [URL, ENV, SWAKS])
def test_in_an_app_without_mail_it_opens_the_set_up_with_all_filled_in(
    no_mail: MainWindow, text: str, store: MemoryStore
) -> None:
    press_paste(text)  # the focus is in the search
    page = no_mail.parts.pages.set_up
    assert no_mail.state.selection == ("setup", "emailDs")
    assert first(no_mail)["host"] == "mx.example"
    assert first(no_mail)["auth"]["pass"] == "${EMAIL_DS_PASS}"
    assert page.password.edit.text() == "hunter2"
    assert page.bind.isChecked()
    assert no_mail.parts.pages.no_mail.search.text() == ""
    assert no_mail.state.undo.count() == 1
    assert list(no_mail.state.entries.values().values()) == ["hunter2"]
    assert store.get("loopmail:shop", "EMAIL_DS_PASS") is None
    no_mail.files.save()
    assert store.get("loopmail:shop", "EMAIL_DS_PASS") == "hunter2"


def test_the_button_paste_takes_it_too_and_says_when_there_is_none(no_mail: MainWindow) -> None:
    page = no_mail.parts.pages.no_mail
    QGuiApplication.clipboard().setText("no server")
    page.paste.click()
    assert no_mail.state.selection == ("add", "")
    assert "smtp://" in no_mail.statusBar().currentMessage()
    QGuiApplication.clipboard().setText(URL)
    page.paste.click()
    assert no_mail.state.selection == ("setup", "emailDs")


def test_a_search_that_is_a_server_is_one(no_mail: MainWindow) -> None:
    no_mail.parts.pages.no_mail.search.setText(URL)  # pasted by the context menu
    assert no_mail.state.selection == ("setup", "emailDs")
    assert first(no_mail)["auth"]["user"] == "me@shop.example"


def _host(window: MainWindow) -> QWidget:
    host = window.parts.pages.mail.findChild(QLineEdit, "field-host")
    assert host is not None
    return host


def _tree(window: MainWindow) -> QWidget:
    return window.parts.tree


def _check_box(window: MainWindow) -> QWidget:
    verify = window.parts.pages.mail.findChild(QWidget, "field-tls-rejectUnauthorized")
    assert verify is not None
    return verify


@pytest.mark.parametrize("place", [_host, _tree, _check_box])
def test_it_goes_into_the_selected_data_source_wherever_the_focus_is(
    open_window: MainWindow, place: Any, store: MemoryStore
) -> None:
    before = first(open_window)
    place(open_window).setFocus()
    press_paste(ENV)
    state = open_window.state
    now = first(open_window)
    assert (now["host"], now["port"], now["secure"]) == ("mx.example", 2525, False)
    assert now["auth"] == {"user": "me", "pass": "${EMAIL_DS_PASS}"}
    assert state.entries.values() == {("loopmail:shop", "EMAIL_DS_PASS"): "hunter2"}
    assert state.undo.count() == 1
    assert "hunter2" not in state.undo.undoText()
    told = " ".join(open_window.messages.texts())
    assert "mx.example" in told
    assert "hunter2" not in told
    open_window.messages.choose("pasted", "Undo")
    assert first(open_window) == before
    assert not state.modified
    assert not open_window.messages.has("pasted")


@pytest.mark.parametrize(
    "text", [URL, "SMTP_HOST=mx.example SMTP_PORT=2525 SMTP_USER=me SMTP_PASS=hunter2"]
)
def test_what_the_mouse_puts_into_host_does_not_stay_there(
    open_window: MainWindow, text: str, qtbot: QtBot
) -> None:
    host = open_window.parts.pages.mail.findChild(QLineEdit, "field-host")
    assert host is not None
    host.setFocus()
    host.selectAll()
    QGuiApplication.clipboard().setText(text)
    host.paste()  # what the context menu does
    qtbot.waitUntil(lambda: host.text() == "mx.example")
    assert list(open_window.state.entries.values().values()) == ["hunter2"]
    assert open_window.state.undo.count() == 1
    host.selectAll()
    QTest.keyClicks(host, "smtp://a.example")  # letter by letter it is only a strange host
    assert host.text() == "smtp://a.example"


def test_undo_is_offered_only_as_long_as_it_would_undo_that(open_window: MainWindow) -> None:
    open_window.parts.tree.setFocus()
    press_paste(URL)
    assert open_window.messages.has("pasted")
    host = open_window.parts.pages.mail.findChild(QLineEdit, "field-host")
    assert host is not None
    QTest.keyClicks(host, "x")
    assert not open_window.messages.has("pasted")


def test_a_fresh_data_source_is_filled_without_a_word(open_window: MainWindow) -> None:
    open_window.set_up.add_bare("news")
    open_window.parts.tree.setFocus()
    press_paste(SWAKS)
    assert first(open_window, "news")["requireTLS"] is True
    assert not open_window.messages.has("pasted")
    panel = open_window.parts.test.panel
    assert panel is None or panel.message.to.text() == "c@d.example"


def test_pasting_the_same_again_changes_nothing(open_window: MainWindow) -> None:
    open_window.parts.tree.setFocus()
    press_paste("smtp://mx.example:2525")
    count = open_window.state.undo.count()
    press_paste("smtp://mx.example:2525")
    assert open_window.state.undo.count() == count


def test_other_texts_and_longer_texts_are_pasted_as_ever(open_window: MainWindow) -> None:
    host = open_window.parts.pages.mail.findChild(QLineEdit, "field-host")
    assert host is not None
    host.setFocus()
    host.selectAll()
    press_paste("mx.example")
    assert first(open_window)["host"] == "mx.example"
    body = open_window.parts.test.panel
    assert body is not None
    text = body.message.text
    assert isinstance(text, QPlainTextEdit)
    text.setFocus()
    text.selectAll()
    press_paste(ENV)
    assert text.toPlainText().startswith("SMTP_HOST")
    assert first(open_window)["host"] == "mx.example"


def test_a_variable_stands_for_the_password_in_the_file(open_window: MainWindow) -> None:
    open_window.parts.tree.setFocus()
    press_paste("SMTP_HOST=mx.example\nSMTP_PASS=${SHOP_PASS}")
    assert first(open_window)["auth"]["pass"] == "${SHOP_PASS}"
    assert not open_window.state.entries
