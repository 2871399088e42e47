from functools import partial

import pytest

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import EditError
from loopmail.core.jsontext import Edit
from loopmail.ui.session.state import AppState

BASE = "datasources.json"
HOST = "/emailDs/transports/0/host"
ENTRY = ("loopmail:shop", "EMAIL_DS_PASS")


def _workspace(state: AppState) -> Workspace:
    assert state.workspace is not None
    return state.workspace


def _text(state: AppState) -> str:
    return _workspace(state).documents[BASE].text


def _type(state: AppState, value: str, *, key: str | None = "host") -> None:
    change = _workspace(state).edit_value(BASE, HOST, value)
    state.push("Change Host", [change], merge_key=key)


def test_undo_restores_every_byte_and_redo_does_it_again(opened: AppState) -> None:
    before = _text(opened)
    _type(opened, "a.example.org")
    after = _text(opened)
    assert '"a.example.org"' in after
    opened.undo.undo()
    assert _text(opened) == before
    opened.undo.redo()
    assert _text(opened) == after


def test_typing_in_one_field_is_one_step_of_one_change(opened: AppState) -> None:
    before = _text(opened)
    for end in range(1, 14):
        _type(opened, "a.example.org"[:end])
    assert opened.undo.count() == 1
    assert '"a.example.org"' in _text(opened)
    opened.undo.undo()
    assert _text(opened) == before


def test_another_field_begins_another_step(opened: AppState) -> None:
    _type(opened, "a")
    _type(opened, "b", key="port")
    _type(opened, "c")
    assert opened.undo.count() == 3


def test_steps_without_a_key_never_become_one(opened: AppState) -> None:
    _type(opened, "a", key=None)
    _type(opened, "b", key=None)
    assert opened.undo.count() == 2


def test_typing_and_taking_it_back_leaves_no_step(opened: AppState) -> None:
    _type(opened, "x")
    _type(opened, "smtp.example.com")
    assert opened.undo.count() == 0
    assert not opened.modified


def test_a_step_that_was_saved_does_not_grow(opened: AppState) -> None:
    _type(opened, "x")
    opened.save()
    _type(opened, "xy")
    assert opened.undo.count() == 2
    opened.undo.undo()
    assert not opened.modified
    assert '"x"' in _text(opened)


def test_an_entry_of_the_keyring_goes_with_the_step(opened: AppState) -> None:
    change = _workspace(opened).edit_value(BASE, HOST, "b")
    opened.push("Change Password", [change], entries={ENTRY: "s3cret"})
    seen = []
    for move in (None, opened.undo.undo, opened.undo.redo):
        if move is not None:
            move()
        seen.append((opened.entries.values().get(ENTRY), '"b"' in _text(opened)))
    assert seen == [("s3cret", True), (None, False), ("s3cret", True)]


def test_a_step_may_change_only_the_keyring(opened: AppState) -> None:
    seen = []
    for act in (partial(opened.push, "Set", [], entries={ENTRY: "s3cret"}), opened.undo.undo):
        act()
        seen.append((opened.modified, dict(opened.entries.values())))
    assert seen == [(True, {ENTRY: "s3cret"}), (False, {})]


def test_nothing_to_do_is_no_step(opened: AppState) -> None:
    opened.push("Nothing", [])
    assert opened.undo.count() == 0


def test_a_change_that_does_not_fit_changes_nothing_and_is_told(opened: AppState) -> None:
    before = _text(opened)
    good = _workspace(opened).edit_value(BASE, HOST, "b")
    with pytest.raises(EditError):
        opened.push("Bad", [good, Change(BASE, Edit(10**6, 5, "x"))])
    assert _text(opened) == before
    assert opened.undo.count() == 0


def test_undo_leads_back_to_the_place_of_the_change(opened: AppState) -> None:
    _type(opened, "b")
    opened.select("bindings")
    opened.set_layer("datasources.local.json")
    opened.undo.undo()
    assert opened.selection == ("datasource", "emailDs")
    assert opened.layer == BASE


def test_a_file_made_by_a_step_is_gone_after_undo(opened: AppState) -> None:
    workspace = _workspace(opened)
    for value in ("x", "xy"):
        change = workspace.edit_value("datasources.local.json", "/emailDs/host", value)
        opened.push("Change", [change], merge_key="local")
    assert "datasources.local.json" in workspace.documents
    while opened.undo.canUndo():
        opened.undo.undo()
    assert "datasources.local.json" not in workspace.documents
