from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from keyring_faults import FaultyStore
from loopmail.core.errors import KeyringLocked, SaveConflict, SecretError
from loopmail.core.loopback.variables import Resolved
from loopmail.core.secrets.homes import plan_deletion
from loopmail.ui.form.secret_field import SecretField
from memory_store import MemoryStore
from page_apps import SMTP, SmallApps, mail, make_form, open_state, settle, text, transport

SERVICE = "loopmail:tea-shop"
VARIABLE = "EMAIL_DS_PASS"


class LockedStore(MemoryStore):
    """A keyring whose prompt was dismissed, until it is unlocked."""

    def __init__(self) -> None:
        super().__init__()
        self.locked = True

    def get(self, service: str, user: str) -> str | None:
        if self.locked:
            raise KeyringLocked("The keyring is locked.")
        return super().get(service, user)


Opened = Callable[..., SecretField]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_field(password: Any, store: MemoryStore | None = None) -> SecretField:
        auth = {"user": "me@example.com"} | ({} if password is None else {"pass": password})
        files = {"datasources.json": {"emailDs": mail({**SMTP, "auth": auth})}}
        return small_apps.form(small_apps.state(files, store)).sign_in.password

    return open_field


def store_of(field: SecretField) -> MemoryStore:
    store = field.values.state.store
    assert isinstance(store, MemoryStore)
    return store


def choose(field: SecretField, home: str) -> None:
    """Choose a home by its name."""
    field.home.setCurrentIndex(field.home.findText(home))


def pending(field: SecretField) -> str | None:
    """Return the secret that the keyring has after the next save; nothing was written yet."""
    return field.values.state.secrets().get(SERVICE, VARIABLE)


def written(field: SecretField) -> Any:
    return transport(field.values.state)["auth"].get("pass")


def test_a_typed_password_is_for_the_keyring_and_the_file_gets_the_variable(
    opened: Opened,
) -> None:
    field = opened(None)
    assert field.home.currentText() == "Keyring"
    field.edit.setText("s3cret")
    assert written(field) == f"${{{VARIABLE}}}"
    assert pending(field) == "s3cret"
    assert store_of(field).users(SERVICE) == []
    state = field.values.state
    assert state.modified
    assert state.variables.lookup(VARIABLE) == Resolved("s3cret", "keyring")
    assert "s3cret" not in text(state)
    assert "s3cret" not in state.undo.undoText() + repr(state.entries)
    assert state.unsaved() == ["the new password of emailDs", "datasources.json"]
    assert field.home_row.note.text().startswith('In the file: "pass": "${EMAIL_DS_PASS}"')
    state.save()
    assert store_of(field).get(SERVICE, VARIABLE) == "s3cret"
    assert not state.modified


def test_typing_is_one_step_that_undo_takes_out_of_file_and_keyring(opened: Opened) -> None:
    field = opened(None)
    for typed in ("s", "s3", "s3cret"):
        field.edit.setText(typed)
    state = field.values.state
    assert state.undo.count() == 1
    state.undo.undo()
    assert (written(field), pending(field), field.edit.text()) == (None, None, "")
    assert not state.modified
    state.undo.redo()
    assert (pending(field), field.edit.text()) == ("s3cret", "s3cret")


def test_undo_after_a_save_is_a_pending_change_that_gives_the_keyring_back_what_it_held(
    opened: Opened, qtbot: QtBot
) -> None:
    store = MemoryStore()
    store.set(SERVICE, VARIABLE, "older")
    field = opened(f"${{{VARIABLE}}}", store)
    qtbot.waitUntil(lambda: field.edit.text() == "older", timeout=5000)
    state = field.values.state
    field.edit.setText("newer")
    assert state.unsaved() == ["the new password of emailDs"]
    modified = []
    for move, found in ((None, "newer"), (state.undo.undo, "older")):
        if move is not None:
            move()
        modified.append(state.modified)
        assert field.edit.text() == found
        state.save()
        modified.append(state.modified)
        assert store.get(SERVICE, VARIABLE) == found
    assert modified == [True, False, True, False]
    state.undo.redo()
    assert field.edit.text() == "newer"
    assert store.get(SERVICE, VARIABLE) == "older"


def test_a_plain_password_moves_to_the_keyring_and_back_and_the_entry_stays(
    opened: Opened,
) -> None:
    field = opened("hunter2")
    state, store = field.values.state, store_of(field)
    assert field.home.currentText() == "File"
    assert "holds the password itself" in field.home_row.note.text()
    choose(field, "Keyring")
    assert written(field) == f"${{{VARIABLE}}}"
    assert (field.edit.text(), state.undo.count()) == ("hunter2", 1)
    assert store.users(SERVICE) == []
    state.save()
    assert store.get(SERVICE, VARIABLE) == "hunter2"
    choose(field, "File")
    assert written(field) == "hunter2"
    state.save()
    assert store.get(SERVICE, VARIABLE) == "hunter2"
    assert not field.delete.isHidden()


