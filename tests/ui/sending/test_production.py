"""The first real message from production is asked about; nothing is sent meanwhile."""

from collections.abc import Callable

import pytest
from PySide6 import QtGui
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.ui.sending.panel import SendingPanel
from page_apps import SmallApps, mail

# No address of this computer; the tests' own guard lets nothing out, so that tries end at once.
ANYWHERE = "192.0.2.1"


@pytest.fixture
def opened(small_apps: SmallApps, catcher: MailCatcher) -> Callable[..., SendingPanel]:
    def open_panel(env: str = "production", host: str = ANYWHERE) -> SendingPanel:
        source = mail({"type": "smtp", "host": host, "port": catcher.port})
        state = small_apps.state({"datasources.json": {"a": source, "b": source}})
        state.set_environment(env)
        state.select("datasource", "a")
        panel = small_apps.shown(SendingPanel(state))
        panel.show()
        panel.message.from_.setText("shop@example.com")
        panel.message.to.setText("ann@example.com")
        return panel

    return open_panel


def _runs(panel: SendingPanel) -> bool:
    return panel.running


def _finish(panel: SendingPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)


def test_it_is_asked_once_and_then_sent(opened: Callable[..., SendingPanel], qtbot: QtBot) -> None:
    panel = opened()
    panel.send_test_message()
    question = panel.head.question
    assert question.isVisible()
    assert not _runs(panel)
    assert "production" in question.title.text()
    assert "ann@example.com" in question.text.text()
    assert panel.window().focusWidget() is question.send
    question.send.click()
    assert _runs(panel)
    assert not question.isVisible()
    _finish(panel, qtbot)
    panel.send_test_message()
    assert _runs(panel)
    assert not question.isVisible()
    _finish(panel, qtbot)


def test_nothing_is_sent_by_cancel_nor_by_check(
    opened: Callable[..., SendingPanel], catcher: MailCatcher, qtbot: QtBot
) -> None:
    panel = opened()
    panel.send_test_message()
    panel.head.question.cancel.click()
    assert not _runs(panel)
    assert not panel.head.question.isVisible()
    panel.send_test_message()
    panel.head.question.check.click()
    _finish(panel, qtbot)
    assert catcher.messages() == []
    # it was not agreed to
    panel.send_test_message()
    assert panel.head.question.isVisible()


def test_a_check_needs_no_question(opened: Callable[..., SendingPanel], qtbot: QtBot) -> None:
    panel = opened()
    panel.check_connection()
    assert not panel.head.question.isVisible()
    _finish(panel, qtbot)


@pytest.mark.parametrize(("env", "host"), [("production", "127.0.0.1"), ("staging", ANYWHERE)])
def test_nor_does_this_computer_or_another_environment(
    opened: Callable[..., SendingPanel], qtbot: QtBot, env: str, host: str
) -> None:
    panel = opened(env, host)
    panel.send_test_message()
    assert not panel.head.question.isVisible()
    assert _runs(panel)
    _finish(panel, qtbot)


def test_another_environment_takes_the_question_away(
    opened: Callable[..., SendingPanel],
) -> None:
    panel = opened()
    panel.send_test_message()
    assert panel.head.environment.text() == "production"
    panel.state.set_environment("development")
    assert not panel.head.question.isVisible()
    assert not panel.head.environment.isVisible()


def test_the_verdict_is_announced_to_screen_readers(
    opened: Callable[..., SendingPanel], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(QtGui, "QAccessibleAnnouncementEvent"):
        pytest.skip("this Qt cannot announce (before 6.8)")
    said: list[str] = []

    class Noting(QtGui.QAccessible):
        """Takes what a screen reader would be given."""

        @staticmethod
        def updateAccessibility(event: QtGui.QAccessibleEvent) -> None:  # noqa: N802
            assert isinstance(event, QtGui.QAccessibleAnnouncementEvent)
            said.append(event.message())

    monkeypatch.setattr(QtGui, "QAccessible", Noting)
    panel = opened("development", "127.0.0.1")
    panel.send_test_message()
    _finish(panel, qtbot)
    assert [one.split(".")[0] for one in said] == ["Sent"]
