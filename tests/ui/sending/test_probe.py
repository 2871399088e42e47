"""The button “Find What Works” in the test panel: never by itself, a live table, one edit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from conformance.server.certificates import authority_pem
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.app.workspace import Workspace
from loopmail.net.certificates import TlsFacts
from loopmail.smtp.probe import Combination
from loopmail.smtp.verdict import Stage, Verdict
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.sending.probe import ProbeQuestion, ProbeView, probe_fix, probe_question
from loopmail.ui.session.state import AppState
from servers.smtp_double import Script, SmtpDouble
from small_app import MakeApp

BASE = {"type": "smtp", "host": "localhost", "port": 465, "secure": True}
FAILED = Verdict(False, "failed", "connect", 3, code="ESOCKET", message="connect ECONNREFUSED")


def source(**changes: Any) -> dict[str, Any]:
    return {"mail": {"name": "mail", "connector": "mail", "transports": [{**BASE, **changes}]}}


@pytest.fixture
def server() -> Iterator[SmtpDouble]:
    with SmtpDouble(Script(starttls="good", mechanisms=("PLAIN", "LOGIN"))) as made:
        yield made


@pytest.fixture
def view(qtbot: QtBot) -> ProbeView:
    made = ProbeView()
    qtbot.addWidget(made)
    made.show()
    return made


def question(*tries: Combination, timeout: float = 5.0) -> ProbeQuestion:
    return ProbeQuestion("localhost", LOOPBACK_3, tries, {"ca": authority_pem()}, timeout)


def cells(view: ProbeView) -> list[list[str]]:
    rows = view.table.rows
    return [
        [rows.index(row, column).data() for column in range(rows.columnCount())]
        for row in range(rows.rowCount())
    ]


def test_nothing_is_tried_before_the_button_is_pressed(view: ProbeView, server: SmtpDouble) -> None:
    view.offer_probe(question(Combination(server.port, False, True)))
    assert view.start_button.isVisible()
    assert not view.running
    assert not view.table.isVisible()
    assert "Nothing is sent and nobody signs in" in view.said.text()
    assert server.lines == []


def test_the_table_tells_what_works_and_the_best_is_chosen(
    view: ProbeView, server: SmtpDouble, qtbot: QtBot
) -> None:
    good, wrong = Combination(server.port, False, True), Combination(server.port, True, True)
    view.offer_probe(question(wrong, good))
    with qtbot.waitSignal(view.chosen, timeout=10_000) as caught:
        view.start_button.click()
        assert not view.start_button.isVisible()
        assert view.stop_button.isVisible()
    assert caught.args == [good]
    first, second = cells(view)
    assert first[1] != "works"
    assert second[1:3] == ["works", "PLAIN, LOGIN"]
    assert view.said.text() == f"Works best: {server.port}, STARTTLS."
    assert view.start_button.isVisible()


def test_stop_ends_it(view: ProbeView, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="greeting")) as silent:
        view.offer_probe(question(Combination(silent.port, False, True), timeout=60))
        view.start_button.click()
        view.stop_button.click()
        assert not view.running
        assert view.said.text() == "Stopped."
        assert view.start_button.isVisible()


def test_when_nothing_works_nothing_is_offered(view: ProbeView, qtbot: QtBot) -> None:
    with SmtpDouble() as clear:
        view.offer_probe(question(Combination(clear.port, False, True)))
        with qtbot.assertNotEmitted(view.chosen):
            view.start_button.click()
            qtbot.waitUntil(lambda: not view.running, timeout=10_000)
    assert view.said.text().startswith("None of these works")


@pytest.mark.parametrize("stage", ["connect", "tls", "greeting", "ehlo", "starttls"])
def test_it_is_offered_where_another_port_may_help(
    state: AppState, make_app: MakeApp, stage: Stage
) -> None:
    state.set_workspace(Workspace.open(make_app(datasources=source())))
    asked = probe_question(state, "mail", None, Verdict(False, "failed", stage, 3))
    assert asked is not None
    assert asked.host == "localhost"
    assert {c.port for c in asked.tries} == {465, 587, 2525, 25}


@pytest.mark.parametrize("stage", ["dns", "auth", "rcpt"])
def test_it_is_not_offered_elsewhere(state: AppState, make_app: MakeApp, stage: Stage) -> None:
    state.set_workspace(Workspace.open(make_app(datasources=source())))
    assert probe_question(state, "mail", None, Verdict(False, "failed", stage, 3)) is None


def test_the_panel_offers_it_after_a_failure_and_one_click_edits(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    state.set_workspace(Workspace.open(make_app(datasources=source(ignoreTLS=True))))
    panel = SendingPanel(state)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.probe.isHidden()
    panel._on_verdict(FAILED)
    assert not panel.probe.isHidden()
    panel.probe.chosen.emit(Combination(587, False, True))
    (button,) = panel.probe.findChildren(FixButton)
    assert button.text() == "Use 587, STARTTLS"
    button.click()
    assert state.workspace is not None
    document = state.workspace.documents["datasources.json"]
    (transport,) = document.value()["mail"]["transports"]
    expected = {**BASE, "port": 587, "secure": False, "requireTLS": True}
    assert transport == expected
    assert panel.probe.said.text() == "Done. Test again."
    assert panel.probe.offers.count() == 0
    state.undo.undo()
    assert document.value() == source(ignoreTLS=True)


def test_the_edit_goes_to_the_layer_that_says_the_port(state: AppState, make_app: MakeApp) -> None:
    layer = {"mail": {"transports": [{"port": 2465}]}}
    files = {"datasources": source(), "datasources.production": layer}
    state.set_workspace(Workspace.open(make_app(**files)))
    state.set_environment("production")
    fix = probe_fix(state, "mail", None, Combination(587, False, True))
    assert fix is not None
    assert not isinstance(fix, str)
    assert state.workspace is not None
    state.workspace.apply(fix.changes(state.workspace))
    (written,) = state.workspace.documents["datasources.production.json"].value()["mail"][
        "transports"
    ]
    assert written["port"] == 587


def test_a_port_from_a_variable_is_not_overwritten(
    state: AppState, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.variables = type(state.variables)(environment={"MAIL_PORT": "465"})
    state.set_workspace(Workspace.open(make_app(datasources=source(port="${MAIL_PORT}"))))
    said = probe_fix(state, "mail", None, Combination(587, False, True))
    assert said == "port comes from the variable MAIL_PORT: set it to 587 there."


def test_a_certificate_check_that_is_off_is_switched_on_with_it(
    state: AppState, tmp_path: Path, make_app: MakeApp
) -> None:
    off = source(tls={"rejectUnauthorized": False})
    state.set_workspace(Workspace.open(make_app(datasources=off)))
    fix = probe_fix(state, "mail", None, Combination(465, True, True))
    assert fix is not None
    assert not isinstance(fix, str)
    assert state.workspace is not None
    state.workspace.apply(fix.changes(state.workspace))
    assert "rejectUnauthorized" not in json.dumps(
        state.workspace.documents["datasources.json"].value()
    )


def test_after_a_success_without_a_check_the_certificate_can_be_tried(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    off = source(host="mail.example.com", tls={"rejectUnauthorized": False})
    state.set_workspace(Workspace.open(make_app(datasources=off)))
    panel = SendingPanel(state)
    qtbot.addWidget(panel)
    panel.show()
    facts = TlsFacts("TLSv1.3", "x", False, None)
    panel._on_verdict(Verdict(True, "sent", "data", 3, response="250 ok", tls=facts))
    assert panel.probe.start_button.text() == "Test the Certificate"
    panel.probe.chosen.emit(Combination(465, True, True))
    (button,) = panel.probe.findChildren(FixButton)
    button.click()
    assert state.workspace is not None
    (transport,) = state.workspace.documents["datasources.json"].value()["mail"]["transports"]
    assert "rejectUnauthorized" not in json.dumps(transport)
    assert transport["port"] == 465


def test_a_success_with_a_checked_certificate_offers_nothing(
    state: AppState, make_app: MakeApp
) -> None:
    state.set_workspace(Workspace.open(make_app(datasources=source(host="mail.example.com"))))
    facts = TlsFacts("TLSv1.3", "x", True, None)
    sent = Verdict(True, "sent", "data", 3, response="250 ok", tls=facts)
    assert probe_question(state, "mail", None, sent) is None