def test_what_was_typed_for_the_keyring_and_then_went_to_the_file_never_reaches_the_keyring(
    opened: Opened,
) -> None:
    field = opened(None)
    field.edit.setText("s3cret")
    choose(field, "File")
    assert written(field) == "s3cret"
    field.values.state.save()
    assert store_of(field).users(SERVICE) == []
    assert field.delete.isHidden()


def test_choosing_the_environment_leaves_the_keyring_alone_and_undo_goes_back(
    opened: Opened, qtbot: QtBot
) -> None:
    store = MemoryStore()
    store.set(SERVICE, VARIABLE, "only copy")
    field = opened(f"${{{VARIABLE}}}", store)
    state = field.values.state
    qtbot.waitUntil(lambda: field.home.currentText() == "Keyring", timeout=5000)
    qtbot.waitUntil(lambda: field.edit.text() == "only copy", timeout=5000)
    choose(field, "Environment variable")
    assert field.home.currentText() == "Environment variable"
    assert "the keyring still has it" in field.home_row.note.text()
    assert state.unsaved() == ["where the password of emailDs is kept"]
    assert store.get(SERVICE, VARIABLE) == "only copy"
    state.undo.undo()
    assert field.home.currentText() == "Keyring"
    state.undo.redo()
    state.save()
    assert not state.modified
    assert store.get(SERVICE, VARIABLE) == "only copy"


@pytest.mark.parametrize("back", ["Keyring", "File"])
def test_choosing_the_environment_and_back_brings_the_password_back(
    opened: Opened, back: str
) -> None:
    field = opened("hunter2")
    choose(field, "Environment variable")
    assert field.edit.text() == ""
    assert "nothing keeps it" in field.home_row.note.text()
    choose(field, back)
    assert field.edit.text() == "hunter2"
    assert (written(field), pending(field)) == (
        ("hunter2", None) if back == "File" else (f"${{{VARIABLE}}}", "hunter2")
    )


def test_a_typed_password_survives_a_look_at_the_other_homes(opened: Opened, qtbot: QtBot) -> None:
    store = MemoryStore()
    store.set(SERVICE, VARIABLE, "older")
    field = opened(f"${{{VARIABLE}}}", store)
    qtbot.waitUntil(lambda: field.edit.text() == "older", timeout=5000)
    field.edit.setText("newer")
    for home in ("Environment variable", "File", "Environment variable", "Keyring"):
        choose(field, home)
    assert (field.edit.text(), pending(field)) == ("newer", "newer")
    assert store.get(SERVICE, VARIABLE) == "older"


@pytest.mark.parametrize("home", ["Environment variable", "File"])
def test_deleting_what_was_left_is_asked_for_named_and_undoable(
    opened: Opened, qtbot: QtBot, home: str
) -> None:
    store = MemoryStore()
    store.set(SERVICE, VARIABLE, "only copy")
    field = opened(f"${{{VARIABLE}}}", store)
    state = field.values.state
    wanted: list[str] = []
    qtbot.waitUntil(lambda: field.edit.text() == "only copy", timeout=5000)
    assert field.delete.isHidden()
    state.deletion_wanted.connect(wanted.append)
    choose(field, home)
    assert field.delete.text() == "Also delete it from the keyring…"
    field.delete.click()
    assert wanted == [VARIABLE]
    state.move_secret(plan_deletion((SERVICE, VARIABLE)))
    assert field.delete.isHidden()
    assert f"the deletion of {VARIABLE} from the keyring" in state.unsaved()
    assert store.get(SERVICE, VARIABLE) == "only copy"
    state.save()
    assert store.get(SERVICE, VARIABLE) is None
    state.undo.undo()
    assert store.get(SERVICE, VARIABLE) is None
    state.save()
    assert store.get(SERVICE, VARIABLE) == "only copy"


def test_clearing_the_field_takes_the_variable_out_of_the_file_and_keeps_the_entry(
    opened: Opened, qtbot: QtBot
) -> None:
    store = MemoryStore()
    store.set(SERVICE, VARIABLE, "only copy")
    field = opened(f"${{{VARIABLE}}}", store)
    state = field.values.state
    qtbot.waitUntil(lambda: field.edit.text() == "only copy", timeout=5000)
    field.edit.clear()
    assert written(field) is None
    assert field.home.currentText() == "Keyring"
    assert not field.delete.isHidden()
    state.save()
    assert store.get(SERVICE, VARIABLE) == "only copy"
    field.edit.setText("newer")
    assert written(field) == f"${{{VARIABLE}}}"
    state.undo.undo()
    state.undo.undo()
    assert field.edit.text() == "only copy"


