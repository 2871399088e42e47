import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Problem
from loopmail.ui.panel.problems import ProblemsModel, ProblemsPanel
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.state import AppState
from small_app import MakeApp

WRONG = {
    "emailDs": {
        "name": "emailDs",
        "connector": "mail",
        "transports": [{"type": "smtp", "host": "smtp.example.com", "port": 465, "secure": False}],
    }
}


@pytest.fixture
def panel(state: AppState, make_app: MakeApp, qtbot: QtBot) -> ProblemsPanel:
    messages = MessageBar()
    qtbot.addWidget(messages)
    made = ProblemsPanel(state, messages)
    qtbot.addWidget(made)
    qtbot.addWidget(made.fix)
    qtbot.addWidget(made.fix_all)
    state.set_workspace(Workspace.open(make_app(datasources=WRONG)))
    qtbot.waitUntil(lambda: made.rows.rowCount() > 0)
    return made


def _row_of(panel: ProblemsPanel, check: str) -> int:
    return next(row for row, one in enumerate(panel.rows.rows) if one.id == check)


def test_the_columns_are_those_of_the_contract(panel: ProblemsPanel) -> None:
    titles = [panel.rows.headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    assert titles == ["Severity", "Where", "Problem", "Fix"]
    assert panel.accessibleName() == "Problems"
    assert not panel.tabKeyNavigation()


def test_a_row_says_all_in_words(panel: ProblemsPanel) -> None:
    row = _row_of(panel, "port-secure-mismatch")
    texts = [panel.rows.index(row, column).data() for column in range(4)]
    assert texts[0] in ("Error", "Warning")
    assert texts[1].startswith("datasources.json:")
    assert texts[2]
    assert texts[3]


def test_the_model_keeps_qts_rules(panel: ProblemsPanel, state: AppState, qtbot: QtBot) -> None:
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    tester = QAbstractItemModelTester(panel.rows, fatal)
    state.set_workspace(None)
    assert panel.rows.rowCount() == 0
    assert tester.failureReportingMode() == fatal


def test_fix_mends_the_selected_problem_in_one_step(
    panel: ProblemsPanel, state: AppState, qtbot: QtBot
) -> None:
    assert not panel.fix.isEnabled()
    panel.selectRow(_row_of(panel, "port-secure-mismatch"))
    assert panel.fix.isEnabled()
    panel.fix.click()
    assert state.undo.count() == 1
    qtbot.waitUntil(lambda: "port-secure-mismatch" not in {one.id for one in panel.rows.rows})


def test_fix_all_safe_is_one_step_that_can_be_undone(
    panel: ProblemsPanel, state: AppState, qtbot: QtBot
) -> None:
    assert state.workspace is not None
    before = state.workspace.documents["datasources.json"].text
    assert panel.fix_all.isEnabled()
    panel.fix_all.click()
    qtbot.waitUntil(lambda: state.undo.count() == 1)
    assert state.workspace.documents["datasources.json"].text != before
    state.undo.undo()
    assert state.workspace.documents["datasources.json"].text == before


def test_activating_a_row_asks_for_its_place(panel: ProblemsPanel, qtbot: QtBot) -> None:
    index = panel.rows.index(_row_of(panel, "port-secure-mismatch"), 0)
    with qtbot.waitSignal(panel.place_wanted) as caught:
        panel.activated.emit(index)
    (problem,) = caught.args or [None]
    assert isinstance(problem, Problem)
    assert problem.id == "port-secure-mismatch"


def test_the_selection_stays_when_the_same_problems_are_found_again(
    panel: ProblemsPanel, state: AppState, qtbot: QtBot
) -> None:
    panel.selectRow(0)
    assert state.workspace is not None
    with qtbot.assertNotEmitted(panel.rows.modelReset), qtbot.waitSignal(state.problems_changed):
        change = state.workspace.edit_value("datasources.json", "/emailDs/name", "emailDs")
        state.push("Same", [change])
    assert len(panel.selected()) == 1


def test_the_worst_come_first(state: AppState) -> None:
    order = {"error": 0, "warning": 1, "info": 2}
    state.finder.found_in = {
        "development": [
            Problem(check, severity, "datasources.json", 1, 1, "", None, check)  # type: ignore[arg-type]
            for check, severity in (("a", "info"), ("b", "error"), ("c", "warning"))
        ]
    }
    found = [order[one.severity] for one in ProblemsModel(state).rows]
    assert found == [0, 1, 2]
