from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from loopmail.core.edit.bindings import bind
from loopmail.core.edit.datasources import add_mail_datasource
from loopmail.ui.page.bindings import DATASOURCE, MODEL, PUBLIC, STATE, BindingsPage
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, mail, text, value

FILE = "model-config.json"
MODELS = {
    "_meta": {"sources": ["../common/models"], "odd": 1},
    "User": {"dataSource": "db", "public": False, "x-odd": [1]},
    "Email": {"dataSource": None},
    "Lost": {"dataSource": "gone"},
}
SOURCES = {"emailDs": mail(SMTP), "db": {"connector": "memory"}}


Opened = Callable[..., tuple[AppState, BindingsPage]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_page(models: Any = MODELS) -> tuple[AppState, BindingsPage]:
        files: dict[str, Any] = {"datasources.json": SOURCES}
        if models is not None:
            files[FILE] = models
        state = small_apps.state(files)
        page = small_apps.shown(BindingsPage(state))
        page.show()  # it waits until it is seen
        return state, page

    return open_page


def cell(page: BindingsPage, row: int, column: int) -> str:
    return str(page.model.index(row, column).data())


def test_the_columns_are_those_of_the_contract(opened: Opened) -> None:
    _, page = opened()
    horizontal = Qt.Orientation.Horizontal
    names = [page.model.headerData(at, horizontal) for at in range(4)]
    assert names == ["Model", "Data source", "Public", "State"]
    assert page.table.accessibleName() == "Model bindings"
    assert not page.table.tabKeyNavigation()


def test_meta_is_no_binding_and_states_are_words(opened: Opened) -> None:
    _, page = opened()
    assert [cell(page, at, MODEL) for at in range(3)] == ["User", "Email", "Lost"]
    assert cell(page, 1, STATE) == "Not bound"
    assert cell(page, 2, STATE) == "Not found here"
    assert page.unknown.text() == "There are no model files in the app's model folders."


def test_a_data_source_is_chosen_in_the_table(opened: Opened) -> None:
    state, page = opened()
    before = text(state, FILE)
    index = page.model.index(2, DATASOURCE)
    delegate = page.table.itemDelegateForColumn(DATASOURCE)
    editor = delegate.createEditor(page.table.viewport(), QStyleOptionViewItem(), index)
    assert isinstance(editor, QComboBox)
    delegate.setEditorData(editor, index)
    assert editor.currentText() == "gone (missing)"
    editor.setCurrentIndex(editor.findText("db"))
    delegate.setModelData(editor, page.model, index)
    assert value(state, FILE)["Lost"]["dataSource"] == "db"
    assert text(state, FILE) == before.replace('"gone"', '"db"')


def test_public_is_checked_and_unchecked(opened: Opened) -> None:
    state, page = opened()
    index = page.model.index(0, PUBLIC)
    role = Qt.ItemDataRole.CheckStateRole
    assert index.data(role) == Qt.CheckState.Unchecked
    assert page.model.setData(index, Qt.CheckState.Checked, role)
    assert value(state, FILE)["User"] == {"dataSource": "db", "public": True, "x-odd": [1]}
    state.undo.undo()
    assert value(state, FILE) == MODELS


def test_bind_email_binds_it_to_the_mail_data_source(opened: Opened) -> None:
    state, page = opened()
    assert not page.bind_email.isHidden()
    page.bind_email.click()
    assert value(state, FILE)["Email"] == {"dataSource": "emailDs"}
    assert cell(page, 1, STATE) == "Sends mail"
    assert page.bind_email.isHidden()
    assert state.undo.undoText() == "Bind Email to emailDs"


def test_bind_email_makes_the_file_when_there_is_none(opened: Opened) -> None:
    state, page = opened(None)
    assert not page.empty.isHidden()
    page.bind_email.click()
    assert value(state, FILE)["Email"]["dataSource"] == "emailDs"
    assert page.empty.isHidden()


def test_bindings_are_added_and_removed(opened: Opened) -> None:
    state, page = opened()
    page.new_model.setCurrentIndex(page.new_model.findText("AccessToken"))
    page.new_datasource.setCurrentIndex(page.new_datasource.findText("db"))
    page.add_button.click()
    assert value(state, FILE)["AccessToken"]["dataSource"] == "db"
    assert page.new_model.findText("AccessToken") < 0
    page.table.selectRow(3)
    page.remove_button.click()
    assert value(state, FILE) == MODELS
    assert list(value(state, FILE)) == list(MODELS)


def test_a_broken_file_is_said_and_left_alone(opened: Opened) -> None:
    state, page = opened('{"Email": }')
    assert "line 1" in page.empty.text()
    assert page.bind_email.isHidden()
    page.add_button.click()
    assert text(state, FILE) == '{"Email": }'
    assert page.sentence.text()


def test_a_hidden_page_catches_up_when_it_is_shown(opened: Opened) -> None:
    state, page = opened()
    page.hide()
    state.change("Bind", lambda workspace: bind(workspace, "Email", "emailDs"), print)
    assert cell(page, 1, STATE) == "Not bound"
    page.show()
    assert cell(page, 1, STATE) == "Sends mail"


def test_without_an_app_the_page_is_empty(opened: Opened) -> None:
    state, page = opened()
    state.set_workspace(None)
    assert page.model.rowCount() == 0
    assert page.empty.text() == "No app is open."


def test_the_table_is_a_sound_model(opened: Opened, qtmodeltester: Any) -> None:
    _, page = opened()
    qtmodeltester.check(page.model)


def test_an_app_without_mail_gets_an_offer(small_apps: SmallApps, qtbot: QtBot) -> None:
    files = {"datasources.json": {"db": {"connector": "memory"}}, FILE: {}}
    state = small_apps.state(files)
    page = small_apps.shown(BindingsPage(state))
    page.show()
    wanted: list[bool] = []
    page.add_wanted.connect(lambda: wanted.append(True))
    qtbot.waitUntil(page.no_mail.isVisible)
    page.add_mail.click()
    assert wanted == [True]
    state.change("Add", lambda workspace: add_mail_datasource(workspace, state.layer, "m"), fail)
    qtbot.waitUntil(page.no_mail.isHidden)


def test_an_app_whose_scripts_may_hold_its_mail_gets_none(
    small_apps: SmallApps, qtbot: QtBot
) -> None:
    script = "module.exports = {emailDs: {connector: 'mail'}};"
    files = {"datasources.json": {"db": {"connector": "memory"}}, "datasources.local.js": script}
    state = small_apps.state({**files, FILE: {}})
    page = small_apps.shown(BindingsPage(state))
    page.show()
    qtbot.waitUntil(lambda: state.finder.known)
    assert page.no_mail.isHidden()


def fail(sentence: str) -> None:
    raise AssertionError(sentence)
