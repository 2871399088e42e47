from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Problem
from loopmail.ui.page.tree import AppTree
from loopmail.ui.page.tree_model import AppTreeModel, page_of
from loopmail.ui.session.state import AppState
from loopmail.ui.window.datasource_actions import NameDialog
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def _names(state: AppState) -> list[str]:
    return [name for kind, name in list(AppTreeModel(state).keys()) if kind == "datasource"]


def _dialog(window: MainWindow) -> NameDialog:
    return next(one for one in window.findChildren(NameDialog) if one.isVisible())


def test_the_model_keeps_qts_rules_through_all_changes(state: AppState, make_app: MakeApp) -> None:
    model = AppTreeModel(state)
    tester = QAbstractItemModelTester(model, FATAL)
    state.set_workspace(Workspace.open(make_app()))
    assert state.workspace is not None
    for pointer, value in (("/new", {"connector": "mail"}), ("/emailDs/transports/0/host", "x")):
        state.push("Change", [state.workspace.edit_value("datasources.json", pointer, value)])
    state.undo.undo()
    state.set_workspace(None)
    assert tester.failureReportingMode() == FATAL
    assert model.rowCount() == 0


def test_mail_comes_first_with_its_host_as_second_line(opened: AppState) -> None:
    model = AppTreeModel(opened)
    index = model.index_of(("datasource", "emailDs"))
    assert model.keys() == [("datasource", "emailDs"), ("datasource", "db"), ("bindings", "")]
    assert index.data() == "emailDs"
    accessible = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert accessible == "emailDs, smtp.example.com"


def test_the_second_line_follows_the_host_without_losing_the_row(
    opened: AppState, qtbot: QtBot
) -> None:
    tree = AppTree(opened)
    qtbot.addWidget(tree)
    with qtbot.assertNotEmitted(tree.rows.modelReset):
        assert opened.workspace is not None
        change = opened.workspace.edit_value(
            "datasources.json", "/emailDs/transports/0/host", "b.example.org"
        )
        opened.push("Change Host", [change])
    assert "b.example.org" in tree.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_number_of_problems_is_part_of_the_accessible_text(
    opened: AppState, qtbot: QtBot
) -> None:
    model = AppTreeModel(opened)
    assert opened.workspace is not None
    change = opened.workspace.edit_value("datasources.json", "/emailDs/transports/0/secure", False)
    opened.push("Change Secure", [change])
    qtbot.waitUntil(lambda: bool(opened.problems))
    text = model.index_of(("datasource", "emailDs")).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "problem" in text


def test_scripts_and_broken_files_are_listed(state: AppState, make_app: MakeApp) -> None:
    path = make_app(**{"datasources.local": "{", "datasources.production.js": "throw 1;"})
    state.set_workspace(Workspace.open(path))
    model = AppTreeModel(state)
    texts = [
        model.index_of(("file", name)).data(Qt.ItemDataRole.AccessibleTextRole)
        for name in ("datasources.local.json", "datasources.production.js")
    ]
    assert texts == [
        "datasources.local.json, not valid JSON",
        "datasources.production.js, script, not executed",
    ]


def test_the_selection_goes_both_ways(opened: AppState, qtbot: QtBot) -> None:
    tree = AppTree(opened)
    qtbot.addWidget(tree)
    tree.show()
    assert tree.currentIndex().data() == "emailDs"
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert opened.selection == ("datasource", "db")
    opened.select("bindings")
    assert tree.currentIndex().data() == "Model bindings"


@pytest.mark.parametrize(
    ("file", "pointer", "check", "place"),
    [
        ("datasources.json", "/emailDs/transports/0/port", "port-missing", "datasource emailDs"),
        ("datasources.local.json", "", "schema", "file datasources.local.json"),
        ("model-config.json", "/Email/dataSource", "datasource-missing", "bindings "),
        ("datasources.json", "", "json-invalid", "file datasources.json"),
        ("datasources.json", "/a~1b/x", "unknown-key", "datasource a/b"),
    ],
)
def test_a_problem_belongs_to_the_page_that_can_mend_it(
    file: str, pointer: str, check: str, place: str
) -> None:
    problem = Problem(check, "error", file, 1, 1, pointer, None, "text")
    assert " ".join(page_of(problem)) == place


