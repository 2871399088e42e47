"""A problem in full: its text, its place, and what its fix would change, without secrets."""

import json
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

import loopmail.ui.sending.panel  # noqa: F401  it takes its time, which is measured elsewhere
from loopmail.core.app.difference import DifferingLine
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.fixes import preview
from loopmail.ui.form.fix_button import FixButton, tip
from loopmail.ui.form.problem_card import ProblemLine
from loopmail.ui.panel.problem_detail import ProblemDetail
from loopmail.ui.panel.problems import ProblemsArea, ProblemsPanel
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.state import AppState
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp

SECRET = 'Geheim-"4711"'


def source(**changes: Any) -> dict[str, Any]:
    transport = {
        "type": "smtp",
        "host": "smtp.example.com",
        "port": 465,
        "secure": False,
        "auth": {"user": "shop@example.com", "pass": SECRET},
    }
    return {"mail": {"name": "mail", "connector": "mail", "transports": [{**transport, **changes}]}}


def open_app(state: AppState, qtbot: QtBot, path: Any) -> None:
    state.set_workspace(Workspace.open(path))
    qtbot.waitUntil(lambda: state.finder.known)


@pytest.fixture
def area(state: AppState, make_app: MakeApp, qtbot: QtBot) -> ProblemsArea:
    layer = {"mail": {"transports": [{"pool": "no"}]}}
    app = make_app(datasources=source(), **{"datasources.production": layer})
    messages = MessageBar()
    qtbot.addWidget(messages)
    made = ProblemsArea(state, ProblemsPanel(state, messages))
    qtbot.addWidget(made)
    made.resize(800, 300)
    made.show()
    open_app(state, qtbot, app)
    return made


def select(area: ProblemsArea, check: str) -> None:
    rows = area.table.rows.rows
    area.table.selectRow(next(row for row, one in enumerate(rows) if one.id == check))


def test_nothing_is_told_before_a_problem_is_chosen(area: ProblemsArea) -> None:
    assert not area.detail.isVisible()


def test_the_chosen_problem_is_told_in_full(area: ProblemsArea) -> None:
    select(area, "port-secure-mismatch")
    (problem,) = area.table.selected()
    assert area.detail.isVisible()
    assert area.detail.text.text() == problem.text
    place = f"datasources.json, line {problem.line}, column {problem.column}"
    assert area.detail.place.text().startswith(place)
    assert "port-secure-mismatch" in area.detail.place.text()


def test_the_lines_before_and_after_are_shown(area: ProblemsArea) -> None:
    select(area, "port-secure-mismatch")
    lines = area.detail.preview.toPlainText().splitlines()
    assert '- "secure": false,' in lines
    assert '+ "secure": true,' in lines
    assert area.detail.summary.text().startswith("Set secure to true")


def test_a_problem_without_fix_has_no_preview(area: ProblemsArea) -> None:
    select(area, "secret-in-file")
    assert area.detail.isVisible()
    assert not area.detail.change.isVisible()


def test_a_fix_that_needs_a_look_says_so(area: ProblemsArea, qtbot: QtBot) -> None:
    select(area, "string-not-boolean")
    qtbot.waitUntil(lambda: "Look first" in area.detail.summary.text())
    assert area.table.fix.text() == "Write false"


def test_a_fix_that_is_proven_says_so(area: ProblemsArea, qtbot: QtBot) -> None:
    select(area, "port-secure-mismatch")
    qtbot.waitUntil(lambda: "Proven safe" in area.detail.summary.text())
    assert area.table.fix.text() == "Set secure to true"


def test_the_detail_stands_beside_the_table_where_there_is_room(area: ProblemsArea) -> None:
    select(area, "port-secure-mismatch")
    QApplication.processEvents()
    assert area.detail.y() >= area.table.geometry().bottom()
    area.resize(1300, 300)
    QApplication.processEvents()
    assert area.detail.x() >= area.table.geometry().right()


def test_the_switch_tells_the_chosen_environment_or_all(area: ProblemsArea) -> None:
    def ids() -> set[str]:
        return {one.id for one in area.table.rows.rows}

    assert area.all_environments.isChecked()
    assert "string-not-boolean" in ids()
    area.all_environments.setChecked(False)
    assert "string-not-boolean" not in ids()
    assert "port-secure-mismatch" in ids()


