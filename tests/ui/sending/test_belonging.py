"""A result belongs to the data source, the environment and the settings that were tested."""

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.core.app.versions import LOOPBACK_2
from loopmail.smtp.probe import Combination
from loopmail.smtp.verdict import Verdict
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from page_apps import SmallApps, mail
from servers.smtp_double import Script, SmtpDouble

SETTINGS = "For the settings before your change"
MESSAGE = "For the message before your change"
Opened = Callable[..., tuple[AppState, SendingPanel]]


@pytest.fixture
def opened(small_apps: SmallApps, catcher: MailCatcher) -> Opened:
    """Two data sources, `a` and `b`, in two environments."""

    def open_panel(port: int = 0) -> tuple[AppState, SendingPanel]:
        source = mail({"type": "smtp", "host": "127.0.0.1", "port": port or catcher.port})
        files = {
            "datasources.json": {"a": source, "b": source},
            "datasources.production.json": {},
            "model-config.json": {"Email": {"dataSource": "a"}},
        }
        state = small_apps.state(files)
        state.select("datasource", "a")
        panel = small_apps.shown(SendingPanel(state))
        panel.show()
        return state, panel

    return open_panel


def check(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.check_connection()
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)


def send(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.message.from_.setText("shop@example.com")
    panel.message.to.setText("ann@example.com")
    panel.send_test_message()
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)


def change(state: AppState, path: str, value: Any) -> None:
    pointer = f"/a/transports/0{path}"
    assert state.change(
        "Change", lambda w: [w.edit_value("datasources.json", pointer, value)], pytest.fail
    )


def stale(panel: SendingPanel) -> str:
    """Return the sentence over a result that is not that of what is there now."""
    text = panel.verdict.stale.text()
    parts = [panel.verdict.banner, panel.results, panel.probe, panel.app_verdict.result]
    assert {bool(part.property("stale")) for part in parts} == {bool(text)}
    assert panel.chart.stale == bool(text)
    assert panel.verdict.stale.isVisible() == panel.verdict.again.isVisible() == bool(text)
    return text


def shows_nothing(panel: SendingPanel) -> bool:
    return (
        panel.verdict.isHidden()
        and not panel.chart.bars
        and not panel.results.transcript.lines.rows
        and panel.results.certificate.model().index(0, 1).data() == "not used"
        and panel.results.shown is None
        and panel.probe.isHidden()
        and panel.readiness.isHidden()
    )


def test_a_change_dims_the_result_and_undo_brings_it_back(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    check(panel, qtbot)
    assert stale(panel) == ""
    change(state, "/secure", False)
    assert stale(panel) == SETTINGS
    assert SETTINGS in panel.verdict.verdict.accessibleDescription()
    state.undo.undo()
    assert stale(panel) == ""
    state.undo.redo()
    assert stale(panel) == SETTINGS
    panel.verdict.again.click()
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)
    assert stale(panel) == ""


def test_another_loopback_is_another_setting(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    check(panel, qtbot)
    state.choose_loopback(LOOPBACK_2.major)
    assert stale(panel) == SETTINGS
    state.choose_loopback(None)
    assert stale(panel) == ""


def test_another_message_dims_the_result_of_a_message_alone(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened()
    send(panel, qtbot)
    assert stale(panel) == ""
    panel.message.to.setText("bob@example.com")
    assert stale(panel) == MESSAGE
    panel.message.to.setText("ann@example.com")
    assert stale(panel) == ""
    check(panel, qtbot)
    panel.message.to.setText("no address")
    assert stale(panel) == ""


def test_the_time_in_the_subject_is_no_other_message(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened()
    send(panel, qtbot)
    panel.message.subject.setProperty("default", "loopmail test of a, 23:59")
    panel.message.subject.setText("loopmail test of a, 23:59")
    assert stale(panel) == ""


def test_no_other_data_source_and_environment_shows_it(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    send(panel, qtbot)
    transcript = panel.results.transcript.lines.text()
    state.select("datasource", "b")
    assert shows_nothing(panel)
    state.set_environment("production")
    assert shows_nothing(panel)
    state.select("datasource", "a")
    assert shows_nothing(panel)
    state.set_environment("development")
    assert panel.verdict.verdict.text().startswith("Sent.")
    assert panel.results.transcript.lines.text() == transcript
    assert panel.chart.bars
    assert stale(panel) == ""


def test_what_was_changed_meanwhile_dims_it_when_one_comes_back(
    opened: Opened, qtbot: QtBot
) -> None:
    state, panel = opened()
    check(panel, qtbot)
    state.select("datasource", "b")
    change(state, "/secure", False)
    state.select("datasource", "a")
    assert stale(panel) == SETTINGS


def test_a_running_test_is_shown_where_it_belongs(opened: Opened, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="greeting")) as server:
        state, panel = opened(server.port)
        panel.check_connection()
        qtbot.waitUntil(lambda: len(panel.chart.bars) > 1, timeout=5000)
        state.select("datasource", "b")
        assert shows_nothing(panel)
        assert panel.stop_button.isEnabled()
        state.select("datasource", "a")
        assert len(panel.chart.bars) > 1
        state.select("datasource", "b")
        panel.stop()
        qtbot.waitUntil(lambda: not panel.running, timeout=5000)
    assert shows_nothing(panel)
    state.select("datasource", "a")
    assert panel.verdict.verdict.text().startswith("Stopped")


def test_the_history_leads_to_where_a_test_belongs(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    check(panel, qtbot)
    state.select("datasource", "b")
    state.set_environment("production")
    send(panel, qtbot)
    assert "b · production" in panel.results.history.item(0).text()
    panel.results.history.setCurrentRow(1)
    assert (state.selection, state.env) == (("datasource", "a"), "development")
    assert panel.verdict.verdict.text().startswith("Sent nothing")


def test_a_search_and_its_offer_stay_with_their_data_source(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    failed = Verdict(False, "failed", "connect", 3, "ECONNECTION", message="refused")
    panel._on_verdict(failed)
    mine = panel.probe
    assert mine.isVisible()
    state.select("datasource", "b")
    assert panel.probe is not mine
    assert mine.isHidden()
    mine.found = Combination(587, False, True)
    mine.chosen.emit(mine.found)  # it ends while another one is looked at
    assert mine.findChildren(FixButton) == []
    state.select("datasource", "a")
    assert mine.isVisible()
    assert [button.text() for button in mine.findChildren(FixButton)] == ["Use 587, STARTTLS"]


def test_another_app_forgets_all_results(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    check(panel, qtbot)
    workspace = state.workspace
    state.set_workspace(None)
    assert panel.results.finished == []
    state.set_workspace(workspace)
    state.select("datasource", "a")
    assert shows_nothing(panel)
