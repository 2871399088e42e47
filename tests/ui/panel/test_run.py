import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.core.errors import KeyringLocked, LoopmailError
from loopmail.ui.panel.run import RunPane
from loopmail.ui.panel.run_session import LINE_LIMIT, OutputBuffer, plain, split_command
from loopmail.ui.session import worker
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from page_apps import mail, open_state, settle

SERVICE = "loopmail:tea-shop"
FILES: dict[str, Any] = {
    "datasources.json": {
        "emailDs": mail(
            {"type": "smtp", "host": "h", "auth": {"user": "me", "pass": "${TEA_PASS}"}}
        )
    }
}
SECRET = "run-s3cret-4471"


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def state(qtbot: QtBot, tmp_path: Path) -> Iterator[AppState]:
    made = open_state(tmp_path, FILES, MemoryStore())
    yield made
    made.closing.emit()
    settle(made, qtbot)


@pytest.fixture
def pane(qtbot: QtBot, state: AppState) -> RunPane:
    made = RunPane(state)
    qtbot.addWidget(made)
    return made


def ended(pane: RunPane) -> Callable[[], bool]:
    return lambda: pane.status.text().startswith(("Ended", "Stopped after"))


def test_the_app_gets_the_password_and_its_output_is_masked(
    pane: RunPane, state: AppState, qtbot: QtBot
) -> None:
    state.store.set(SERVICE, "TEA_PASS", SECRET)
    state.store.set(SERVICE, "OTHER", "not-asked-for")
    code = (
        "import os; print(len(os.environ['TEA_PASS']), os.environ['TEA_PASS'], "
        "os.environ['NODE_ENV'], 'OTHER' in os.environ, os.getcwd())"
    )
    pane.command.setText(python(code))
    pane.run()
    qtbot.waitUntil(ended(pane), timeout=20000)
    assert state.workspace is not None
    expected = (
        f"{len(SECRET)} ******** development False {os.path.realpath(state.workspace.app.root)}"
    )
    assert pane.output.toPlainText().strip() == expected
    assert pane.status.text().endswith("with exit status 0.")


def test_missing_variables_are_named_before_the_start_and_can_be_entered(
    pane: RunPane, state: AppState, qtbot: QtBot
) -> None:
    pane.command.setText(python("import os; print('had', len(os.environ['TEA_PASS']))"))
    pane.run()
    qtbot.waitUntil(lambda: not pane.missing.isHidden(), timeout=10000)
    assert pane.missing.title.text() == "No value for TEA_PASS"
    assert not pane.session.running
    field = pane.missing.fields["TEA_PASS"]
    assert field.echoMode() == QLineEdit.EchoMode.Password
    field.setText(SECRET)
    pane.missing.store_button.click()
    qtbot.waitUntil(ended(pane), timeout=20000)
    assert pane.output.toPlainText().strip() == f"had {len(SECRET)}"
    assert state.store.get(SERVICE, "TEA_PASS") is None
    state.save()
    assert state.store.get(SERVICE, "TEA_PASS") == SECRET


def test_the_app_can_be_run_without_them(pane: RunPane, qtbot: QtBot) -> None:
    pane.command.setText(
        python("import os, sys; sys.exit(7 if 'TEA_PASS' not in os.environ else 0)")
    )
    pane.run()
    qtbot.waitUntil(lambda: not pane.missing.isHidden(), timeout=10000)
    pane.missing.anyway_button.click()
    qtbot.waitUntil(ended(pane), timeout=20000)
    assert pane.status.text().endswith("with exit status 7.")


def test_a_locked_keyring_is_told_with_the_missing_variable(
    pane: RunPane, state: AppState, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_service: str, _user: str) -> str | None:
        raise KeyringLocked("The keyring is locked.")

    monkeypatch.setattr(state.store, "get", locked)
    pane.run()
    qtbot.waitUntil(lambda: not pane.missing.isHidden(), timeout=10000)
    assert pane.missing.text.text().startswith("The keyring is locked.")


def test_stop_ends_the_app_and_all_it_started(pane: RunPane, state: AppState, qtbot: QtBot) -> None:
    state.store.set(SERVICE, "TEA_PASS", SECRET)
    code = "import signal; print('up', flush=True); signal.pause()"
    pane.command.setText(python(code))
    pane.run()
    qtbot.waitUntil(lambda: "up" in pane.output.toPlainText(), timeout=20000)
    assert not pane.run_button.isEnabled()
    pane.stop_button.click()
    qtbot.waitUntil(ended(pane), timeout=20000)
    assert pane.status.text().startswith("Stopped after")
    assert not pane.session.running


