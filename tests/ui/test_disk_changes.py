import json
import os
from pathlib import Path

from pytestqt.qtbot import QtBot

from loopmail.ui.main_window import MainWindow

BASE = "datasources.json"
HOST = "/emailDs/transports/0/host"


def _change(window: MainWindow, value: str) -> None:
    workspace = window.state.workspace
    assert workspace is not None
    window.state.push("Change Host", [workspace.edit_value(BASE, HOST, value)])


def _write_outside(app_path: Path, host: str) -> None:
    file = app_path / "server" / BASE
    value = json.loads(file.read_text())
    value["emailDs"]["transports"][0]["host"] = host
    new = file.with_suffix(".tmp")
    new.write_text(json.dumps(value, indent=4))
    os.replace(new, file)  # as editors do


def _host(window: MainWindow) -> object:
    settings = window.state.effective().datasources["emailDs"].settings
    return settings["transports"][0]["host"]


def test_what_is_unmodified_here_is_loaded_and_said(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: _host(open_window) == "theirs.example.org")
    assert open_window.messages.texts() == []
    assert open_window.state.selection == ("datasource", "emailDs")
    assert not open_window.state.modified


def test_unsaved_changes_are_kept_until_the_user_chose(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    assert _host(open_window) == "mine.example.org"


def test_keep_mine_overwrites_at_the_next_save(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    open_window.messages.choose("disk", "Keep Mine")
    assert open_window.opener.save()
    assert "mine.example.org" in (app_path / "server" / BASE).read_text()


def test_load_theirs_throws_the_own_changes_away(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    open_window.messages.choose("disk", "Load Theirs")
    qtbot.waitUntil(lambda: _host(open_window) == "theirs.example.org")
    assert not open_window.state.modified


def test_changes_of_both_sides_can_be_merged(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    workspace = open_window.state.workspace
    assert workspace is not None
    change = workspace.edit_value(BASE, "/emailDs/transports/0/port", 587)
    open_window.state.push("Change Port", [change])
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    open_window.messages.choose("disk", "Merge")
    assert _host(open_window) == "theirs.example.org"
    assert open_window.opener.save()
    saved = json.loads((app_path / "server" / BASE).read_text())["emailDs"]["transports"][0]
    assert (saved["host"], saved["port"]) == ("theirs.example.org", 587)


def test_own_saves_are_not_noticed(open_window: MainWindow, qtbot: QtBot) -> None:
    _change(open_window, "mine.example.org")
    with qtbot.assertNotEmitted(open_window.state.opened, wait=600):
        open_window.opener.save()
    assert open_window.messages.texts() == []


def test_a_conflict_at_saving_is_a_question_in_the_window(
    open_window: MainWindow, app_path: Path
) -> None:
    _change(open_window, "mine.example.org")
    _write_outside(app_path, "theirs.example.org")
    assert not open_window.opener.save()
    assert open_window.messages.has("save")
    assert "theirs" in (app_path / "server" / BASE).read_text()
    open_window.messages.choose("save", "Keep Mine")
    assert "mine.example.org" in (app_path / "server" / BASE).read_text()
    assert open_window.messages.texts() == []


def test_a_file_that_vanished_is_written_again_by_saving(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    (app_path / "server" / BASE).unlink()
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    open_window.messages.choose("disk", "Keep Mine")
    assert open_window.opener.save()
    assert "mine.example.org" in (app_path / "server" / BASE).read_text()


def test_a_folder_that_cannot_be_written_loses_nothing(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    server = app_path / "server"
    server.rename(app_path / "moved")
    server.write_text("a file stands where the folder was")
    assert not open_window.opener.save()
    assert open_window.state.modified
    assert _host(open_window) == "mine.example.org"
    assert open_window.messages.texts()


def test_a_file_that_another_program_adds_appears_without_losing_edits(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    (app_path / "server" / "datasources.staging.json").write_text("{}")
    qtbot.waitUntil(lambda: "staging" in open_window.state.environments())
    assert _host(open_window) == "mine.example.org"
    assert open_window.state.undo.count() == 1
    assert open_window.tools.environment.findText("staging") >= 0
