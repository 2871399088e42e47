"""“Trust Certificate…”: shown with name, dates and digest, proven, one undo step, tested again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from page_apps import SmallApps, mail, transport
from servers.smtp_double import Script, SmtpDouble

Opened = Callable[..., tuple[AppState, SendingPanel]]


@pytest.fixture
def server() -> Iterator[SmtpDouble]:
    with SmtpDouble(Script(implicit="self-signed", mechanisms=())) as made:
        yield made


@pytest.fixture
def opened(small_apps: SmallApps, qtbot: QtBot) -> Opened:
    def open_panel(port: int, **more: Any) -> tuple[AppState, SendingPanel]:
        source = {"type": "smtp", "host": "localhost", "port": port, "secure": True, **more}
        state = small_apps.state({"datasources.json": {"emailDs": mail(source)}})
        state.select("datasource", "emailDs")
        panel = small_apps.shown(SendingPanel(state))
        panel.show()
        panel.check_connection()
        qtbot.waitUntil(lambda: not panel.running, timeout=10_000)
        return state, panel

    return open_panel


def test_trust_is_shown_proven_and_tested_again(
    opened: Opened, qtbot: QtBot, server: SmtpDouble
) -> None:
    state, panel = opened(server.port)
    assert panel.verdict.verdict.text().startswith("Not sent: ")
    panel.verdict.trust_button.click()
    card = panel.trust
    assert card.isVisible()
    assert card.title.text() == "Trust the authority “mail.example.test” for emailDs?"
    assert "CN=mail.example.test" in card.name.text()
    assert card.issuer.text() == "itself"
    assert " – " in card.valid.text()
    digest = card.digest.text().replace("\u200b", "")
    assert len(digest.split(":")) == 32
    assert "datasources.json" in card.purpose.text()
    assert not card.trust_button.isEnabled()
    qtbot.waitUntil(card.trust_button.isEnabled, timeout=10_000)
    card.trust_button.click()
    assert not card.isVisible()
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)
    assert panel.verdict.verdict.text().startswith("Sent nothing")
    assert "BEGIN CERTIFICATE" in transport(state)["tls"]["ca"]
    assert "rejectUnauthorized" not in transport(state)["tls"]
    state.undo.undo()
    assert "tls" not in transport(state)


def test_why_it_would_not_help_is_said(opened: Opened, qtbot: QtBot, server: SmtpDouble) -> None:
    state, panel = opened(server.port, host="127.0.0.1")
    panel.verdict.trust_button.click()
    qtbot.waitUntil(lambda: "would not pass" in panel.trust.state.text(), timeout=10_000)
    assert not panel.trust.trust_button.isEnabled()
    panel.trust.cancel_button.click()
    assert panel.trust.isHidden()
    assert "tls" not in transport(state)


def test_a_chain_without_its_end_gets_a_sentence_and_no_button(opened: Opened) -> None:
    with SmtpDouble(Script(implicit="good")) as server:
        _, panel = opened(server.port)
    assert panel.verdict.trust_button.isHidden()
    assert "does not send the certificate of its authority" in panel.verdict.why_not.text()


def test_a_change_takes_the_question_away(opened: Opened, qtbot: QtBot, server: SmtpDouble) -> None:
    state, panel = opened(server.port)
    panel.verdict.trust_button.click()
    pointer = "/emailDs/transports/0/port"
    state.change("Port", lambda w: [w.edit_value("datasources.json", pointer, 1)], pytest.fail)
    assert panel.trust.isHidden()
    assert not panel.verdict.trust_button.isEnabled()


def test_other_failures_offer_no_trust(opened: Opened) -> None:
    with SmtpDouble(Script(implicit="expired")) as server:
        _, panel = opened(server.port)
    assert panel.verdict.verdict.text().startswith("Not sent")
    assert panel.verdict.trust_button.isHidden()
