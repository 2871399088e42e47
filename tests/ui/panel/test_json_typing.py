"""Typing in the text of a file: a change as soon as it is JSON, a draft until then."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.ui.panel.json_area import JsonArea
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.veils import DOTS
from small_app import MakeApp

BASE = "datasources.json"
PASSWORD = "hunt-er22"
TEXT = """{
  "emailDs": {
    "connector": "mail",
    "transports": [
      {"type": "smtp", "host": "a.example.com", "auth": {"user": "u", "pass": "hunt-er22"}}
    ]
  }
}
"""


@pytest.fixture
def path(make_app: MakeApp) -> Path:
    return make_app(datasources=TEXT)


@pytest.fixture
def area(state: AppState, path: Path, qtbot: QtBot) -> JsonArea:
    state.set_workspace(Workspace.open(path))
    state.select("datasource", "emailDs")
    made = JsonArea(state)
    qtbot.addWidget(made)
    for tool in made.tools:
        qtbot.addWidget(tool)
    made.resize(700, 400)
    made.show()
    return made


def text_of(state: AppState, file: str = BASE) -> str:
    assert state.workspace is not None
    return state.workspace.documents[file].text


def put_cursor(area: JsonArea, before: str) -> None:
    """Put the cursor in front of what is shown so."""
    cursor = area.view.textCursor()
    cursor.setPosition(area.view.toPlainText().index(before))
    area.view.setTextCursor(cursor)


def test_what_is_typed_is_one_step_and_reaches_the_file_to_the_byte(
    area: JsonArea, state: AppState, path: Path
) -> None:
    put_cursor(area, ".example.com")
    QTest.keyClicks(area.view, "bc")
    assert text_of(state) == TEXT.replace("a.example", "abc.example")
    assert state.undo.count() == 1
    state.save()
    assert (path / "server" / BASE).read_text() == TEXT.replace("a.example", "abc.example")
    state.undo.undo()
    assert text_of(state) == TEXT


def test_what_is_no_json_changes_nothing_and_is_said_at_its_line(
    area: JsonArea, state: AppState
) -> None:
    put_cursor(area, '"connector"')
    QTest.keyClicks(area.view, '"x"')
    assert text_of(state) == TEXT
    assert state.undo.count() == 0
    assert state.modified
    assert state.unsaved() == [f"the text of {BASE}, which is not JSON yet"]
    assert area.banner.isVisible()
    assert area.banner.title.text().startswith("Line 3, column 8: ")
    assert len(area.view.extraSelections()) >= 1
    QTest.keyClicks(area.view, ": 1, ")
    assert '"x": 1, "connector"' in text_of(state)
    assert not area.banner.isVisible()
    assert not state.drafts
    assert state.undo.count() == 1


def test_a_drafts_steps_are_taken_back_one_by_one(area: JsonArea, state: AppState) -> None:
    put_cursor(area, '"connector"')
    QTest.keyClicks(area.view, "xy")
    QTest.keySequence(area.view, QKeySequence.StandardKey.Undo)
    assert 'x"connector"' in area.view.toPlainText()
    assert state.drafts
    QTest.keySequence(area.view, QKeySequence.StandardKey.Undo)
    assert not state.drafts
    assert not area.banner.isVisible()
    assert area.view.plain == TEXT


def test_a_draft_can_be_dropped(area: JsonArea, state: AppState) -> None:
    put_cursor(area, '"connector"')
    QTest.keyClicks(area.view, "x")
    area.drop.click()
    assert area.view.plain == TEXT
    assert not state.modified


def test_a_draft_stays_while_other_files_are_looked_at(
    area: JsonArea, state: AppState, qtbot: QtBot
) -> None:
    put_cursor(area, '"connector"')
    QTest.keyClicks(area.view, "x")
    state.select("bindings")
    qtbot.waitUntil(lambda: area.view.file == "model-config.json")
    assert not area.banner.isVisible()
    state.select("datasource", "emailDs")
    qtbot.waitUntil(lambda: area.view.file == BASE)
    assert 'x"connector"' in area.view.toPlainText()
    assert area.banner.isVisible()
    state.set_workspace(None)
    assert not state.drafts


def test_what_the_form_changes_meanwhile_is_not_lost(area: JsonArea, state: AppState) -> None:
    put_cursor(area, '"connector"')
    QTest.keyClicks(area.view, '"x": 1')
    assert state.workspace is not None
    change = state.workspace.edit_value(BASE, "/emailDs/transports/0/host", "b.example.com")
    state.push("Form", [change])
    QTest.keyClicks(area.view, ",")
    assert state.workspace.documents[BASE].get("/emailDs/x") == 1
    assert state.workspace.documents[BASE].get("/emailDs/transports/0/host") == "b.example.com"
    state.undo.undo()
    state.undo.undo()
    assert text_of(state) == TEXT


def test_a_hidden_secret_stays_what_it_is_whatever_is_typed_beside_it(
    area: JsonArea, state: AppState
) -> None:
    put_cursor(area, '"pass"')
    QTest.keyClicks(area.view, '"x": 1, ')
    assert f'"x": 1, "pass": "{PASSWORD}"' in text_of(state)
    assert DOTS not in text_of(state)
    assert PASSWORD not in area.view.toPlainText()
    before = text_of(state)
    put_cursor(area, DOTS[:3])
    QTest.keyClick(area.view, Qt.Key.Key_Right)
    QTest.keyClicks(area.view, "z")
    assert text_of(state) == before
    assert area.note.isVisible()
    assert "dots" in area.note.text()


def test_dots_that_are_pasted_reach_no_file(area: JsonArea, state: AppState) -> None:
    area.view.selectAll()
    area.view.copy()
    assert PASSWORD not in QApplication.clipboard().text()
    put_cursor(area, '"connector"')
    area.view.paste()
    assert text_of(state) == TEXT
    assert not state.drafts


def test_a_secret_that_is_typed_is_hidden_when_the_text_is_left(
    area: JsonArea, state: AppState, qtbot: QtBot
) -> None:
    area.activateWindow()
    area.view.setFocus()
    qtbot.waitUntil(area.view.hasFocus)
    put_cursor(area, '"user"')
    QTest.keyClicks(area.view, '"password": "geheim-9", ')
    assert '"password": "geheim-9"' in text_of(state)
    area.banner.show()
    area.go.setFocus()
    qtbot.waitUntil(lambda: "geheim" not in area.view.toPlainText())
    assert '"password": "geheim-9"' in text_of(state)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_and_bytes_that_are_no_text_stay(
    state: AppState, make_app: MakeApp, qtbot: QtBot, end: str
) -> None:
    path = make_app(datasources=TEXT)
    file = path / "server" / BASE
    data = TEXT.replace("\n", end).encode().replace(b'"u"', b'"\xff"')
    file.write_bytes(data)
    state.set_workspace(Workspace.open(path))
    state.select("datasource", "emailDs")
    area = JsonArea(state)
    qtbot.addWidget(area)
    area.show()
    put_cursor(area, '"connector"')
    QTest.keyClick(area.view, Qt.Key.Key_Return)
    state.save()
    assert file.read_bytes() == data.replace(b'"conn', f"{end}    ".encode() + b'"conn')


def test_a_broken_file_can_be_mended_here(state: AppState, make_app: MakeApp, qtbot: QtBot) -> None:
    state.set_workspace(Workspace.open(make_app(datasources=TEXT.replace('"mail",', '"mail"'))))
    state.select("file", BASE)
    area = JsonArea(state)
    qtbot.addWidget(area)
    area.show()
    assert area.banner.isVisible()
    put_cursor(area, '\n    "transports"')
    QTest.keyClicks(area.view, ",")
    assert text_of(state) == TEXT
    assert not area.banner.isVisible()


def test_a_layer_that_is_not_there_yet_is_made_by_typing(area: JsonArea, state: AppState) -> None:
    state.set_layer("datasources.local.json")
    area.view.refresh()
    assert area.view.toPlainText() == ""
    QTest.keyClicks(area.view, '{"emailDs": {}}')
    assert text_of(state, "datasources.local.json") == '{"emailDs": {}}'


def test_the_value_at_the_cursor_leads_to_its_field(area: JsonArea, qtbot: QtBot) -> None:
    put_cursor(area, '"a.example')
    with qtbot.waitSignal(area.view.field_wanted) as caught:
        area.view.show_in_form()
    assert caught.args == [BASE, "/emailDs/transports/0/host"]
    put_cursor(area, '"pass"')
    with qtbot.waitSignal(area.view.field_wanted) as caught:
        area.view.show_in_form()
    assert caught.args == [BASE, "/emailDs/transports/0/auth/pass"]


def test_the_field_that_is_typed_in_is_marked(area: JsonArea) -> None:
    area.view.mark_field(BASE, "/emailDs/transports/0/port")
    (mark,) = [one for one in area.view.extraSelections() if one.cursor.blockNumber() == 4][:1]
    assert mark.cursor.block().text().strip().startswith('{"type"')


# --- Finding ------------------------------------------------------------------------------


def test_words_are_found_and_counted_and_gone_through(area: JsonArea) -> None:
    find = area.finder
    put_cursor(area, "{")
    find.edit.setText("MAIL")
    assert find.count.text() == "1 of 2"
    assert area.view.textCursor().selectedText() == "email"[1:]
    QTest.keyClick(find.edit, Qt.Key.Key_Return)
    assert find.count.text() == "2 of 2"
    QTest.keyClick(find.edit, Qt.Key.Key_Return)
    assert find.count.text() == "1 of 2"
    QTest.keyClick(find.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert find.count.text() == "2 of 2"
    find.case.setChecked(True)
    assert find.count.text() == "Not found"
    QTest.keyClick(find.edit, Qt.Key.Key_Escape)
    assert find.count.isHidden()


def test_secrets_are_not_found(area: JsonArea) -> None:
    area.finder.edit.setText("hunt")
    assert area.finder.count.text() == "Not found"


# --- Whatever is typed ------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 12),
        st.sampled_from(["", "x", ",", '"', "{", "}", ' "k": 1,', "\n", DOTS, "•", "null"]),
    ),
    max_size=12,
)


@given(_STEPS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_way_of_typing_writes_dots_or_loses_a_secret_in_part(
    area: JsonArea, state: AppState, steps: list[tuple[float, int, str]]
) -> None:
    for where, length, text in steps:
        view = area.view
        shown = view.toPlainText()
        start = round(where * len(shown))
        cursor = view.textCursor()
        cursor.setPosition(start)
        end = min(start + length, len(shown))
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        written = text_of(state)
        assert DOTS not in view.plain
        assert DOTS not in written
        assert PASSWORD in written or PASSWORD[:4] not in written
        draft = state.drafts.get(BASE)
        assert view.plain == (written if draft is None else draft.text)
        assert PASSWORD not in view.toPlainText()
        json.loads(written)
    state.drafts.drop()
    while state.undo.canUndo():
        state.undo.undo()
    area.view.refresh()
    assert text_of(state) == TEXT
