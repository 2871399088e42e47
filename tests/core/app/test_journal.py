"""Unsaved edits come back after a crash, and no secret stands in the journal."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopmail.core.app.journal import (
    difference,
    journal_of,
    journal_path,
    new_secrets,
    read_journal_file,
    recovery_changes,
    stale_files,
    unsaved_texts,
    write_journal,
)
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import EditError

SECRET = "Geheim-7391"
APP: dict[str, Any] = {
    "mail": {
        "connector": "mail",
        "transports": [
            {"host": "a.example.com", "auth": {"user": "a", "pass": SECRET}},
            {"host": "b.example.com", "auth": {"user": "b", "pass": "Zweites-55"}},
        ],
    }
}


def open_app(folder: Path) -> Workspace:
    (folder / "server").mkdir(exist_ok=True)
    (folder / "server" / "datasources.json").write_text(json.dumps(APP, indent=2))
    return Workspace.open(folder)


def edit(workspace: Workspace, pointer: str, value: Any) -> None:
    workspace.apply([workspace.edit_value("datasources.json", pointer, value)])


def test_unsaved_edits_come_back(tmp_path: Path) -> None:
    workspace, state = open_app(tmp_path), tmp_path / "state"
    edit(workspace, "/mail/transports/0/port", 465)
    edit(workspace, "/mail/transports/0/host", "smtp.example.com")
    write_journal(workspace.app.server, journal_of(unsaved_texts(workspace)), state)
    wanted = workspace.document("datasources.json").value()

    reopened = Workspace.open(tmp_path)
    recovery = read_journal_file(journal_path(reopened.app.server, state))
    assert recovery is not None
    reopened.apply(recovery_changes(reopened, recovery))
    assert reopened.document("datasources.json").value() == wanted
    assert reopened.modified() == ["datasources.json"]


def test_a_moved_secret_is_named_by_its_place_and_a_new_one_left_out(tmp_path: Path) -> None:
    workspace, state = open_app(tmp_path), tmp_path / "state"
    first = APP["mail"]["transports"][0]
    edit(workspace, "/mail/transports", [{"host": "new", "auth": {"pass": "Neu-8802"}}, first])
    write_journal(workspace.app.server, journal_of(unsaved_texts(workspace)), state)
    text = journal_path(workspace.app.server, state).read_text()
    assert SECRET not in text
    assert "Neu-8802" not in text
    assert "Zweites" not in text

    reopened = Workspace.open(tmp_path)
    recovery = read_journal_file(journal_path(reopened.app.server, state))
    assert recovery is not None
    assert recovery.omitted == ("datasources.json /mail/transports/0/auth/pass",)
    reopened.apply(recovery_changes(reopened, recovery))
    assert reopened.document("datasources.json").get("/mail/transports/1/auth/pass") == SECRET


def test_the_journal_is_for_its_owner_only_and_goes_when_all_is_saved(tmp_path: Path) -> None:
    workspace, state = open_app(tmp_path), tmp_path / "state"
    edit(workspace, "/mail/debug", True)
    write_journal(workspace.app.server, journal_of(unsaved_texts(workspace)), state)
    path = journal_path(workspace.app.server, state)
    assert path.stat().st_mode & 0o777 == 0o600
    workspace.save()
    write_journal(workspace.app.server, journal_of(unsaved_texts(workspace)), state)
    assert not path.exists()


def test_edits_are_not_put_upon_a_file_that_changed_meanwhile(tmp_path: Path) -> None:
    workspace, state = open_app(tmp_path), tmp_path / "state"
    edit(workspace, "/mail/debug", True)
    write_journal(workspace.app.server, journal_of(unsaved_texts(workspace)), state)
    (tmp_path / "server" / "datasources.json").write_text("{}")
    reopened = Workspace.open(tmp_path)
    recovery = read_journal_file(journal_path(reopened.app.server, state))
    assert recovery is not None
    assert recovery_changes(reopened, recovery) == []
    assert stale_files(reopened, recovery) == ["datasources.json"]


def test_a_copy_from_a_place_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    workspace, state = open_app(tmp_path), tmp_path / "state"
    edit(workspace, "/mail/password", SECRET)
    journal = journal_of(unsaved_texts(workspace))
    assert journal is not None
    (step,) = journal["files"]["datasources.json"]["steps"]
    assert step["kind"] == "copy"
    step["source"] = "/mail/transports/7/auth"
    write_journal(workspace.app.server, journal, state)
    reopened = Workspace.open(tmp_path)
    recovery = read_journal_file(journal_path(reopened.app.server, state))
    assert recovery is not None
    with pytest.raises(EditError):
        recovery_changes(reopened, recovery)


def test_a_damaged_journal_offers_nothing(tmp_path: Path) -> None:
    path = journal_path(tmp_path, tmp_path)
    for text in ("", "[]", '{"version": 1}', '{"version": 1, "files": {"a": 3}}', "\0"):
        path.write_text(text)
        assert read_journal_file(path) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab/~", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy/~", max_size=2), inner),
    max_leaves=8,
)


@given(values, values)
def test_the_steps_lead_from_the_old_value_to_the_new(old: Any, new: Any) -> None:
    from loopmail.core.jsontext import apply_edit, parse, remove_value, set_value

    text = json.dumps(old)
    for step in difference(old, new):
        assert step.kind in ("set", "remove")
        if step.kind == "remove":
            text = apply_edit(text, remove_value(text, step.pointer))
        else:
            text = apply_edit(text, set_value(text, step.pointer, step.value))
    assert parse(text).value() == new


def test_entries_of_the_keyring_are_named_without_their_secrets(tmp_path: Path) -> None:
    workspace, state = open_app(tmp_path), tmp_path / "state"
    server = workspace.app.server
    write_journal(server, journal_of(unsaved_texts(workspace), ["MAIL_PASS"]), state)
    recovery = read_journal_file(journal_path(server, state))
    assert recovery is not None
    assert (dict(recovery.files), recovery.omitted) == ({}, ("MAIL_PASS",))
    assert recovery_changes(workspace, recovery) == []
    assert journal_of({}, []) is None


def test_a_secret_that_takes_a_variables_place_has_moved_and_is_not_new(tmp_path: Path) -> None:
    workspace = open_app(tmp_path)
    first, second = (f"/mail/transports/{number}/auth/pass" for number in range(2))
    edit(workspace, first, "${MAIL_PASS}")
    workspace.save()
    edit(workspace, first, SECRET)
    assert new_secrets(unsaved_texts(workspace), 10**6) == []
    edit(workspace, second, "Neues-77")
    found = new_secrets(unsaved_texts(workspace), 10**6)
    assert found == [("mail", "transports", "1", "auth", "pass")]
    assert new_secrets(unsaved_texts(workspace), 10) == []
