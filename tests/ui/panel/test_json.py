import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from loopmail.core.app.merge import differing
from loopmail.core.app.workspace import Workspace
from loopmail.ui.panel.json import JsonView, changed_lines
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.text_view import TextView, displayable
from loopmail.ui.widgets.veils import DOTS
from small_app import MakeApp

BASE = "datasources.json"
LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


@pytest.fixture
def view(opened: AppState, qtbot: QtBot) -> JsonView:
    made = JsonView(opened)
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    return made


def _set(state: AppState, pointer: str, value: object, file: str = BASE) -> None:
    assert state.workspace is not None
    state.push("Change", [state.workspace.edit_value(file, pointer, value)])


def test_it_shows_the_layer_and_marks_what_differs_from_the_disk(
    view: JsonView, opened: AppState, qtbot: QtBot
) -> None:
    assert '"smtp.example.com"' in view.toPlainText()
    assert view.changed_lines() == frozenset()
    _set(opened, "/emailDs/transports/0/host", "b.example.org")
    qtbot.waitUntil(lambda: '"b.example.org"' in view.toPlainText())
    (line,) = view.changed_lines()
    assert '"b.example.org"' in view.toPlainText().splitlines()[line - 1]
    opened.save()
    qtbot.waitUntil(lambda: view.changed_lines() == frozenset())


def test_it_follows_the_selection_and_the_layer(
    view: JsonView, opened: AppState, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(view.file_changed) as caught:
        opened.select("bindings")
    assert caught.args == ["model-config.json"]
    assert '"dataSource": "emailDs"' in view.toPlainText()
    opened.select("datasource", "emailDs")
    with qtbot.waitSignal(view.file_changed) as caught:
        opened.set_layer("datasources.local.json")
    assert caught.args == ["datasources.local.json"]
    qtbot.waitUntil(lambda: view.toPlainText() == "")


def test_a_password_that_is_typed_in_the_form_never_shows(
    view: JsonView, opened: AppState, qtbot: QtBot
) -> None:
    for typed in ("h", "hu", "hunt-er22"):
        _set(opened, "/emailDs/transports/0/auth/pass", typed)
        view.refresh()
        assert f'"pass": "{DOTS}"' in view.toPlainText()
    line = view.toPlainText().split(DOTS)[0].count("\n") + 1
    view.go_to(line)
    qtbot.waitUntil(lambda: len(view.eyes()) == 1)
    view.eyes()[0].click()
    assert '"pass": "hunt-er22"' in view.toPlainText()
    _set(opened, "/emailDs/transports/0/host", "other.example.com")
    view.refresh()
    assert '"pass": "hunt-er22"' in view.toPlainText()
    opened.select("bindings")
    view.refresh()
    opened.select("datasource", "emailDs")
    view.refresh()
    assert "hunt-er22" not in view.toPlainText()


def test_a_new_file_is_all_changed(view: JsonView, opened: AppState, qtbot: QtBot) -> None:
    opened.set_layer("datasources.local.json")
    _set(opened, "/emailDs/host", "x", "datasources.local.json")
    qtbot.waitUntil(lambda: '"host": "x"' in view.toPlainText())
    assert len(view.changed_lines()) == len(view.toPlainText().splitlines())


def test_it_has_a_name_and_a_script_cannot_be_edited(
    view: JsonView, opened: AppState, qtbot: QtBot
) -> None:
    assert view.accessibleName() == "JSON"
    assert not view.isReadOnly()
    opened.select("file", "nothing.js")
    view.refresh()
    assert view.isReadOnly()


def test_hidden_it_does_no_work(view: JsonView, opened: AppState, qtbot: QtBot) -> None:
    view.hide()
    before = view.toPlainText()
    _set(opened, "/emailDs/transports/0/host", "c.example.org")
    assert view.toPlainText() == before
    view.show()
    assert '"c.example.org"' in view.toPlainText()


def test_it_shows_bytes_that_are_no_text_as_replacement(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    path = make_app()
    file = path / "server" / BASE
    file.write_bytes(file.read_bytes().replace(b"smtp.example", b"\xffsmtp"))
    state.set_workspace(Workspace.open(path))
    state.select("datasource", "emailDs")
    view = JsonView(state)
    qtbot.addWidget(view)
    view.show()
    assert "\ufffdsmtp.com" in view.toPlainText()


@pytest.mark.usefixtures("patient")  # laying out 80,000 lines is one call of Qt's
def test_a_large_file_is_shown_and_compared_in_time(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    big = {f"ds{n}": {"connector": "memory", "n": n} for n in range(20_000)}
    state.set_workspace(Workspace.open(make_app(datasources=big)))
    state.select("datasource", "ds5")
    view = JsonView(state)
    qtbot.addWidget(view)
    view.show()
    _set(state, "/ds19999/n", "changed")
    qtbot.waitUntil(lambda: len(view.changed_lines()) == 1)


@given(LINES, LINES)
def test_the_part_that_differs_turns_one_text_into_the_other(old: str, new: str) -> None:
    start, end_old, end_new = differing(old, new)
    assert old[:start] + new[start:end_new] + old[end_old:] == new


@given(LINES, LINES)
def test_marked_lines_exist_and_equal_texts_have_none(saved: str, text: str) -> None:
    marked = changed_lines(saved, text)
    assert marked <= set(range(1, max(len(text.splitlines()), 1) + 1))
    assert bool(marked) >= (saved.splitlines() != text.splitlines())
    assert changed_lines(text, text) == set()


def test_showing_a_text_again_keeps_the_place(qtbot: QtBot) -> None:
    view = TextView()
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show()
    lines = [f"line {number}" for number in range(500)]
    view.show_text("\n".join(lines))
    view.go_to(250)
    top = view.verticalScrollBar().value()
    lines[400] = "other \U0001f600 line"
    view.show_text("\n".join(lines))
    assert view.verticalScrollBar().value() == top
    assert view.toPlainText() == "\n".join(lines)
    view.show_text("\n".join([*lines[:400], "again \U0001f600\U0001f600", *lines[401:]]))
    assert view.toPlainText().splitlines()[400] == "again \U0001f600\U0001f600"


def test_line_ends_are_shown_alike() -> None:
    assert displayable("a\r\nb\rc\n") == "a\nb\nc\n"
