import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Problem
from loopmail.ui.panel.problem_rows import ROW
from loopmail.ui.panel.problems import FIX_KEY, ProblemsArea, ProblemsModel, ProblemsPanel
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
    assert texts[1].startswith("emailDs › Connection security (datasources.json:")
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


# --- Rows of two lines, and their buttons -------------------------------------------------


@pytest.fixture
def shown(panel: ProblemsPanel) -> ProblemsPanel:
    panel.resize(900, 300)
    panel.show()
    return panel


def test_the_sentence_comes_first_then_the_place_and_the_button(shown: ProblemsPanel) -> None:
    row = _row_of(shown, "port-secure-mismatch")
    told = shown.rows.index(row, 2).data(ROW)
    assert told.problem.text == shown.rows.index(row, 2).data()
    assert told.place == "emailDs › Connection security"
    assert told.chip == ""
    assert told.verb == "Set secure to true"
    assert shown.rowHeight(row) >= 2 * shown.fontMetrics().height()
    assert shown.drawn.button_rect(shown.rows.index(row, 3), told.verb).width() > 0


def test_the_button_of_a_row_fixes_it(shown: ProblemsPanel, state: AppState, qtbot: QtBot) -> None:
    row = _row_of(shown, "port-secure-mismatch")
    place = shown.drawn.button_rect(shown.rows.index(row, 3), "Set secure to true").center()
    with qtbot.assertNotEmitted(shown.place_wanted):
        QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert state.undo.count() == 1
    qtbot.waitUntil(lambda: "port-secure-mismatch" not in {one.id for one in shown.rows.rows})


def test_the_keys_go_to_the_place_fix_and_copy(
    shown: ProblemsPanel, state: AppState, qtbot: QtBot
) -> None:
    shown.selectRow(_row_of(shown, "port-secure-mismatch"))
    with qtbot.waitSignal(shown.place_wanted):
        QTest.keyClick(shown, Qt.Key.Key_Return)
    QTest.keySequence(shown, QKeySequence.StandardKey.Copy)
    (problem,) = shown.selected()
    assert problem.text in QApplication.clipboard().text()
    QTest.keySequence(shown, FIX_KEY)
    assert state.undo.count() == 1


def test_a_fixed_problem_hands_focus_and_selection_on(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    messages = MessageBar()
    qtbot.addWidget(messages)
    table = ProblemsPanel(state, messages)
    area = ProblemsArea(state, table)
    qtbot.addWidget(area)
    qtbot.addWidget(table.fix_all)
    area.resize(900, 400)
    area.show()
    area.activateWindow()
    state.set_workspace(Workspace.open(make_app(datasources=WRONG)))
    qtbot.waitUntil(lambda: table.rows.rowCount() > 0)
    table.selectRow(_row_of(table, "port-secure-mismatch"))
    table.fix.setFocus()
    qtbot.waitUntil(table.fix.hasFocus)
    QTest.keyClick(table.fix, Qt.Key.Key_Space)
    assert table.hasFocus()
    qtbot.waitUntil(lambda: "port-secure-mismatch" not in {one.id for one in table.rows.rows})
    assert len(table.selected()) == bool(table.rows.rows)


def test_the_selection_stays_when_other_problems_are_found(
    shown: ProblemsPanel, state: AppState, qtbot: QtBot
) -> None:
    shown.selectRow(_row_of(shown, "port-secure-mismatch"))
    assert state.workspace is not None
    change = state.workspace.edit_value("datasources.json", "/emailDs/transports/0/pool", "no")
    state.push("More", [change])
    qtbot.waitUntil(lambda: "string-not-boolean" in {one.id for one in shown.rows.rows})
    assert [one.id for one in shown.selected()] == ["port-secure-mismatch"]


def test_thousands_of_problems_are_shown_at_once(shown: ProblemsPanel, state: AppState) -> None:
    state.show_everywhere(False)
    place = "/emailDs/transports/0/host"
    state.finder.found_in = {
        "development": [
            Problem("x", "warning", "datasources.json", n, 1, place, None, f"Problem {n}.")
            for n in range(5_000)
        ]
    }
    state.problems_changed.emit()
    assert shown.rows.rowCount() == 5_000
    for _ in range(50):
        QTest.keyClick(shown, Qt.Key.Key_PageDown)
    QTest.keyClick(shown, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert not shown.grab().isNull()  # the watch of the event loop says if it took too long
