import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
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


def test_a_message_that_arrives_is_shown(page: CatcherPage, qtbot: QtBot) -> None:
    page.start_button.click()
    assert page.host.running
    assert page.address.text() == f"127.0.0.1:{page.host.port}"
    assert "Waiting for mail" in page.empty.text()
    send(page, "Hello")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=5000)
    row = [page.model.index(0, column).data() for column in range(1, 4)]
    assert row == ["a@example.com", "b@example.com", "Hello"]
    text, html, headers, raw = (view.toPlainText() for view in page.views)
    assert "plain <b>words</b>" in text
    assert "<b>bold</b>" in html
    assert "Subject: Hello" in headers
    assert "multipart/alternative" in raw


def test_the_newest_message_is_selected(page: CatcherPage, qtbot: QtBot) -> None:
    page.start()
    send(page, "one")
    send(page, "two")
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=5000)
    assert page.table.currentIndex().row() == 1
    page.table.selectRow(0)
    assert "Subject: one" in page.views[2].toPlainText()


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
