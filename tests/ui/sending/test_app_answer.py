"""Sending through the app itself from the window: consent, both verdicts, stopping."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.core.app.folder import AppFolder
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session import worker
from loopmail.ui.session.state import AppState
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from page_apps import mail, open_state, settle
from process.fake_loopback import HANGS, REFUSES, SENDS, install_fake

pytestmark = pytest.mark.node
Open = Callable[..., tuple[AppState, SendingPanel]]
WAIT = 20_000


@pytest.fixture
def panel_for(qtbot: QtBot, tmp_path: Path, catcher: MailCatcher) -> Iterator[Open]:
    states: list[AppState] = []

    def make(send: str | None, *boot: str, **keys: Any) -> tuple[AppState, SendingPanel]:
        transport: dict[str, Any] = {"type": "smtp", "host": "127.0.0.1", "port": catcher.port}
        transport |= keys
        state = open_state(tmp_path, {"datasources.json": {"emailDs": mail(transport)}}, store)
        states.append(state)
        assert state.workspace is not None
        app: AppFolder = state.workspace.app
        if send is not None:
            install_fake(app.root, send, *boot)
        state.select("datasource", "emailDs")
        panel = SendingPanel(state)
        qtbot.addWidget(panel)
        panel.message.from_.setText("a@example.test")
        panel.message.to.setText("b@example.test")
        panel.show()
        return state, panel

    store = MemoryStore()
    yield make
    for state in states:
        settle(state, qtbot)


BOOT = """
module.exports = function(app, options, done) {
  app.dataSources.emailDs = app.dataSources.mail;
  console.log('plugins: ' + (options.plugins || ['boot']).join(' '));
  setImmediate(done);
};
module.exports.Bootstrapper = function() {};
"""


def agree(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.app_verdict.button.click()
    with qtbot.waitSignal(panel.app_verdict.ended, timeout=WAIT):
        panel.app_verdict.agree_button.click()


def test_nothing_is_executed_before_the_user_agrees(
    panel_for: Open, qtbot: QtBot, tmp_path: Path, catcher: MailCatcher
) -> None:
    ran = tmp_path / "ran"
    _, panel = panel_for(SENDS, f"require('fs').writeFileSync({str(ran)!r}, '');" + BOOT)
    ours = panel.app_verdict
    assert not ours.consent.isVisible()
    assert not ours.boot_scripts.isVisible()
    panel.send_through_app()
    assert ours.consent.isVisible()
    assert "This executes code of" in ours.consent.title.text()
    ours.refuse_button.click()
    assert not ours.consent.isVisible()
    assert not panel.running
    assert catcher.messages() == []
    assert not ran.exists()


def test_both_verdicts_stand_beside_each_other_and_agree(
    panel_for: Open, qtbot: QtBot, catcher: MailCatcher
) -> None:
    _, panel = panel_for(SENDS, BOOT)
    agree(panel, qtbot)
    result = panel.app_verdict.result
    assert panel.verdict.verdict.text().startswith("Sent")
    assert result.banner.title.text() == "Sent. The server said: 250 ok"
    assert result.agreement.text() == "agree"
    assert "LoopBack 3.99.0" in result.label.text()
    assert len(catcher.messages()) == 1
    assert not panel.running
    assert panel.send_button.isEnabled()


def test_a_difference_is_shown_as_such_field_by_field(panel_for: Open, qtbot: QtBot) -> None:
    _, panel = panel_for(REFUSES, BOOT)
    agree(panel, qtbot)
    result = panel.app_verdict.result
    assert result.banner.title.text() == "Not sent: Invalid login: 535 no"
    assert result.agreement.text() == "differs"
    model = result.table.rows
    texts = [[model.index(r, c).data() for c in range(3)] for r in range(model.rowCount())]
    assert ["code", "EAUTH", "–"] in texts
    assert ["command", "AUTH PLAIN", "–"] in texts
    assert ["responseCode", "535", "–"] in texts
    assert ["message", "Invalid login: 535 no", "–"] in texts


def test_consent_is_asked_once_for_an_app_and_boot_scripts_run_only_when_ticked(
    panel_for: Open, qtbot: QtBot
) -> None:
    _, panel = panel_for(SENDS, BOOT)
    agree(panel, qtbot)
    ours = panel.app_verdict
    assert ours.result.printed.toPlainText().startswith("plugins: application datasource")
    assert ours.boot_scripts.isVisible()
    ours.boot_scripts.setChecked(True)
    with qtbot.waitSignal(ours.ended, timeout=WAIT):
        panel.send_through_app()
    assert not ours.consent.isVisible()
    assert ours.result.printed.toPlainText() == "plugins: boot"
    assert not ours.result.printed.isVisible()
    ours.result.printed_button.click()
    assert ours.result.printed.isVisible()


def test_what_loopmail_refuses_to_send_does_not_go_through_the_app_either(
    panel_for: Open, qtbot: QtBot, tmp_path: Path, catcher: MailCatcher
) -> None:
    ran = tmp_path / "ran"
    spy = f"function(o, done) {{ require('fs').writeFileSync({str(ran)!r}, ''); }}"
    _, panel = panel_for(spy, BOOT, name="shop\r\nMAIL FROM:<thief@example.test>")
    panel.send_through_app()
    with qtbot.waitSignal(panel.running_changed, timeout=WAIT, check_params_cb=lambda on: not on):
        panel.app_verdict.agree_button.click()
    assert panel.verdict.verdict.text().startswith("Not sent: A setting holds control")
    assert "LoopBack 3 would report" not in panel.verdict.words()
    assert "“name” holds a line break" in panel.verdict.words()
    assert not panel.app_verdict.result.isVisible()
    assert catcher.messages() == []
    assert not ran.exists()


def test_stop_ends_the_app_that_hangs(panel_for: Open, qtbot: QtBot) -> None:
    _, panel = panel_for(HANGS, BOOT)
    panel.send_through_app()
    panel.app_verdict.agree_button.click()
    qtbot.waitUntil(lambda: panel.app_verdict.running, timeout=WAIT)
    assert panel.stop_button.isEnabled()
    with qtbot.waitSignal(panel.app_verdict.ended, timeout=WAIT):
        panel.stop_button.click()
    assert panel.app_verdict.result.banner.title.text() == "Stopped."
    assert not panel.running
    assert not panel.app_verdict.result.agreement.isVisible()


def test_another_app_ends_the_question(panel_for: Open, qtbot: QtBot) -> None:
    state, panel = panel_for(HANGS, BOOT)
    panel.send_through_app()
    panel.app_verdict.agree_button.click()
    qtbot.waitUntil(lambda: panel.app_verdict.running, timeout=WAIT)
    with qtbot.waitSignal(panel.app_verdict.ended, timeout=WAIT):
        state.set_workspace(None)
    assert not panel.app_verdict.result.isVisible()
    assert not panel.running


@pytest.mark.parametrize("how", ["another app is opened", "the user stops"])
def test_an_app_is_not_asked_when_its_message_has_gone_out_and(
    panel_for: Open, qtbot: QtBot, tmp_path: Path, how: str
) -> None:
    (tmp_path / "other").mkdir()
    other = open_state(tmp_path / "other", {"datasources.json": {}}, MemoryStore())
    workspace = other.workspace
    settle(other, qtbot)
    state, panel = panel_for(SENDS, BOOT)
    panel.send_through_app()
    panel.app_verdict.agree_button.click()
    run = panel._run
    assert run is not None
    assert run._job.wait(WAIT), "the verdict waits for the event loop now"
    if how == "the user stops":
        panel.stop_button.click()
    else:
        state.set_workspace(workspace)
    qtbot.waitUntil(lambda: not worker._running, timeout=WAIT)
    assert not panel.running
    assert panel.app_verdict.result.isHidden()
    assert bool(panel.results.finished) == (how == "the user stops")
    assert panel.verdict.isHidden() == (how != "the user stops")


def test_what_is_missing_is_a_sentence(
    panel_for: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, panel = panel_for(None)
    agree(panel, qtbot)
    assert "npm install" in panel.app_verdict.result.banner.title.text()
    monkeypatch.setenv("PATH", "")
    panel.send_through_app()
    assert "Node.js is not installed" in panel.app_verdict.result.banner.title.text()
    assert not panel.running


def test_unsaved_changes_must_be_saved_first(panel_for: Open) -> None:
    state, panel = panel_for(SENDS, BOOT)
    state.undo.resetClean()
    panel.send_through_app()
    assert panel.app_verdict.result.banner.title.text().startswith("Save first")
    assert not panel.app_verdict.consent.isVisible()


def test_the_mail_menu_has_the_action(open_window: MainWindow) -> None:
    open_window.state.select("datasource", "emailDs")
    action = open_window.menu_actions["send_through_app"]
    assert action.isEnabled()
    action.trigger()
    panel = open_window.parts.test.panel
    assert panel is not None
    assert panel.app_verdict.consent.isVisible() or panel.app_verdict.result.isVisible()
