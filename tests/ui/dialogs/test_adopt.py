import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from loopmail.core.app.versions import LOOPBACK_2
from loopmail.ui.dialogs.adopt import AdoptDialog
from loopmail.ui.session.state import AppState
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from page_apps import mail, open_state, settle, text, transport, value

SERVICE = "loopmail:tea-shop"
AUTH = {"user": "me@example.com", "pass": "m41l-s3cret"}
FILES: dict[str, Any] = {
    "datasources.json": {
        "emailDs": mail({"type": "smtp", "host": "smtp.example.com", "auth": AUTH}),
        "db": {"name": "db", "connector": "mysql", "password": "db-s3cret"},
    },
    "datasources.production.json": {
        "emailDs": {"transports": [{"auth": {"user": "me@example.com", "pass": "pr0d-s3cret"}}]}
    },
}
SECRETS = ("m41l-s3cret", "db-s3cret", "pr0d-s3cret")


@pytest.fixture
def state(qtbot: QtBot, tmp_path: Path) -> Iterator[AppState]:
    made = open_state(tmp_path, FILES, MemoryStore())
    yield made
    settle(made, qtbot)


@pytest.fixture
def dialog(qtbot: QtBot, state: AppState) -> AdoptDialog:
    made = AdoptDialog(state)
    qtbot.addWidget(made)
    return made


