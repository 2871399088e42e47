"""The test message folds to a line, Send becomes Stop, and the stage that runs is a sentence."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.ui.sending.panel import SendingPanel
from page_apps import SmallApps, mail
from servers.smtp_double import Script, SmtpDouble

Opened = Callable[[int], SendingPanel]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_panel(port: int) -> SendingPanel:
        source = mail({"type": "smtp", "host": "127.0.0.1", "port": port})
        state = small_apps.state({"datasources.json": {"a": source, "b": source}})
        state.select("datasource", "a")
        panel = small_apps.shown(SendingPanel(state))
        panel.show()
        return panel

    return open_panel


def fill(panel: SendingPanel, to: str = "ann@example.com") -> None:
    panel.message.from_.setText("shop@example.com")
    panel.message.to.setText(to)


def finish(panel: SendingPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)


def focus(panel: SendingPanel) -> QWidget | None:
    return panel.window().focusWidget()


def test_the_first_test_folds_the_message_to_a_line(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    panel = opened(catcher.port)
    assert panel.message.fields.isVisible()
    fill(panel)
    panel.send_test_message()
    finish(panel, qtbot)
    assert panel.message.folded
    assert not panel.message.to.isVisible()
    said = panel.message.line.text.whole
    assert said.startswith("To ann@example.com · “loopmail test of a, ")
    panel.message.line.edit.click()
    assert panel.message.to.isVisible()
    assert focus(panel) is panel.message.to


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("a@example.com, b@example.com", "To a@example.com and one more · “"),
        ("a@example.com, b@example.com, c@example.com", "To a@example.com and 2 more · “"),
    ],
)
def test_the_line_counts_further_recipients(
    opened: Opened, catcher: MailCatcher, to: str, said: str
) -> None:
    panel = opened(catcher.port)
    fill(panel, to)
    panel.message.fold()
    assert panel.message.line.text.whole.startswith(said)


def test_who_changes_a_field_gets_to_see_it(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    panel = opened(catcher.port)
    fill(panel)
    panel.send_test_message()
    finish(panel, qtbot)
    panel.message.to.setText("bob@example.com")
    assert panel.message.to.isVisible()
    panel.send_test_message()
    finish(panel, qtbot)
    assert panel.message.folded
    assert [one.envelope_to for one in catcher.messages()][-1] == ("bob@example.com",)


def test_a_message_that_lacks_an_address_does_not_fold(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    panel = opened(catcher.port)
    panel.check_connection()
    finish(panel, qtbot)
    assert panel.message.to.isVisible()
    fill(panel)
    panel.check_connection()
    finish(panel, qtbot)
    assert panel.message.line.isVisible()
    panel.state.select("datasource", "b")  # nothing has been typed for it yet
    assert panel.message.to.isVisible()
    panel.state.select("datasource", "a")
    assert panel.message.line.isVisible()


def test_a_refusal_unfolds_the_field_that_is_to_be_mended(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    panel = opened(catcher.port)
    fill(panel)
    panel.check_connection()
    finish(panel, qtbot)
    panel.message.to.setText("nobody")
    panel.send_test_message()
    assert panel.message.to.isVisible()


def test_stop_stands_where_send_stood_and_takes_its_focus(opened: Opened, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="greeting")) as server:
        panel = opened(server.port)
        fill(panel)
        assert not panel.stop_button.isVisible()
        panel.send_button.setFocus()
        panel.send_button.click()
        assert panel.stop_button.isVisible()
        assert panel.stop_button.text() == "Stop"
        assert not panel.send_button.isVisible()
        assert focus(panel) is panel.stop_button
        panel.stop_button.click()
        finish(panel, qtbot)
    assert panel.send_button.isVisible()
    assert focus(panel) is panel.send_button


def test_the_focus_in_a_field_that_folds_goes_to_stop(opened: Opened, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="greeting")) as server:
        panel = opened(server.port)
        fill(panel)
        panel.message.to.setFocus()
        panel.send_test_message()
        assert focus(panel) is panel.stop_button
        panel.stop()
        finish(panel, qtbot)


def test_what_is_waited_for_is_a_sentence_with_its_time(opened: Opened, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="greeting")) as server:
        panel = opened(server.port)
        panel.check_connection()
        said = "Waiting for the greeting of 127.0.0.1…"
        qtbot.waitUntil(lambda: panel.stage.sentence.text() == said, timeout=5000)
        assert panel.stage.isVisible()
        qtbot.waitUntil(lambda: panel.stage.time.text() > "0.2", timeout=5000)
        assert panel.stage.time.text().endswith("\u00a0s of at most 30\u00a0s")
        panel.stop()
        finish(panel, qtbot)
    assert not panel.stage.isVisible()


def test_what_runs_elsewhere_is_not_told_here(opened: Opened, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="greeting")) as server:
        panel = opened(server.port)
        panel.check_connection()
        qtbot.waitUntil(panel.stage.isVisible, timeout=5000)
        panel.state.select("datasource", "b")
        assert not panel.stage.isVisible()
        panel.state.select("datasource", "a")
        assert panel.stage.isVisible()
        panel.stop()
        finish(panel, qtbot)
