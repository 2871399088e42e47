"""The panel “What LoopBack Would Do” follows the selection and leaks no secret."""

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.forecast import Forecast, PlanSection
from loopmail.core.nodemailer.words import PlanLine
from loopmail.ui.panel.forecast import Foresight
from loopmail.ui.panel.plan import PlanView
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.table import TextTable, TextTableModel
from memory_store import MemoryStore

FILES: dict[str, Any] = {
    "datasources.json": {
        "db": {"connector": "memory"},
        "mail": {
            "connector": "mail",
            "transports": [
                {"type": "smtp", "host": "localhost", "auth": {"user": "a", "pass": "Geheim-73"}}
            ],
        },
    },
    "datasources.production.json": {"mail": {"transports": [{"host": "smtp.example.com"}]}},
}


def open_panel(qtbot: QtBot, folder: Path) -> tuple[AppState, Foresight]:
    for name, value in FILES.items():
        (folder / name).write_text(json.dumps(value))
    state = AppState(MemoryStore())
    panel = Foresight(state)
    for view in panel.views:
        qtbot.addWidget(view)
        view.show()
    state.set_workspace(Workspace.open(folder))
    state.select("datasource", "mail")
    qtbot.waitUntil(lambda: "Connects to" in panel.plan.toPlainText(), timeout=5000)
    return state, panel


def cells(table: TextTable) -> list[list[str]]:
    model = table.model()
    assert isinstance(model, TextTableModel)
    return [
        [str(model.data(model.index(row, column))) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_it_tells_the_plan_and_where_each_value_comes_from(qtbot: QtBot, tmp_path: Path) -> None:
    _state, panel = open_panel(qtbot, tmp_path)
    assert "Connects to localhost:587" in panel.plan.toPlainText()
    assert "datasources.json: read" in panel.plan.toPlainText()
    values = cells(panel.values)
    assert ["Host", '"localhost"', "datasources.json"] in values
    everything = panel.plan.toPlainText() + repr(values) + repr(cells(panel.environments))
    assert "Geheim" not in everything


def test_it_foresees_the_sign_in_by_what_servers_may_offer(qtbot: QtBot, tmp_path: Path) -> None:
    _state, panel = open_panel(qtbot, tmp_path)
    told = panel.plan.toPlainText().split("Signs in as a")[1]
    assert "If the server offers PLAIN and LOGIN: signs in with PLAIN." in told
    assert "If the server offers nothing: goes on without signing in, silently." in told
    assert "If the server offers only XOAUTH2:" in told


def test_dangers_come_first_each_with_a_way_to_the_problem(qtbot: QtBot, tmp_path: Path) -> None:
    state, panel = open_panel(qtbot, tmp_path)
    qtbot.waitUntil(lambda: "Show Problem" in panel.plan.toPlainText(), timeout=5000)
    text = panel.plan.toPlainText()
    (first, *_) = [one for one in state.finder.found_in["development"] if one.severity != "info"]
    assert text.index(first.text) < text.index("Connects to")
    assert "mail › Connection security" in text or "mail › Password" in text
    with qtbot.waitSignal(panel.plan.problem_wanted) as caught:
        panel.plan.anchorClicked.emit(QUrl("problem:0"))
    assert caught.args == [first]


def test_a_plan_that_fails_says_so_before_all_else(qtbot: QtBot) -> None:
    view = PlanView()
    qtbot.addWidget(view)
    lines = (PlanLine("connect", "Connects."), PlanLine("failure", "<b>Crashes</b> & burns."))
    view.show_plan(Forecast(None, (), (PlanSection("", lines),), (), (), ()), [])
    text = view.toPlainText()
    assert text.index("<b>Crashes</b> & burns.") < text.index("Connects.")


def test_only_what_differs_is_shown_unless_asked(qtbot: QtBot, tmp_path: Path) -> None:
    _state, panel = open_panel(qtbot, tmp_path)
    table = panel.environments
    qtbot.waitUntil(lambda: bool(table.rows.rows))
    assert [row[0] for row in cells(table)] == ["Host"]
    bold = table.rows.index(0, 2).data(Qt.ItemDataRole.FontRole)
    assert bold.bold()
    assert table.rows.index(0, 2).data(Qt.ItemDataRole.BackgroundRole) is not None
    table.differing.setChecked(False)
    assert "Password" in [row[0] for row in cells(table)]
    table.show_environments([("Host", "a", "a")], ["development", "production"])
    table.differing.setChecked(True)
    assert cells(table)[0][0] == "No setting differs."


def test_a_value_is_copied_to_another_environments_file(qtbot: QtBot, tmp_path: Path) -> None:
    state, panel = open_panel(qtbot, tmp_path)
    table = panel.environments
    qtbot.waitUntil(lambda: bool(table.rows.rows))
    assert not table.copy.isEnabled()
    table.setCurrentIndex(table.rows.index(0, 0))
    assert not table.copy.isEnabled()  # the setting's name is no value
    table.setCurrentIndex(table.rows.index(0, 1))
    assert table.copy.isEnabled()
    table.targets.aboutToShow.emit()
    (to,) = table.targets.actions()
    assert to.text() == "production"
    to.trigger()
    assert state.undo.undoText() == "Copy Host to datasources.production.json"
    assert state.workspace is not None
    production = state.workspace.documents["datasources.production.json"]
    assert production.get("/mail/transports/0/host") == "localhost"
    qtbot.waitUntil(lambda: cells(table)[0][0] == "No setting differs.")
    state.undo.undo()
    assert production.get("/mail/transports/0/host") == "smtp.example.com"


def test_a_secret_is_copied_as_it_is_written(qtbot: QtBot, tmp_path: Path) -> None:
    state, panel = open_panel(qtbot, tmp_path)
    panel.environments.copy_wanted.emit("/transports/0/auth/pass", "development", "production")
    assert state.workspace is not None
    production = state.workspace.documents["datasources.production.json"]
    assert production.get("/mail/transports/0/auth/pass") == "Geheim-73"


def test_the_first_column_has_room_for_its_settings(qtbot: QtBot, tmp_path: Path) -> None:
    _state, panel = open_panel(qtbot, tmp_path)
    table = panel.environments
    table.resize(900, 300)
    table.share_width()
    assert table.columnWidth(0) >= table.sizeHintForColumn(0)


def test_another_environment_changes_the_plan(qtbot: QtBot, tmp_path: Path) -> None:
    state, panel = open_panel(qtbot, tmp_path)
    state.set_environment("production")
    qtbot.waitUntil(lambda: "smtp.example.com" in panel.plan.toPlainText(), timeout=5000)
    rows = {row[0]: row[1:] for row in cells(panel.environments)}
    assert rows["Host"] == ["localhost", "smtp.example.com"]


def test_the_upgrade_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    _state, panel = open_panel(qtbot, tmp_path)
    rows = cells(panel.upgrade)
    assert any(":25 " in row[1] and ":587 " in row[2] for row in rows)
    assert {row[0] for row in rows} == {"mail, transport 1", "The app"}


def test_a_data_source_without_mail_has_values_but_no_plan(qtbot: QtBot, tmp_path: Path) -> None:
    state, panel = open_panel(qtbot, tmp_path)
    state.select("datasource", "db")
    qtbot.waitUntil(lambda: "no mail data source" in panel.plan.toPlainText(), timeout=5000)
    assert cells(panel.values) == [["connector", '"memory"', "datasources.json"]]


def test_the_table_model_keeps_its_promises(qtmodeltester: Any) -> None:
    model = TextTableModel(["a", "b"])
    model.show([("1", "2"), ("3", "4")], strong=[1])
    qtmodeltester.check(model)