def test_the_app_ends_when_the_window_closes(
    pane: RunPane, state: AppState, qtbot: QtBot, tmp_path: Path
) -> None:
    state.store.set(SERVICE, "TEA_PASS", SECRET)
    pane.command.setText(
        python("import os, signal; print(os.getpid(), flush=True); signal.pause()")
    )
    pane.run()
    qtbot.waitUntil(lambda: pane.output.toPlainText().strip().isdigit(), timeout=20000)
    child = int(pane.output.toPlainText())
    state.closing.emit()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_command_that_is_not_there_is_told(pane: RunPane, state: AppState, qtbot: QtBot) -> None:
    state.store.set(SERVICE, "TEA_PASS", SECRET)
    pane.command.setText("no-such-command-here")
    pane.run()
    qtbot.waitUntil(lambda: "was not found" in pane.status.text(), timeout=10000)
    pane.command.setText("node 'unclosed")
    pane.run()
    qtbot.waitUntil(lambda: "quotation mark" in pane.status.text(), timeout=10000)


def test_a_flood_of_output_neither_freezes_the_window_nor_fills_memory(
    pane: RunPane, state: AppState, qtbot: QtBot
) -> None:
    state.store.set(SERVICE, "TEA_PASS", SECRET)
    code = "import sys\nfor i in range(60000): print('line', i)\nsys.stdout.write('x' * 100000)"
    pane.command.setText(python(code))
    pane.run()
    qtbot.waitUntil(ended(pane), timeout=30000)
    assert pane.output.blockCount() <= 5000
    assert max(len(line) for line in pane.output.toPlainText().split("\n")) <= LINE_LIMIT


@pytest.mark.parametrize(
    ("text", "posix", "windows"),
    [
        ("npm  start", ["npm", "start"], ["npm", "start"]),
        ('"my app" -x #1', ["my app", "-x", "#1"], ["my app", "-x", "#1"]),
        ("node it's 'a b'", None, ["node", "it's", "'a", "b'"]),
        (r"C:\\node.exe .\a", [r"C:\node.exe", ".a"], [r"C:\\node.exe", r".\a"]),
        (
            r'"C:\Program Files\node.exe" .',
            [r"C:\Program Files\node.exe", "."],
            [r"C:\Program Files\node.exe", "."],
        ),
        ('node "" x', ["node", "", "x"], ["node", "", "x"]),
        ('node "x', None, None),
        ("  ", None, None),
    ],
)
def test_a_command_is_split_as_the_systems_shell_does(
    text: str,
    posix: list[str] | None,
    windows: list[str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for platform, words in (("linux", posix), ("win32", windows)):
        monkeypatch.setattr(sys, "platform", platform)
        if words is None:
            with pytest.raises(LoopmailError):
                split_command(text)
        else:
            assert split_command(text) == words


@pytest.mark.parametrize("missing", [False, True])
def test_an_app_is_never_started_with_what_was_asked_for_another_one(
    pane: RunPane, state: AppState, qtbot: QtBot, tmp_path: Path, missing: bool
) -> None:
    (tmp_path / "other").mkdir()
    other = open_state(tmp_path / "other", FILES, MemoryStore())
    workspace = other.workspace
    settle(other, qtbot)
    if not missing:
        state.store.set(SERVICE, "TEA_PASS", SECRET)
    pane.command.setText(python("import os; print(os.environ['TEA_PASS'])"))
    pane.run()
    if missing:
        qtbot.waitUntil(lambda: not pane.missing.isHidden(), timeout=10000)
        pane.missing.fields["TEA_PASS"].setText(SECRET)
        pane.missing.store_button.click()
    state.set_workspace(workspace)
    qtbot.waitUntil(lambda: not worker._running, timeout=10000)
    assert not pane.session.running
    assert (pane.output.toPlainText(), pane.status.text()) == ("", "")
    assert pane.run_button.isEnabled()


def test_each_apps_command_is_remembered(qtbot: QtBot, state: AppState, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    state.store.set(SERVICE, "TEA_PASS", SECRET)
    for expected, typed in (("node .", "npm start"), ("npm start", "npm start")):
        pane = RunPane(state, settings)
        qtbot.addWidget(pane)
        assert pane.command.text() == expected
        pane.command.setText(typed)
        settings.set_text(pane._key(), typed)


def test_colours_and_control_characters_are_plain_text() -> None:
    assert plain("\x1b[31mred\x1b[0m\r\n\x07<b>") == "red\n·<b>"


def test_lines_without_an_end_are_broken_and_old_output_dropped() -> None:
    buffer = OutputBuffer()
    buffer.put("a" * (LINE_LIMIT - 1))
    assert buffer.take() == "a" * (LINE_LIMIT - 1)
    buffer.put("bcd")
    assert buffer.take() == "b\ncd"
    for _ in range(10):
        buffer.put("z" * 100_000)
    assert buffer.take().startswith("\n… some output was too fast to show …\n")


def test_the_menu_shows_the_panel_and_asks_for_what_is_missing(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    open_window.menu_actions["run_app"].trigger()
    pane = open_window.parts.bottom.run
    assert pane.isVisible()
    qtbot.waitUntil(lambda: not pane.missing.isHidden(), timeout=10000)
    assert list(pane.missing.fields) == ["EMAIL_DS_PASS"]
