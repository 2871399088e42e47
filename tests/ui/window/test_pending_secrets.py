"""Passwords in the window: nothing reaches the keyring before Save, and nothing is lost."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from keyring_faults import FaultyStore
from loopmail.catcher.server import MailCatcher
from loopmail.core.errors import KeyringLocked
from loopmail.core.secrets.entries import claim
from loopmail.ui.window.main_window import MainWindow
from page_apps import mail
from servers.passwords import Passwords, note_passwords
from small_app import FakeDialogs, MakeApp

SERVICE, VARIABLE = "loopmail:tea", "EMAIL_DS_PASS"
OLD, NEW = "old-s3cret", "new-s3cret"
ENTRIES = {(SERVICE, VARIABLE): OLD}


class SlowStore(FaultyStore):
    """A keyring that asks its user something before it stores."""

    def __init__(self) -> None:
        super().__init__()
        self.question, self.answer = threading.Event(), threading.Event()
        self.answer.set()

    def set(self, service: str, user: str, secret: str) -> None:
        self.question.set()
        if not self.answer.wait(30):
            raise KeyringLocked("The keyring is locked.")
        super().set(service, user, secret)


@pytest.fixture
def store() -> Iterator[SlowStore]:
    made = SlowStore()
    made.set(SERVICE, VARIABLE, OLD)
    yield made
    made.answer.set()


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> Passwords:
    return note_passwords(monkeypatch)


@pytest.fixture
def server(passwords: Passwords) -> Iterator[MailCatcher]:
    with MailCatcher() as catcher:
        yield catcher


@pytest.fixture
def folder(window: MainWindow, make_app: MakeApp, server: MailCatcher, qtbot: QtBot) -> Path:
    """Open an app whose password is in the keyring, and wait for the keyring."""
    transport = {
        "type": "smtp",
        "host": server.host,
        "port": server.port,
        "auth": {"user": "shop@example.com", "pass": f"${{{VARIABLE}}}"},
    }
    folder = make_app("tea", datasources={"emailDs": mail(transport)})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(folder)
    qtbot.waitUntil(lambda: password(window).text() == OLD, timeout=5000)
    return folder


def base(folder: Path) -> Path:
    return folder / "server" / "datasources.json"


def password(window: MainWindow) -> QLineEdit:
    field = window.findChild(QLineEdit, "field-auth-pass")
    assert field is not None
    return field


def choose(window: MainWindow, home: str) -> None:
    box = window.findChild(QComboBox, "field-password-home")
    assert box is not None
    box.setCurrentIndex(box.findText(home))


def everything(folder: Path, store: FaultyStore) -> tuple[bytes, dict[tuple[str, str], str]]:
    return base(folder).read_bytes(), store.entries()


@pytest.mark.parametrize("home", ["Environment variable", "File"])
def test_choosing_another_home_and_discarding_loses_no_password(
    window: MainWindow, folder: Path, store: SlowStore, dialogs: FakeDialogs, home: str
) -> None:
    before = everything(folder, store)
    choose(window, home)
    assert window.isWindowModified()
    assert window.menu_actions["save"].isEnabled()
    dialogs.answer = "discard"
    assert window.close()
    lost = "where the password of emailDs is kept" if home != "File" else "datasources.json"
    assert dialogs.asked == [f"unsaved {lost}"]
    assert everything(folder, store) == before


def test_a_new_password_is_tried_before_it_is_saved_and_gone_when_discarded(
    window: MainWindow,
    folder: Path,
    store: SlowStore,
    dialogs: FakeDialogs,
    passwords: Passwords,
    qtbot: QtBot,
) -> None:
    before = everything(folder, store)
    password(window).setText(NEW)
    panel = window.parts.test.panel
    assert panel is not None
    for edit in (panel.message.from_, panel.message.to):
        edit.setText("me@example.com")
    panel.send_test_message()
    qtbot.waitUntil(lambda: len(passwords.seen) == 1, timeout=10000)
    qtbot.waitUntil(panel.send_button.isEnabled, timeout=10000)
    assert passwords.seen == [NEW.encode()]
    dialogs.answer = "discard"
    assert window.close()
    assert dialogs.asked == ["unsaved the new password of emailDs"]
    assert everything(folder, store) == before


def test_revert_names_what_is_lost_and_shows_the_keyrings_password_again(
    window: MainWindow, folder: Path, store: SlowStore, dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    for typed in ("saved-s3cret", NEW):
        password(window).setText(typed)
        if typed != NEW:
            assert window.files.save()
    window.menu_actions["revert"].trigger()
    qtbot.waitUntil(lambda: password(window).text() == "saved-s3cret", timeout=5000)
    assert "the new password of emailDs" in dialogs.texts[0]
    assert store.entries() == {(SERVICE, VARIABLE): "saved-s3cret"}
    assert not window.state.modified


def test_leaving_for_another_app_names_what_is_lost(
    window: MainWindow, folder: Path, store: SlowStore, dialogs: FakeDialogs, make_app: MakeApp
) -> None:
    password(window).setText(NEW)
    choose(window, "File")
    window.files.open(make_app("other"))
    assert dialogs.asked == ["unsaved datasources.json"]
    window.state.undo.undo()
    window.files.open(make_app("another"))
    assert dialogs.asked[1:] == ["unsaved the new password of emailDs"]
    assert store.entries() == ENTRIES


def test_a_save_that_the_keyring_refuses_changes_nothing_and_can_be_tried_again(
    window: MainWindow, folder: Path, store: SlowStore
) -> None:
    password(window).setText(NEW)
    workspace = window.state.workspace
    assert workspace is not None
    pointer = "/emailDs/transports/0/host"
    window.state.push("Host", [workspace.edit_value("datasources.json", pointer, "localhost")])
    before = everything(folder, store)
    store.arm(1)
    assert not window.files.save()
    assert everything(folder, store) == before
    assert window.isWindowModified()
    assert any("Not saved. The keyring is out of order." in t for t in window.messages.texts())
    store.arm(0)
    window.messages.choose("save", "Try Again")
    assert store.entries() == {(SERVICE, VARIABLE): NEW}
    assert b"localhost" in base(folder).read_bytes()
    assert not window.messages.has("save")
    assert not window.state.modified


def test_entries_of_another_app_of_the_same_name_are_not_written_unasked(
    window: MainWindow, folder: Path, store: SlowStore, tmp_path: Path
) -> None:
    other = tmp_path / "twin"
    other.mkdir()
    (other / "package.json").write_text('{"name": "tea"}')
    claim(SERVICE, other)
    password(window).setText(NEW)
    assert not window.files.save()
    assert str(other) in window.messages.texts()[-1]
    assert store.entries() == ENTRIES
    window.messages.choose("save", "Use the Entries Together")
    assert store.entries() == {(SERVICE, VARIABLE): NEW}


def test_a_keyring_that_does_not_answer_is_not_waited_for_for_ever(
    window: MainWindow, folder: Path, store: SlowStore, qtbot: QtBot
) -> None:
    store.answer.clear()
    store.question.clear()
    password(window).setText(NEW)
    saving = window.files

    def give_up() -> None:
        window.messages.choose("saving", "Stop Saving")

    saving._slow.timeout.connect(give_up)
    assert not saving.save()
    assert store.question.is_set()
    assert window.state.modified
    choose(window, "File")
    assert saving.save()  # needs no keyring
    assert NEW.encode() in base(folder).read_bytes()
    store.answer.set()
    qtbot.waitUntil(lambda: store.entries() == ENTRIES, timeout=5000)


def test_also_deleting_it_from_the_keyring_is_asked_waits_for_save_and_can_be_undone(
    window: MainWindow, folder: Path, store: SlowStore, dialogs: FakeDialogs
) -> None:
    choose(window, "Environment variable")
    link = window.findChild(QPushButton, "delete-/auth/pass")
    assert link is not None
    assert link.isVisible()
    dialogs.agreed = False
    link.click()
    assert VARIABLE in dialogs.texts[0]
    assert "datasources.json (emailDs)" in dialogs.texts[0]
    assert window.state.undo.count() == 1
    dialogs.agreed = True
    link.click()
    assert store.entries() == ENTRIES
    assert f"the deletion of {VARIABLE} from the keyring" in window.state.unsaved()
    assert window.files.save()
    assert store.entries() == {}
    window.state.undo.undo()
    assert window.isWindowModified()
    assert window.files.save()
    assert store.entries() == ENTRIES