def git(folder: Path, *words: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def words(dialog: AdoptDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_every_plain_secret_of_every_layer_is_listed_masked(dialog: AdoptDialog) -> None:
    boxes = [row.box.text() for row in dialog.rows]
    assert boxes == [
        "emailDs › Transport 1 › Password  (datasources.json)",
        "db › password  (datasources.json)",
        "emailDs › Transport 1 › Password  (datasources.production.json)",
    ]
    assert all(row.box.isChecked() for row in dialog.rows)
    assert not any(secret in words(dialog) for secret in SECRETS)


def test_the_chosen_secrets_move_in_one_step_that_undo_takes_back(
    dialog: AdoptDialog, state: AppState, qtbot: QtBot
) -> None:
    dialog.rows[2].box.setChecked(False)
    assert dialog.go.text() == "Move 2 to Keyring"
    dialog.go.click()
    qtbot.waitUntil(lambda: state.undo.count() == 1, timeout=5000)
    assert transport(state)["auth"]["pass"] == "${EMAIL_DS_PASS}"
    assert value(state)["db"]["password"] == "${DB_PASS}"
    assert state.secrets().get(SERVICE, "EMAIL_DS_PASS") == "m41l-s3cret"
    assert state.secrets().get(SERVICE, "DB_PASS") == "db-s3cret"
    assert state.store.users(SERVICE) == []
    assert "pr0d-s3cret" in text(state, "datasources.production.json")
    assert state.undo.undoText() == "Move 2 secrets to the keyring"
    qtbot.waitUntil(lambda: len(dialog.rows) == 1, timeout=5000)
    state.undo.undo()
    assert transport(state)["auth"]["pass"] == "m41l-s3cret"
    assert state.secrets().get(SERVICE, "DB_PASS") is None


def test_what_git_knows_already_must_be_changed_at_the_provider(
    state: AppState, qtbot: QtBot, tmp_path: Path
) -> None:
    git(tmp_path / "app", "init", "-q")
    git(tmp_path / "app", "add", "-A")
    git(tmp_path / "app", "commit", "-q", "-m", "first")
    dialog = AdoptDialog(state)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "Git has it since" in dialog.rows[0].git.text(), timeout=20000)
    assert "Change it at the provider" in dialog.rows[0].git.text()
    dialog.go.click()
    qtbot.waitUntil(lambda: not dialog.outcome.isHidden(), timeout=5000)
    assert dialog.outcome.title.text() == "Moved 3 secrets to the keyring"
    assert "change them at their providers (EMAIL_DS_PASS, DB_PASS" in dialog.outcome.text.text()


def test_an_old_loopback_boot_gets_the_local_file_instead(
    state: AppState, qtbot: QtBot, tmp_path: Path
) -> None:
    git(tmp_path / "app", "init", "-q")
    state.versions = type(LOOPBACK_2)("2.22.0", "2.17.0", "1.11.0", False, "node_modules")
    assert state.workspace is not None
    dialog = AdoptDialog(state)
    qtbot.addWidget(dialog)
    assert "loopback-boot 2.17.0 does not fill in ${VARIABLE}" in dialog.boot.title.text()
    assert not dialog.boot.isHidden()
    assert not dialog.target.isEnabled()
    qtbot.waitUntil(lambda: not dialog.ignore.isHidden(), timeout=20000)
    assert dialog.ignore.text() == "Add “/server/datasources.local.json” to .gitignore"
    dialog.go.click()
    qtbot.waitUntil(lambda: not dialog.outcome.isHidden(), timeout=5000)
    local = value(state, "datasources.local.json")
    assert local["emailDs"]["transports"][0]["auth"]["pass"] == "m41l-s3cret"
    assert local["db"]["password"] == "db-s3cret"
    assert "pass" not in transport(state)["auth"]
    ignored = (tmp_path / "app" / ".gitignore").read_text()
    assert ignored == "/server/datasources.local.json\n"
    assert state.store.get(SERVICE, "DB_PASS") is None


def test_another_secret_in_the_keyring_is_not_replaced_unasked(
    dialog: AdoptDialog, state: AppState, qtbot: QtBot
) -> None:
    state.store.set(SERVICE, "DB_PASS", "precious")
    dialog.go.click()
    qtbot.waitUntil(lambda: "DB_PASS" in dialog.outcome.text.text(), timeout=5000)
    assert state.store.get(SERVICE, "DB_PASS") == "precious"
    assert state.undo.count() == 0
    press(dialog, "Replace")
    qtbot.waitUntil(lambda: state.undo.count() == 1, timeout=5000)
    assert state.store.get(SERVICE, "DB_PASS") == "precious"
    state.save()
    assert state.store.get(SERVICE, "DB_PASS") == "db-s3cret"


def test_a_password_that_changed_meanwhile_is_not_lost(
    dialog: AdoptDialog, state: AppState, qtbot: QtBot
) -> None:
    dialog.go.click()
    assert state.workspace is not None
    newer = state.workspace.edit_value("datasources.json", "/db/password", "newer")
    state.push("Type", [newer])
    qtbot.waitUntil(lambda: "changed meanwhile" in dialog.outcome.text.text(), timeout=5000)
    assert value(state)["db"]["password"] == "newer"
    assert state.undo.count() == 1
    assert state.secrets().get(SERVICE, "DB_PASS") is None


def press(dialog: AdoptDialog, label: str) -> None:
    buttons = dialog.outcome.findChildren(QPushButton)
    next(b for b in buttons if b.text() == label and not b.isHidden()).click()


def test_the_menu_and_a_problem_open_it(window: MainWindow, make_app: Any, qtbot: QtBot) -> None:
    folder = make_app("shop2", datasources=FILES["datasources.json"])
    with qtbot.waitSignal(window.state.opened):
        window.files.open(folder)
    window.menu_actions["adopt"].trigger()
    dialog = window.findChild(AdoptDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert len(dialog.rows) == 2
    dialog.close()
    qtbot.waitUntil(lambda: window.state.finder.known, timeout=10000)
    table = window.parts.bottom.problems
    problems = table.rows.rows
    row = next(at for at, one in enumerate(problems) if one.pointer == "/db/password")
    assert table.rows.index(row, 3).data() == "Move to Keyring…"
    table.selectRow(row)
    table.fix.click()
    assert dialog.isVisible()
    assert [r.secret.place.pointer for r in dialog.rows if r.box.isChecked()] == ["/db/password"]
    dialog.close()


def test_what_cannot_move_is_listed_with_the_reason_and_not_chosen(
    qtbot: QtBot, tmp_path: Path
) -> None:
    files = {**FILES, "config.json": {"cookieSecret": "c00kie-s3cret"}}
    state = open_state(tmp_path, files, MemoryStore())
    dialog = AdoptDialog(state)
    qtbot.addWidget(dialog)
    row = dialog.rows[-1]
    assert row.box.text() == "cookieSecret  (config.json)"
    assert (row.box.isEnabled(), row.box.isChecked()) == (False, False)
    assert "stays. LoopBack replaces no variables in config.json" in row.where.text()
    assert row.box.accessibleDescription() in row.where.text()
    dialog.choose_only("config.json", "/cookieSecret")
    assert dialog.chosen() == []
    assert "c00kie" not in words(dialog)
    settle(state, qtbot)