def test_another_environment_is_named_in_the_table(area: ProblemsArea) -> None:
    rows = area.table.rows
    places = {one.id: rows.index(i, 1).data() for i, one in enumerate(rows.rows)}
    assert places["string-not-boolean"].startswith("mail › Keep connections ")
    assert "(production, datasources.production.json:" in places["string-not-boolean"]
    assert places["port-secure-mismatch"].startswith(
        "mail › Connection security (datasources.json:"
    )


def test_switching_the_environment_switches_the_problems_at_once(
    area: ProblemsArea, state: AppState
) -> None:
    area.all_environments.setChecked(False)
    state.set_environment("production")
    assert "string-not-boolean" in {one.id for one in state.problems}


def test_a_preview_never_shows_a_secret(state: AppState, make_app: MakeApp, qtbot: QtBot) -> None:
    near = {"user": "a@example.com", "password": SECRET}
    open_app(state, qtbot, make_app(datasources=source(auth=near)))
    assert state.workspace is not None
    fixes = [one.fix for one in state.problems if one.fix]
    lines = [line for fix in fixes for line in preview(state.workspace, fix)]
    shown = "\n".join(line.text for line in lines)
    assert lines
    assert "Geheim" not in shown
    assert '"pass": "********"' in shown


def test_a_fix_that_no_longer_fits_has_an_empty_preview(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    open_app(state, qtbot, make_app(datasources=source(secureConnection=True)))
    (fix,) = [one.fix for one in state.problems if one.id == "dead-key" and one.fix]
    assert state.workspace is not None
    broken = [state.workspace.edit_value("datasources.json", "/mail/transports", "text")]
    state.workspace.apply(broken)
    assert preview(state.workspace, fix) == []


def test_under_a_field_the_tip_shows_the_lines_and_the_button_mends(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    # The platform of the tests has no tool tips.
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _widget: told.append(text))
    state = window.state
    open_app(state, qtbot, make_app(datasources=source()))
    state.select("datasource", "mail")
    place = "problem-port-secure-mismatch"
    qtbot.waitUntil(lambda: window.findChild(ProblemLine, place) is not None)
    line = window.findChild(ProblemLine, place)
    assert isinstance(line, ProblemLine)
    assert isinstance(line.button, FixButton)
    assert DifferingLine("+", '        "secure": true,') in line.button.preview()
    at = line.button.mapToGlobal(QPoint(2, 2))
    QApplication.sendEvent(line.button, QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), at))
    assert "Set secure to true" in told[0]
    line.button.click()
    assert state.workspace is not None
    written = json.loads(state.workspace.documents["datasources.json"].text)
    assert written["mail"]["transports"][0]["secure"] is True
    qtbot.waitUntil(lambda: "port-secure-mismatch" not in {p.id for p in state.problems})
    state.undo.undo()
    qtbot.waitUntil(lambda: "port-secure-mismatch" in {p.id for p in state.problems})


def test_a_tip_is_never_taken_for_markup(state: AppState, make_app: MakeApp, qtbot: QtBot) -> None:
    open_app(state, qtbot, make_app(datasources=source()))
    fix = next(one.fix for one in state.problems if one.fix)
    assert "<b>" not in tip(fix, [DifferingLine("+", "<b>bold</b>")])


def test_several_fixes_at_once_are_one_step(area: ProblemsArea, qtbot: QtBot) -> None:
    state = area.state
    count = sum(one.fix is not None for one in state.problems)
    assert count > 1
    area.table.selectAll()
    assert area.detail.text.text() == f"{len(state.problems)} problems are selected."
    assert not area.detail.change.isVisible()
    area.table.fix_selected()
    qtbot.waitUntil(lambda: state.undo.count() == 1)
    assert state.undo.undoText() == f"Fix {count} problems"
    qtbot.waitUntil(lambda: all(one.fix is None for one in state.problems))


def test_the_pane_forgets_a_problem_that_is_gone(area: ProblemsArea, state: AppState) -> None:
    select(area, "port-secure-mismatch")
    state.set_workspace(None)
    assert not area.detail.isVisible()
    assert isinstance(area.detail, ProblemDetail)
