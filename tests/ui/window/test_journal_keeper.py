"""Unsaved changes survive a killed window, and go when they are saved or thrown away."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from loopmail.core.app.journal import journal_folder, orphans
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.window.main_window import MainWindow
from small_app import FakeDialogs

BASE = "datasources.json"
TRANSPORT = "/emailDs/transports/0"
NEW_PASSWORD = "Neu-getippt-8802"

PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from loopmail.app import make_application, make_window
from loopmail.ui.session.settings import Settings

app = make_application()
window = make_window(Settings(Path(sys.argv[1])))
state = window.state

def change() -> None:
    for pointer, value in (("/host", "kept.example.org"), ("/auth/pass", sys.argv[3])):
        edit = state.workspace.edit_value("datasources.json", "/emailDs/transports/0" + pointer, value)
        state.push("Change", [edit])
    window.journal.written.connect(lambda: print("written", flush=True))

state.opened.connect(lambda: QTimer.singleShot(0, window, change))
window.show()
window.files.open(Path(sys.argv[2]))
app.exec()
"""


def kill_a_window_with_unsaved_changes(tmp_path: Path, app_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s.ini"), str(app_path), NEW_PASSWORD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        assert line == b"written\n", process.stderr.read().decode()


def value(window: MainWindow, key: str) -> Any:
    workspace = window.state.workspace
    assert workspace is not None
    return workspace.document(BASE).get(f"{TRANSPORT}/{key}")


def change(window: MainWindow, key: str, new: Any) -> None:
    workspace = window.state.workspace
    assert workspace is not None
    window.state.push("Change", [workspace.edit_value(BASE, f"{TRANSPORT}/{key}", new)])


def journals() -> list[Path]:
    return sorted(journal_folder().glob("*.json"))


@pytest.fixture(autouse=True)
def no_journal() -> None:
    for path in journals():
        path.unlink()


def test_a_password_for_the_keyring_is_kept_by_its_name_only(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    entry = ("loopmail:shop", "EMAIL_DS_PASS")
    with qtbot.waitSignal(open_window.journal.written):
        open_window.state.push("Change Password", [], entries={entry: NEW_PASSWORD})
    (kept,) = journals()
    assert "EMAIL_DS_PASS" in kept.read_text()
    assert NEW_PASSWORD not in kept.read_text()
    with qtbot.waitSignal(open_window.journal.written):
        open_window.state.undo.undo()
    assert journals() == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_changes_of_a_killed_window_are_offered_at_the_next_start(
    tmp_path: Path, app_path: Path, window: MainWindow, qtbot: QtBot
) -> None:
    kill_a_window_with_unsaved_changes(tmp_path, app_path)
    (kept,) = journals()
    assert NEW_PASSWORD not in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    window.files.open(app_path)
    qtbot.waitUntil(lambda: window.messages.has("journal-0"))
    (text,) = window.messages.texts()
    assert text.startswith("Unsaved changes of datasources.json from ")
    assert "type these again: datasources.json /emailDs/transports/0/auth/pass" in text
    window.messages.choose("journal-0", "Bring Back")
    assert value(window, "host") == "kept.example.org"
    assert window.state.modified
    window.state.undo.undo()
    assert value(window, "host") == "smtp.example.com"
    qtbot.waitUntil(lambda: not kept.exists())


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_is_neither_brought_back_nor_discarded_is_offered_again(
    tmp_path: Path, app_path: Path, window: MainWindow, qtbot: QtBot
) -> None:
    kill_a_window_with_unsaved_changes(tmp_path, app_path)
    for _ in range(2):
        window.files.load(app_path)
        qtbot.waitUntil(lambda: window.messages.has("journal-0"))
        window.messages.close_message("journal-0")
    window.files.load(app_path)
    qtbot.waitUntil(lambda: window.messages.has("journal-0"))
    window.messages.choose("journal-0", "Discard")
    qtbot.waitUntil(lambda: not journals())


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_changes_of_a_file_that_changed_since_stay_kept(
    tmp_path: Path, app_path: Path, window: MainWindow, qtbot: QtBot
) -> None:
    kill_a_window_with_unsaved_changes(tmp_path, app_path)
    (app_path / "server" / BASE).write_text("{}")
    window.files.open(app_path)
    qtbot.waitUntil(lambda: window.messages.has("journal-0"))
    window.messages.choose("journal-0", "Bring Back")
    assert window.messages.has("journal-stale")
    assert not window.state.modified
    assert journals()


def test_the_journal_of_a_running_window_is_nobody_elses(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(open_window.journal.written):
        change(open_window, "host", "mine.example.org")
    assert len(journals()) == 1
    assert orphans(app_path / "server") == []
    code = (
        "import sys; from pathlib import Path; from loopmail.core.app.journal import orphans;"
        "print(len(orphans(Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", code, str(app_path / "server")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


@pytest.mark.parametrize("how", ["save", "undo", "revert", "another app", "close"])
def test_the_journal_goes_with_the_unsaved_changes(
    open_window: MainWindow, make_app: Any, how: str, dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(open_window.journal.written):
        change(open_window, "host", "mine.example.org")
    assert len(journals()) == 1
    dialogs.answer = "discard"
    if how == "save":
        open_window.files.save()
    elif how == "undo":
        open_window.state.undo.undo()
    elif how == "revert":
        open_window.files.reload()
    elif how == "another app":
        open_window.files.open(make_app("other"))
    else:
        open_window.close()
        assert not journals()
    qtbot.waitUntil(lambda: not journals())


def test_a_surprise_is_reported_without_values_and_the_session_goes_on(
    qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loopmail.app import catch_surprises

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    window = MainWindow(AppState(), Settings(tmp_path / "s.ini"), FakeDialogs())
    qtbot.addWidget(window)
    catch_surprises(window)
    try:
        raise ValueError(f"the text of an error may hold {NEW_PASSWORD}")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    (text,) = window.messages.texts()
    assert text.startswith("Something unexpected happened. Your changes are still here")
    window.messages.choose("surprise", "Show Report")
    (dialog,) = window.findChildren(QDialog, "crashReport")
    shown = dialog.findChildren(QPlainTextEdit)[0].toPlainText()
    assert "test_journal_keeper" in shown
    assert "ValueError" in shown
    for button in dialog.findChildren(QPushButton):
        if button.text() == "Copy":
            button.click()
    assert QGuiApplication.clipboard().text() == shown
    assert NEW_PASSWORD not in text + shown + caplog.text
    dialog.close()