def test_a_save_that_the_keyring_refuses_leaves_the_file_and_all_stays_pending(
    opened: Opened,
) -> None:
    store = FaultyStore()
    field = opened("hunter2", store)
    state = field.values.state
    assert state.workspace is not None
    path = state.workspace.app.server / "datasources.json"
    before = path.read_bytes()
    choose(field, "Keyring")
    for number in (1, 2, 3):
        store.arm(number)
        with pytest.raises(SecretError):
            state.save()
        assert (path.read_bytes(), store.entries()) == (before, {})
        assert (pending(field), state.modified) == ("hunter2", True)
    store.arm(0)
    state.save()
    assert store.entries() == {(SERVICE, VARIABLE): "hunter2"}
    assert VARIABLE in path.read_text()


def test_a_save_that_the_disk_refuses_leaves_the_keyring_and_all_stays_pending(
    opened: Opened,
) -> None:
    field = opened("hunter2")
    state, store = field.values.state, store_of(field)
    store.set(SERVICE, VARIABLE, "older")
    choose(field, "Keyring")
    assert state.workspace is not None
    path = state.workspace.app.server / "datasources.json"
    path.write_text(path.read_text().replace("587", "2525"))  # another program
    with pytest.raises(SaveConflict):
        state.save()
    assert store.get(SERVICE, VARIABLE) == "older"
    assert (pending(field), state.modified) == ("hunter2", True)


def test_an_environment_variable_leaves_only_the_variable_in_the_file(
    opened: Opened, qtbot: QtBot
) -> None:
    field = opened("hunter2")
    choose(field, "Environment variable")
    assert written(field) == f"${{{VARIABLE}}}"
    assert field.home.currentText() == "Environment variable"
    assert store_of(field).get(SERVICE, VARIABLE) is None


def test_a_foreign_variable_that_is_not_set_is_taken_for_an_environment_variable(
    opened: Opened,
) -> None:
    field = opened("${SMTP_PASSWORD}")
    assert field.home.currentText() == "Environment variable"
    assert field.edit.isReadOnly()
    assert "not set yet" in field.home_row.note.text()


def test_a_password_typed_for_the_file_is_written_at_once(opened: Opened) -> None:
    field = opened("hunter2")
    field.edit.setText("hunter3")
    assert written(field) == "hunter3"
    unsaved = ["the new password of emailDs", "datasources.json"]
    assert field.values.state.unsaved() == unsaved
    field.edit.clear()
    assert written(field) is None


def test_a_locked_keyring_is_said_with_the_other_homes_as_buttons(
    opened: Opened, qtbot: QtBot
) -> None:
    store = LockedStore()
    field = opened(None, store)
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: "locked" in field.home_row.sentence.text(), timeout=5000)
    assert field.edit.text() == "s3cret"
    assert [button.isHidden() for button in field.remedies.buttons] == [False, False, False]
    store.locked = False
    field.remedies.buttons[0].click()
    qtbot.waitUntil(lambda: field.remedies.isHidden(), timeout=5000)
    assert field.home_row.sentence.text() == ""
    assert field.edit.text() == "s3cret"


def test_a_missing_keyring_leaves_the_file_as_a_home(opened: Opened, qtbot: QtBot) -> None:
    field = opened(None, LockedStore())
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: not field.remedies.isHidden(), timeout=5000)
    field.remedies.buttons[2].click()
    assert written(field) == "s3cret"
    assert field.home.currentText() == "File"
    assert field.remedies.isHidden()
    field.values.state.save()


def test_the_password_is_hidden_until_it_is_revealed(opened: Opened) -> None:
    field = opened("hunter2")
    assert field.edit.echoMode() == QLineEdit.EchoMode.Password
    field.reveal.toggle()
    assert field.edit.echoMode() == QLineEdit.EchoMode.Normal


def test_an_environments_layer_keeps_its_own_keyring_entry(qtbot: QtBot, tmp_path: Path) -> None:
    store = MemoryStore()
    state = open_state(tmp_path, {"datasources.json": {"emailDs": mail(SMTP)}}, store)
    state.set_environment("production")
    state.set_layer("datasources.production.json")
    form = make_form(qtbot, state)
    field = form.sign_in.password
    assert field.edit.text() == ""
    field.home.setCurrentIndex(0)
    field.edit.setText("pr0d")
    layer = "datasources.production.json"
    qtbot.waitUntil(lambda: layer in state.snapshot().values, timeout=5000)
    qtbot.waitUntil(lambda: state.undo.count() == 1, timeout=5000)
    assert transport(state, 0, layer)["auth"]["pass"].startswith("${EMAIL_DS_PASS")
    assert transport(state)["auth"]["pass"] == "hunter2"
    assert state.effective().error is None
    assert "pr0d" not in text(state, layer)
    settle(state, qtbot)
