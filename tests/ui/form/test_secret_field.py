import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.core.errors import KeyringLocked
from loopmail.core.secrets.entries import claim
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.session.worker import wait_for_all
from memory_store import MemoryStore
from page_apps import SMTP, SmallApps, mail, make_form, open_state, settle, text, transport

SERVICE = "loopmail:tea-shop"
VARIABLE = "EMAIL_DS_PASS"


class LockedStore(MemoryStore):
    """A keyring whose prompt was dismissed, until it is unlocked."""

    def __init__(self) -> None:
        super().__init__()
        self.locked = True
        self.threads: set[str] = set()

    def set(self, service: str, user: str, secret: str) -> None:
        self.threads.add(threading.current_thread().name)
        if self.locked:
            raise KeyringLocked("The keyring is locked.")
        super().set(service, user, secret)


class SlowStore(MemoryStore):
    """A keyring that waits for somebody to answer its question."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()
        self.written = False

    def set(self, service: str, user: str, secret: str) -> None:
        self.answer.wait(20)
        super().set(service, user, secret)
        self.written = True


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


def holds(field: SecretField, value: str) -> bool:
    return bool(written(field) == value)


def written(field: SecretField) -> Any:
    return transport(field.values.state)["auth"].get("pass")


def test_a_typed_password_goes_to_the_keyring_and_the_file_gets_the_variable(
    opened: Opened, qtbot: QtBot
) -> None:
    field = opened(None)
    assert field.home.currentText() == "Keyring"
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: written(field) == f"${{{VARIABLE}}}", timeout=5000)
    assert store_of(field).get(SERVICE, VARIABLE) == "s3cret"
    assert "s3cret" not in text(field.values.state)
    assert "s3cret" not in field.values.state.undo.undoText()
    assert field.home_row.note.text().startswith('In the file: "pass": "${EMAIL_DS_PASS}"')
    assert field.edit.text() == "s3cret"


def test_undo_takes_the_password_out_of_file_and_keyring(opened: Opened, qtbot: QtBot) -> None:
    field = opened(None)
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: written(field) is not None, timeout=5000)
    state, store = field.values.state, store_of(field)
    state.undo.undo()
    assert written(field) is None
    qtbot.waitUntil(lambda: store.get(SERVICE, VARIABLE) is None, timeout=5000)
    state.undo.redo()
    qtbot.waitUntil(lambda: store.get(SERVICE, VARIABLE) == "s3cret", timeout=5000)
    assert written(field) == f"${{{VARIABLE}}}"


def test_a_plain_password_moves_to_the_keyring_and_back(opened: Opened, qtbot: QtBot) -> None:
    field = opened("hunter2")
    assert field.home.currentText() == "File"
    assert "holds the password itself" in field.home_row.note.text()
    choose(field, "Keyring")
    qtbot.waitUntil(lambda: written(field) == f"${{{VARIABLE}}}", timeout=5000)
    qtbot.waitUntil(lambda: field.edit.text() == "hunter2", timeout=5000)
    assert field.values.state.undo.count() == 1
    choose(field, "File")
    qtbot.waitUntil(lambda: written(field) == "hunter2", timeout=5000)
    assert store_of(field).get(SERVICE, VARIABLE) == "hunter2", "the file is not saved yet"
    field.values.state.save()
    qtbot.waitUntil(lambda: store_of(field).get(SERVICE, VARIABLE) is None, timeout=5000)


def test_an_entry_that_is_needed_again_is_not_deleted_by_saving(
    opened: Opened, qtbot: QtBot
) -> None:
    field = opened("hunter2")
    for home, held in (
        ("Keyring", f"${{{VARIABLE}}}"),
        ("File", "hunter2"),
        ("Keyring", f"${{{VARIABLE}}}"),
    ):
        choose(field, home)
        qtbot.waitUntil(partial(holds, field, held), timeout=5000)
    field.values.state.save()
    assert wait_for_all(5000)
    assert store_of(field).get(SERVICE, VARIABLE) == "hunter2"


def test_the_file_goes_back_if_the_keyring_does_not_follow_an_undo(
    opened: Opened, qtbot: QtBot
) -> None:
    store = LockedStore()
    store.locked = False
    field = opened("hunter2", store)
    choose(field, "Keyring")
    qtbot.waitUntil(lambda: written(field) == f"${{{VARIABLE}}}", timeout=5000)
    store.set(SERVICE, VARIABLE, "older")
    field.edit.setText("newer")
    qtbot.waitUntil(lambda: store.get(SERVICE, VARIABLE) == "newer", timeout=5000)
    qtbot.waitUntil(lambda: field.values.state.undo.count() == 2, timeout=5000)
    store.locked = True
    field.values.state.undo.undo()
    qtbot.waitUntil(lambda: "locked" in field.home_row.sentence.text(), timeout=5000)
    assert field.values.state.undo.index() == 2
    assert store.get(SERVICE, VARIABLE) == "newer"


def test_another_app_of_the_same_name_is_not_overwritten_unasked(
    opened: Opened, qtbot: QtBot, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "package.json").write_text('{"name": "tea-shop"}')
    claim(SERVICE, other)
    field = opened(None)
    store_of(field).set(SERVICE, VARIABLE, "theirs")
    field.edit.setText("mine")
    qtbot.waitUntil(lambda: not field.remedies.isHidden(), timeout=5000)
    assert str(other) in field.home_row.sentence.text()
    assert store_of(field).get(SERVICE, VARIABLE) == "theirs"
    assert written(field) is None
    together = field.remedies.buttons[3]
    assert together.text() == "Use the Entries Together"
    together.click()
    qtbot.waitUntil(lambda: written(field) == f"${{{VARIABLE}}}", timeout=5000)
    assert store_of(field).get(SERVICE, VARIABLE) == "mine"


def test_a_keyring_that_does_not_answer_can_be_left_for_the_file(
    opened: Opened, qtbot: QtBot
) -> None:
    store = SlowStore()
    field = opened(None, store)
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: not field.remedies.isHidden(), timeout=5000)
    assert field.home_row.note.text().startswith("Waiting for the keyring")
    field.remedies.buttons[2].click()
    assert written(field) == "s3cret"
    store.answer.set()
    gone = lambda: store.written and store.get(SERVICE, VARIABLE) is None  # noqa: E731
    qtbot.waitUntil(gone, timeout=5000)


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
    field.edit.clear()
    assert written(field) is None


def test_a_locked_keyring_is_said_with_the_other_homes_as_buttons(
    opened: Opened, qtbot: QtBot
) -> None:
    store = LockedStore()
    field = opened(None, store)
    before = text(field.values.state)
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: "locked" in field.home_row.sentence.text(), timeout=5000)
    assert text(field.values.state) == before
    assert field.edit.text() == "s3cret"
    assert not field.remedies.isHidden()
    assert store.threads == {"loopmail-job"}
    store.locked = False
    field.remedies.buttons[0].click()
    qtbot.waitUntil(lambda: written(field) == f"${{{VARIABLE}}}", timeout=5000)
    assert field.remedies.isHidden()


def test_a_missing_keyring_leaves_the_file_as_a_home(opened: Opened, qtbot: QtBot) -> None:
    field = opened(None, LockedStore())
    field.edit.setText("s3cret")
    qtbot.waitUntil(lambda: not field.remedies.isHidden(), timeout=5000)
    field.remedies.buttons[2].click()
    assert written(field) == "s3cret"
    assert field.home.currentText() == "File"


def test_edits_made_while_the_keyring_asks_are_not_disturbed(opened: Opened, qtbot: QtBot) -> None:
    field = opened(None)
    field.edit.setText("s3cret")
    field.flush()
    state = field.values.state
    field.values.state.push("Change Host", field.values.changes({"/host": "a.much.longer.host"}))
    qtbot.waitUntil(lambda: written(field) == f"${{{VARIABLE}}}", timeout=5000)
    assert transport(state)["host"] == "a.much.longer.host"


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
