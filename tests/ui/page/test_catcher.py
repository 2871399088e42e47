import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.core.errors import SendError
from loopmail.ui.page.catcher import CatcherPage
from page_apps import SMTP, mail, open_state, settle


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Iterator[CatcherPage]:
    state = open_state(tmp_path, {"datasources.json": {"emailDs": mail(SMTP)}})
    page = CatcherPage(state)
    qtbot.addWidget(page)
    yield page
    page.host.stop()
    settle(state, qtbot)


def send(page: CatcherPage, subject: str, html: str = "<b>bold</b>") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", subject
    message.set_content("plain <b>words</b>")
    message.add_alternative(html, subtype="html")
    with smtplib.SMTP(page.host.address, page.host.port, timeout=5) as client:
        client.send_message(message)


def arrive(page: CatcherPage, qtbot: QtBot, *subjects: str) -> None:
    for subject in subjects:
        send(page, subject)
    qtbot.waitUntil(lambda: page.model.rowCount() == len(subjects), timeout=5000)


def subjects(page: CatcherPage) -> list[str]:
    found = page.table.found
    return [found.index(at, 3).data() for at in range(found.rowCount())]


def test_a_message_that_arrives_is_shown(page: CatcherPage, qtbot: QtBot) -> None:
    page.start_button.click()
    assert page.host.running
    assert page.address.text() == f"127.0.0.1:{page.host.port}"
    assert "Waiting for mail" in page.empty.text()
    arrive(page, qtbot, "Hello")
    row = [page.model.index(0, column).data() for column in range(1, 4)]
    assert row == ["a@example.com", "b@example.com", "Hello"]
    assert page.view.subject.text() == "Hello"
    assert "plain <b>words</b>" in page.view.text.toPlainText()
    assert "<b>bold</b>" in page.view.html_source.toPlainText()
    assert "Subject: Hello" in page.view.headers.toPlainText()
    assert "multipart/alternative" in page.view.source.toPlainText()


def test_the_newest_message_is_on_top_and_the_chosen_one_stays(
    page: CatcherPage, qtbot: QtBot
) -> None:
    page.start()
    arrive(page, qtbot, "one")
    send(page, "two")
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=5000)
    assert subjects(page) == ["two", "one"]
    assert page.view.subject.text() == "one"  # whoever reads is not interrupted
    page.table.selectRow(0)
    assert "Subject: two" in page.view.headers.toPlainText()


def test_what_was_not_looked_at_is_marked_in_words_too(page: CatcherPage, qtbot: QtBot) -> None:
    page.start()
    page.show()
    arrive(page, qtbot, "one", "two")
    assert page.count.text() == "2 messages, 1 not read"
    told = [
        page.table.found.index(at, 3).data(Qt.ItemDataRole.AccessibleTextRole) for at in range(2)
    ]
    assert told == ["two, not read", "one"]
    page.table.selectRow(0)
    assert page.count.text() == "2 messages, 0 not read"


def test_the_search_looks_at_sender_subject_and_text(page: CatcherPage, qtbot: QtBot) -> None:
    page.start()
    arrive(page, qtbot, "Coffee", "Tea")
    page.search.setText("coff")
    assert subjects(page) == ["Coffee"]
    assert page.view.subject.text() == "Coffee"
    assert page.count.text() == "1 of 2 messages"
    page.search.setText("a@example.com words")
    assert subjects(page) == ["Tea", "Coffee"]
    page.search.setText("nothing has this")
    assert subjects(page) == []


def test_a_deleted_message_can_be_put_back(page: CatcherPage, qtbot: QtBot) -> None:
    page.start()
    arrive(page, qtbot, "one", "two", "three")
    page.table.selectRow(1)
    page.view.delete_button.click()
    assert subjects(page) == ["three", "one"]
    assert [one.subject for one in page.host.messages()] == ["one", "three"]
    assert page.gone.title.text() == "1 message was deleted."
    page.undo_button.click()
    assert subjects(page) == ["three", "two", "one"]
    assert page.gone.isHidden()


def test_all_are_cleared_and_can_be_put_back(page: CatcherPage, qtbot: QtBot) -> None:
    page.start()
    page.show()
    arrive(page, qtbot, "one", "two")
    page.clear_button.setFocus()
    page.clear_button.click()
    assert subjects(page) == []
    assert page.host.messages() == []
    assert page.window().focusWidget() is page.undo_button
    page.undo_button.click()
    assert subjects(page) == ["two", "one"]


def test_stopping_and_starting_again_works(page: CatcherPage, qtbot: QtBot) -> None:
    page.start()
    page.stop_button.click()
    assert page.host.port == 0
    assert not page.start_button.isHidden()
    page.start()
    assert page.host.port > 0
    assert page.start_button.isHidden()


def test_a_port_in_use_is_one_sentence(page: CatcherPage, monkeypatch: Any) -> None:
    def refuse(_self: MailCatcher) -> None:
        raise SendError("Port 25 is in use.")

    monkeypatch.setattr(MailCatcher, "start", refuse)
    page.start()
    assert page.sentence.text() == "Port 25 is in use."
    assert not page.host.running


def test_the_list_is_a_sound_model(page: CatcherPage, qtbot: QtBot, qtmodeltester: Any) -> None:
    page.start()
    send(page, "Hello")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=5000)
    qtmodeltester.check(page.model)
