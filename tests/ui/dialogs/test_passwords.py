from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.core.errors import KeyringLocked, KeyringMissing
from loopmail.core.secrets.store import KeyringStore, choose_backend, chosen_backend
from loopmail.ui.dialogs.passwords import PasswordsDialog
from loopmail.ui.dialogs.passwords_model import KeyringBar
from loopmail.ui.session.state import AppState
from memory_store import MemoryStore
from page_apps import mail, open_state, settle
from small_app import FakeDialogs

SERVICE = "loopmail:tea-shop"
FILES: dict[str, Any] = {
    "datasources.json": {
        "emailDs": mail({"type": "smtp", "auth": {"user": "me", "pass": "${TEA_PASS}"}}),
        "db": {"name": "db", "connector": "mysql", "password": "${DB_PASS}"},
    }
}


@pytest.fixture
def state(qtbot: QtBot, tmp_path: Path) -> Iterator[AppState]:
    store = MemoryStore()
    store.set(SERVICE, "TEA_PASS", "it's 5ecret")
    store.set(SERVICE, "TEA_PASS@production", "pr0d")
    store.set(SERVICE, "OLD_PASS", "forgotten")
    made = open_state(tmp_path, FILES, store)
    yield made
    settle(made, qtbot)


@pytest.fixture
def answers() -> FakeDialogs:
    return FakeDialogs()


@pytest.fixture
def dialog(qtbot: QtBot, state: AppState, answers: FakeDialogs) -> PasswordsDialog:
    made = PasswordsDialog(state, answers)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.model.rowCount() == 4, timeout=5000)
    return made


def rows(dialog: PasswordsDialog) -> list[list[str]]:
    model = dialog.model
    return [
        [model.index(row, column).data() for column in range(4)] for row in range(model.rowCount())
    ]


def choose(dialog: PasswordsDialog, user: str) -> None:
    dialog.table.selectRow([entry.user for entry in dialog.model.rows].index(user))


def test_entries_are_listed_with_what_uses_them_and_without_values(
    dialog: PasswordsDialog,
) -> None:
    assert rows(dialog) == [
        ["OLD_PASS", "every", "keyring", "nothing any more"],
        ["TEA_PASS", "every", "keyring", "emailDs › Transport 1 › Password"],
        ["TEA_PASS", "production", "keyring", "emailDs › Transport 1 › Password"],
        ["DB_PASS", "every", "nowhere yet", "db › password"],
    ]


def test_a_password_is_shown_only_after_asking_and_hidden_again(
    dialog: PasswordsDialog, answers: FakeDialogs, qtbot: QtBot
) -> None:
    choose(dialog, "TEA_PASS")
    answers.agreed = False
    dialog.show_button.click()
    assert answers.asked == ["confirm Show Password"]
    assert dialog.value.text() == ""
    answers.agreed = True
    dialog.show_button.click()
    qtbot.waitUntil(lambda: dialog.value.text() == "it's 5ecret", timeout=5000)
    assert dialog.value.echoMode() == QLineEdit.EchoMode.Normal
    dialog._hider.timeout.emit()
    assert dialog.value.text() == ""
    assert dialog.value.echoMode() == QLineEdit.EchoMode.Password


def waits(dialog: PasswordsDialog, user: str) -> bool:
    users = [entry.user for entry in dialog.model.rows]
    return rows(dialog)[users.index(user)][2] == "keyring, when you save"


def test_a_password_is_changed_and_one_that_is_missing_is_stored(
    dialog: PasswordsDialog, state: AppState, qtbot: QtBot
) -> None:
    for user in ("TEA_PASS@production", "DB_PASS"):
        choose(dialog, user)
        dialog.value.setText(f"new {user}")
        dialog.store_button.click()
        assert state.store.get(SERVICE, user) != f"new {user}"
        qtbot.waitUntil(partial(waits, dialog, user), timeout=5000)
        assert dialog.status.text() == f"{user} is changed when you save; Undo takes it back."
    state.save()
    for user in ("TEA_PASS@production", "DB_PASS"):
        assert state.store.get(SERVICE, user) == f"new {user}"


def test_a_password_is_deleted_after_asking_and_with_the_next_save(
    dialog: PasswordsDialog, state: AppState, answers: FakeDialogs, qtbot: QtBot
) -> None:
    choose(dialog, "OLD_PASS")
    dialog.delete_button.click()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 3, timeout=5000)
    assert answers.asked == ["confirm Delete Password"]
    assert state.store.get(SERVICE, "OLD_PASS") == "forgotten"
    assert state.undo.undoText() == "Delete OLD_PASS from the keyring"
    state.undo.undo()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 4, timeout=5000)
    state.undo.redo()
    state.save()
    assert state.store.get(SERVICE, "OLD_PASS") is None
    state.undo.undo()
    state.save()
    assert state.store.get(SERVICE, "OLD_PASS") == "forgotten"


def test_export_lines_go_to_the_clipboard_and_leave_it_again(
    dialog: PasswordsDialog, qtbot: QtBot
) -> None:
    clipboard = QGuiApplication.clipboard()
    dialog.export_button.click()
    qtbot.waitUntil(lambda: "Copied" in dialog.status.text(), timeout=5000)
    assert clipboard.text().splitlines() == [
        "export OLD_PASS=forgotten",
        """export TEA_PASS='it'"'"'s 5ecret'""",
    ]
    dialog.clipboard._timer.timeout.emit()
    assert clipboard.text() == ""


def test_what_was_copied_since_stays_in_the_clipboard(dialog: PasswordsDialog) -> None:
    dialog.clipboard.copy("secret")
    QGuiApplication.clipboard().setText("something else")
    dialog.clipboard.clear()
    assert QGuiApplication.clipboard().text() == "something else"


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (KeyringLocked("Unlock it."), "The keyring is locked."),
        (KeyringMissing("None is here."), "There is no keyring."),
    ],
)
def test_a_keyring_that_fails_is_told_with_a_way_on(
    dialog: PasswordsDialog,
    state: AppState,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    title: str,
) -> None:
    def fail(_service: str) -> list[str] | None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(state.store, "users", fail)
        dialog.refresh()
        qtbot.waitUntil(lambda: not dialog.keyring.banner.isHidden(), timeout=5000)
        assert dialog.keyring.banner.title.text() == title
    dialog.keyring.changed.emit()
    qtbot.waitUntil(lambda: dialog.keyring.banner.isHidden(), timeout=5000)


def test_one_of_several_keyrings_is_chosen_for_window_and_command_line(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    bar = KeyringBar()
    qtbot.addWidget(bar)
    backends = [("keyring.backends.SecretService.Keyring", "Secret Service"), ("a.b.C", "KWallet")]
    bar.show_keyring(KeyringStore(), "Secret Service", backends)
    assert not bar.choice.isHidden()
    with qtbot.waitSignal(bar.changed):
        bar.choice.setCurrentIndex(2)
    assert chosen_backend() == "a.b.C"
    choose_backend(None)
    assert chosen_backend() is None
    bar.show_keyring(KeyringStore(), "Secret Service", backends[:1])
    assert bar.choice.isHidden()
    assert bar.name.text() == "Keyring: Secret Service"
