"""Under “Sent”: what the app itself lacks, each with the button that mends it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from page_apps import SmallApps, mail, value
from process.fake_loopback import SENDS, install_fake

Opened = Callable[..., tuple[AppState, SendingPanel]]
SOURCES = {"_meta": {"sources": ["loopback/common/models"]}}


@pytest.fixture
def opened(small_apps: SmallApps, catcher: MailCatcher) -> Opened:
    def open_panel(models: Any, **files: Any) -> tuple[AppState, SendingPanel]:
        source = mail({"type": "smtp", "host": "127.0.0.1", "port": catcher.port})
        state = small_apps.state(
            {"datasources.json": {"emailDs": source}, "model-config.json": models, **files}
        )
        state.select("datasource", "emailDs")
        panel = small_apps.shown(SendingPanel(state))
        panel.show()
        return state, panel

    return open_panel


def check(panel: SendingPanel, qtbot: QtBot) -> list[tuple[str, str]]:
    """Check the connection, and return the sentences and buttons of the second card."""
    panel.check_connection()
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)
    return lines(panel)


def lines(panel: SendingPanel) -> list[tuple[str, str]]:
    if panel.readiness.isHidden():
        return []
    texts = [label.text() for label in panel.readiness.lines.findChildren(QLabel)]
    return list(zip(texts, [one.text() for one in buttons(panel)], strict=True))


def buttons(panel: SendingPanel) -> list[QPushButton]:
    return panel.readiness.lines.findChildren(QPushButton)


def answered(panel: SendingPanel, qtbot: QtBot, act: Callable[[], object]) -> None:
    with qtbot.waitSignal(panel.readiness.answered, timeout=5000):
        act()


def test_an_app_with_all_it_needs_gets_no_second_card(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened({"Email": {"dataSource": "emailDs"}})
    assert check(panel, qtbot) == []


def test_a_model_is_bound_and_saved_with_a_click_each(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened({**SOURCES, "Email": {"dataSource": None}})
    [(text, bind)] = check(panel, qtbot)
    assert text == "No model is bound to “emailDs”: Email.send fails in the app."
    assert bind == "Bind Email to emailDs"
    assert panel.readiness.banner.title.text() == "But the app itself will not send yet"
    answered(panel, qtbot, buttons(panel)[0].click)
    assert value(state, "model-config.json")["Email"] == {"dataSource": "emailDs"}
    assert [button for _, button in lines(panel)] == ["Save"]
    with qtbot.waitSignal(panel.save_wanted):
        buttons(panel)[0].click()
    answered(panel, qtbot, state.save)
    assert lines(panel) == []


def test_the_focus_goes_on_when_a_button_has_done_its_work(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened({**SOURCES, "Email": {"dataSource": None}})
    check(panel, qtbot)
    [bind] = buttons(panel)
    bind.setFocus()
    answered(panel, qtbot, bind.click)
    [save] = buttons(panel)
    assert panel.window().focusWidget() is save
    answered(panel, qtbot, state.save)
    assert panel.window().focusWidget() is panel.send_button


def test_what_another_environment_lacks_leads_there(opened: Opened, qtbot: QtBot) -> None:
    bound = {"Email": {"dataSource": "emailDs"}}
    state, panel = opened(bound, **{"model-config.stage.json": {"Email": {"dataSource": "gone"}}})
    [(text, go)] = check(panel, qtbot)
    assert text.startswith("In stage: the app does not start")
    assert (panel.readiness.banner.title.text(), go) == (
        "But not in every environment",
        "Go to stage",
    )
    buttons(panel)[0].click()
    assert (state.env, state.selection) == ("stage", ("bindings", ""))
    assert panel.readiness.isHidden()  # it is the other environment's


def test_a_change_hides_it_with_the_result(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened({**SOURCES, "Email": {"dataSource": None}})
    assert check(panel, qtbot)
    pointer = "/emailDs/transports/0/port"
    state.change("Port", lambda w: [w.edit_value("datasources.json", pointer, 1)], pytest.fail)
    assert panel.readiness.isHidden()
    answered(panel, qtbot, state.undo.undo)
    assert [button for _, button in lines(panel)] == ["Bind Email to emailDs"]


def test_scripts_that_were_not_read_are_named_in_the_verdict(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened({}, **{"datasources.local.js": "module.exports = {};"})
    assert check(panel, qtbot) == []
    assert panel.verdict.notes.text().startswith("datasources.local.js was not read")


def test_what_a_script_may_change_is_not_said_flatly(opened: Opened, qtbot: QtBot) -> None:
    stub = {"emailDs": mail({"type": "stub"})}
    script = {"datasources.local.js": "module.exports = {};"}
    _, panel = opened({}, **{"datasources.json": stub}, **script)
    check(panel, qtbot)
    said = "Nothing was sent, unless a script that was not read changes that: "
    assert panel.verdict.verdict.text().startswith(said)
    assert panel.verdict.words() == "LoopBack 3 would report:\nsuccess"


@pytest.mark.node
def test_a_data_source_of_a_script_alone_is_tested_through_the_app(
    small_apps: SmallApps, qtbot: QtBot, tmp_path: Path
) -> None:
    state = small_apps.state(
        {
            "datasources.json": {},
            "datasources.local.js": "module.exports = {mail: {connector: 'mail'}};",
            "model-config.json": {"Email": {"dataSource": "mail"}},
        }
    )
    assert state.workspace is not None
    install_fake(state.workspace.app.root, SENDS)
    panel = small_apps.shown(SendingPanel(state))
    panel.show()
    assert panel.head.empty.text().startswith("datasources.local.js was not read")
    assert not panel.send_button.isEnabled()
    assert panel.message.isVisible()
    assert panel.message.subject.text().startswith("loopmail test, ")
    assert panel.message.transport.isHidden()
    panel.message.from_.setText("a@example.com")
    panel.message.to.setText("b@example.com")
    panel.app_verdict.button.click()
    assert panel.app_verdict.consent.isVisible()
    with qtbot.waitSignal(panel.app_verdict.ended, timeout=30_000):
        panel.app_verdict.agree_button.click()
    assert panel.app_verdict.result.banner.title.text() == "Sent. The server said: 250 ok"
    assert not panel.app_verdict.result.table.isVisible()
    assert not panel.running
    state.set_environment("stage")
    assert panel.app_verdict.result.isHidden()
    state.set_environment("development")
    assert panel.app_verdict.result.banner.title.text() == "Sent. The server said: 250 ok"
    assert panel.app_verdict.result.isVisible()