def test_adding_asks_for_a_name_and_says_why_it_cannot_be(open_window: MainWindow) -> None:
    open_window.parts.tree.setFocus()
    QTest.keyClick(open_window.parts.tree, Qt.Key.Key_Insert)
    page = open_window.parts.pages.no_mail
    assert open_window.parts.pages.currentWidget() is page
    assert page.name.hasFocus()
    assert page.name.text() == "emailDs2"
    page.name.setText("emailDs")
    assert page.objection.text()
    assert not page.go_on.isEnabled()
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert open_window.state.selection == ("add", "")
    page.name.setText("news")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert open_window.state.selection == ("datasource", "news")
    assert _names(open_window.state) == ["emailDs", "news", "db"]


def test_renaming_takes_the_bindings_along_in_one_step(open_window: MainWindow) -> None:
    state = open_window.state
    open_window.menu_actions["rename"].trigger()
    dialog = _dialog(open_window)
    dialog.name.setText("mailer")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert state.selection == ("datasource", "mailer")
    assert state.snapshot().values["model-config.json"]["Email"]["dataSource"] == "mailer"
    assert state.undo.count() == 1
    state.undo.undo()
    assert state.selection == ("datasource", "emailDs")
    assert state.snapshot().values["model-config.json"]["Email"]["dataSource"] == "emailDs"


def test_duplicating_selects_the_copy(open_window: MainWindow) -> None:
    open_window.menu_actions["duplicate"].trigger()
    assert open_window.state.selection == ("datasource", "emailDsCopy")


def test_delete_removes_and_undo_brings_it_back(open_window: MainWindow) -> None:
    state = open_window.state
    QTest.keyClick(open_window.parts.tree, Qt.Key.Key_Delete)
    assert _names(state) == ["db"]
    assert state.selection == ("datasource", "db")
    state.undo.undo()
    assert _names(state) == ["emailDs", "db"]
    assert state.selection == ("datasource", "emailDs")
    assert open_window.parts.tree.currentIndex().data() == "emailDs"


def test_the_tree_paints_all_kinds_of_rows(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    tree = AppTree(state)
    qtbot.addWidget(tree)
    tree.resize(220, 400)
    tree.show()
    state.set_workspace(Workspace.open(make_app(**{"datasources.local": "{"})))
    qtbot.waitUntil(lambda: bool(state.problems))
    image = tree.grab().toImage()
    colours = {image.pixel(x, y) for x in range(0, 220, 2) for y in range(0, 400, 2)}
    assert len(colours) > 10


def test_the_second_line_is_what_the_chosen_environment_uses(
    state: AppState, make_app: MakeApp
) -> None:
    def source(host: str) -> dict[str, Any]:
        return {"connector": "mail", "transports": [{"type": "smtp", "host": host}]}

    layer = {"transports": [{"host": "smtp.example.com"}]}
    folder = make_app(
        "shop",
        **{
            "datasources": {"mail": source("127.0.0.1"), "other": source("${NOT_SET}")},
            "datasources.production": {"mail": layer, "late": source("mx")},
        },
    )
    state.set_workspace(Workspace.open(folder))
    model = AppTreeModel(state)

    def details() -> dict[str, str]:
        entries = [entry for section in model._sections for entry in section.entries]
        return {one.title: one.detail for one in entries if one.key[0] == "datasource"}

    development = {"mail": "127.0.0.1", "other": "no host", "late": "not in development"}
    assert details() == development
    state.set_environment("production")
    assert details() == {"mail": "smtp.example.com", "other": "no host", "late": "mx"}
    state.set_environment("development")
    assert details() == development
    state.set_environment(None)
    assert details()["late"] == "not in the base file"
