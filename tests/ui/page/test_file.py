from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.core.jsontext import apply_edit
from loopmail.ui.page.file import FilePage
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.text_view import displayable, edit_between
from small_app import MakeApp

BROKEN = '{\n  "emailDs": {\n    "connector": "mail",\n  }\n}\n'


@pytest.fixture
def page(state: AppState, qtbot: QtBot) -> FilePage:
    made = FilePage(state)
    qtbot.addWidget(made)
    return made


def _show(page: FilePage, state: AppState, path: Path, name: str) -> None:
    state.set_workspace(Workspace.open(path))
    state.select("file", name)
    page.show_file(name)


def test_a_broken_file_is_shown_as_text_at_its_error(
    page: FilePage, state: AppState, make_app: MakeApp
) -> None:
    _show(page, state, make_app(datasources=BROKEN), "datasources.json")
    assert page.text.toPlainText() == BROKEN
    assert "line 3" in page.banner.title.text()
    assert page.text.textCursor().blockNumber() == 2
    assert len(page.text.extraSelections()) == 1


def test_typing_is_undone_with_the_other_steps_and_saved_only_on_demand(
    page: FilePage, state: AppState, make_app: MakeApp
) -> None:
    path = make_app(datasources=BROKEN)
    file = path / "server" / "datasources.json"
    _show(page, state, path, "datasources.json")
    mended = BROKEN.replace('"mail",', '"mail"')
    page.text.show_text(mended)  # as typed: the text changes, and the page takes it
    assert state.workspace is not None
    assert state.workspace.documents["datasources.json"].text == mended
    assert page.banner.property("tone") == "ok"
    assert file.read_text() == BROKEN
    state.save()
    assert file.read_text() == mended
    state.undo.undo()
    assert page.text.toPlainText() == BROKEN


def test_a_script_is_shown_but_neither_run_nor_editable(
    page: FilePage, state: AppState, make_app: MakeApp
) -> None:
    path = make_app(**{"datasources.production.js": "throw new Error('run');\n"})
    _show(page, state, path, "datasources.production.js")
    assert "not executed" in page.banner.title.text()
    assert page.text.isReadOnly()
    assert "throw" in page.text.toPlainText()


def test_a_file_that_cannot_be_read_says_why(
    page: FilePage, state: AppState, make_app: MakeApp
) -> None:
    path = make_app()
    workspace = Workspace.open(path)
    workspace.unreadable = {"datasources.local.json": "It is locked away."}
    state.set_workspace(workspace)
    state.select("file", "datasources.local.json")
    page.show_file("datasources.local.json")
    assert page.banner.text.text() == "It is locked away."
    assert page.text.isHidden()


TEXTS = st.lists(st.sampled_from(["a", "é", "\U0001f600", "\udcff", "\r\n", "\n", "\r"])).map(
    "".join
)


@given(TEXTS, st.text(alphabet="ab\n", max_size=10))
@example("\r", "\n\n")
@example("\r\r", "\n\na")
def test_an_edit_gives_the_text_shown_whatever_the_line_ends(text: str, shown: str) -> None:
    edit = edit_between(text, shown)
    after = text if edit is None else apply_edit(text, edit)
    assert displayable(after) == shown


def test_new_lines_in_a_file_of_windows_get_its_line_ends() -> None:
    edit = edit_between("{\r\n}\r\n", "{\n  1\n}\n")
    assert edit is not None
    assert apply_edit("{\r\n}\r\n", edit) == "{\r\n  1\r\n}\r\n"


def test_untouched_bytes_that_are_no_text_stay(state: AppState) -> None:
    edit = edit_between('{"a": "\udcff"}', '{"a": "\ufffdx"}')
    assert edit is not None
    assert apply_edit('{"a": "\udcff"}', edit) == '{"a": "\udcffx"}'


def test_secrets_of_a_broken_file_are_dots_and_the_rest_is_mended_byte_for_byte(
    page: FilePage, state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    text = '{\r\n  "db": {\r\n    "password": "s3cr\\u0065t-\ufffd",,\r\n    "n": 1\r\n  }\r\n}\r\n'
    path = make_app(datasources=text)
    _show(page, state, path, "datasources.json")
    page.resize(700, 400)
    page.show()
    assert "s3cr" not in page.text.toPlainText()
    place = page.text.toPlainText().index(",,") + 1
    cursor = page.text.textCursor()
    cursor.setPosition(place)
    page.text.setTextCursor(cursor)
    QTest.keyClick(page.text, Qt.Key.Key_Backspace)
    assert state.workspace is not None
    assert state.workspace.documents["datasources.json"].text == text.replace(",,", ",")
    assert "s3cr" not in page.text.toPlainText()
    state.save()
    data = (path / "server" / "datasources.json").read_bytes()
    assert data == text.replace(",,", ",").encode()


def test_an_edit_of_the_dots_is_refused_with_a_sentence(
    page: FilePage, state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    text = '{"db": {"password": "s3cret-1",}}'
    _show(page, state, make_app(datasources=text), "datasources.json")
    page.show()
    cursor = page.text.textCursor()
    cursor.setPosition(page.text.toPlainText().index("•") + 2)
    page.text.setTextCursor(cursor)
    QTest.keyClick(page.text, Qt.Key.Key_X)
    assert state.workspace is not None
    assert state.workspace.documents["datasources.json"].text == text
    assert not state.workspace.modified()
    assert "Nothing was changed" in page.note.text()
    assert page.note.isVisible()
    QTest.keyClick(page.text, Qt.Key.Key_End)
    QTest.keyClicks(page.text, " ")
    assert not page.note.isVisible()


def test_secrets_of_a_script_are_dots_too(
    page: FilePage, state: AppState, make_app: MakeApp
) -> None:
    script = 'module.exports = {db: {password: "s3cret-2"}};\n'
    _show(
        page, state, make_app(**{"datasources.production.js": script}), "datasources.production.js"
    )
    assert "s3cret" not in page.text.toPlainText()
    assert page.text.toPlainText().startswith("module.exports")
