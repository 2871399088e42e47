import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from loopmail.core.disk.reading import read_file
from loopmail.core.disk.saving import SaveTransaction
from loopmail.ui.dialogs.conflict import ConflictPanel
from loopmail.ui.window.main_window import MainWindow

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
    assert open_window.files.save()
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


def test_changes_that_do_not_overlap_are_merged_and_shown(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    workspace = open_window.state.workspace
    assert workspace is not None
    change = workspace.edit_value(BASE, "/emailDs/transports/0/port", 587)
    open_window.state.push("Change Port", [change])
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    assert open_window.messages.texts()[0].startswith("Merged with the disk: datasources.json")
    assert _host(open_window) == "theirs.example.org"
    assert open_window.files.save()
    saved = json.loads((app_path / "server" / BASE).read_text())["emailDs"]["transports"][0]
    assert (saved["host"], saved["port"]) == ("theirs.example.org", 587)


def test_a_merge_can_be_undone_and_the_undo_history_survives(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    workspace = open_window.state.workspace
    assert workspace is not None
    change = workspace.edit_value(BASE, "/emailDs/transports/0/port", 587)
    open_window.state.push("Change Port", [change])
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    open_window.messages.choose("disk", "Undo the Merge")
    assert _host(open_window) == "smtp.example.com"
    open_window.state.undo.undo()
    assert workspace.document(BASE).get("/emailDs/transports/0/port") == 465


def test_what_was_loaded_from_disk_leaves_the_undo_history_whole(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    assert open_window.files.save()
    _write_outside(app_path, "theirs.example.org")
    qtbot.waitUntil(lambda: _host(open_window) == "theirs.example.org")
    assert open_window.state.undo.isClean()
    open_window.state.undo.undo()
    assert _host(open_window) == "mine.example.org"
    assert not open_window.state.undo.isClean()
    open_window.state.undo.undo()
    assert _host(open_window) == "smtp.example.com"


def _conflict(window: MainWindow, app_path: Path, qtbot: QtBot) -> ConflictPanel:
    workspace = window.state.workspace
    assert workspace is not None
    for pointer, value in (("/auth/pass", "Meins-7391"), ("/host", "mine.example.org")):
        edit = workspace.edit_value(BASE, f"/emailDs/transports/0{pointer}", value)
        window.state.push("Change", [edit])
    file = app_path / "server" / BASE
    new = json.loads(file.read_text())
    new["emailDs"]["transports"][0].update(host="theirs.example.org", port=25)
    new["emailDs"]["transports"][0]["auth"]["pass"] = "Ihres-5522"
    file.write_text(json.dumps(new, indent=2))
    qtbot.waitUntil(lambda: window.messages.has("disk"))
    window.messages.choose("disk", "Compare…")
    (panel,) = window.findChildren(ConflictPanel)
    return panel


def _cells(panel: ConflictPanel) -> list[list[str]]:
    table = panel.table
    return [
        [item.text() for column in range(5) if (item := table.item(row, column))]
        for row in range(table.rowCount())
    ]


def test_conflicts_are_shown_from_three_sides_without_secrets(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    panel = _conflict(open_window, app_path, qtbot)
    assert not panel.isModal()
    cells = sorted(_cells(panel))
    host = [BASE, HOST, '"smtp.example.com"', '"mine.example.org"', '"theirs.example.org"']
    assert cells[1] == host
    assert cells[0][1:] == [
        "/emailDs/transports/0/auth/pass",
        '"${EMAIL_DS_PASS}"',
        '"********"',
        '"********"',
    ]
    assert not panel.merge.isEnabled()
    panel.close()
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    assert _host(open_window) == "mine.example.org"


def test_each_conflict_is_decided_on_its_own_and_by_the_keyboard(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    panel = _conflict(open_window, app_path, qtbot)
    rows = [cells[1] for cells in _cells(panel)]
    boxes = panel.findChildren(QComboBox)
    assert {box.accessibleName() for box in boxes} == {f"Keep of {BASE} {row}" for row in rows}
    for box in boxes:
        key = Qt.Key.Key_T if box.accessibleName().endswith("/host") else Qt.Key.Key_M
        QTest.keyClick(box, key)
    assert panel.merge.isEnabled()
    QTest.keyClick(panel.merge, Qt.Key.Key_Space)
    assert _host(open_window) == "theirs.example.org"
    workspace = open_window.state.workspace
    assert workspace is not None
    transport = workspace.document(BASE).get("/emailDs/transports/0")
    assert (transport["auth"]["pass"], transport["port"]) == ("Meins-7391", 25)
    assert open_window.state.modified
    assert open_window.files.save()


def test_own_saves_are_not_noticed(open_window: MainWindow, qtbot: QtBot) -> None:
    _change(open_window, "mine.example.org")
    with qtbot.assertNotEmitted(open_window.state.opened, wait=600):
        open_window.files.save()
    assert open_window.messages.texts() == []


def test_a_conflict_at_saving_is_a_question_in_the_window(
    open_window: MainWindow, app_path: Path
) -> None:
    _change(open_window, "mine.example.org")
    _write_outside(app_path, "theirs.example.org")
    assert not open_window.files.save()
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
    assert open_window.files.save()
    assert "mine.example.org" in (app_path / "server" / BASE).read_text()


def test_a_folder_that_cannot_be_written_loses_nothing(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    _change(open_window, "mine.example.org")
    server = app_path / "server"
    server.rename(app_path / "moved")
    server.write_text("a file stands where the folder was")
    assert not open_window.files.save()
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


def test_models_and_versions_changed_outside_are_taken_over(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    state = open_window.state
    watcher = open_window.disk.watcher
    _change(open_window, "mine.example.org")
    models = app_path / "server" / "models"
    qtbot.waitUntil(lambda: watcher.idle)
    assert "Letter" not in state.view().registry.available

    models.mkdir(parents=True, exist_ok=True)
    package = {"name": "shop", "dependencies": {"loopback": "2.42.0", "loopback-boot": "2.28.0"}}
    (app_path / "package.json").write_text(json.dumps(package))
    (models / "letter.json").write_text('{"name": "Letter", "base": "Email"}')
    open_window.disk.check()  # as when the window becomes active
    qtbot.waitUntil(lambda: "Letter" in state.view().registry.available)
    assert state.versions.major == 2

    qtbot.waitUntil(lambda: watcher.idle)
    (models / "letter.json").write_text('{"name": "Note", "base": "Email"}')
    open_window.disk.check()
    qtbot.waitUntil(lambda: "Note" in state.view().registry.available)
    assert _host(open_window) == "mine.example.org"
    assert state.undo.count() == 1


def test_a_disk_that_does_not_answer_does_not_freeze_saving(
    open_window: MainWindow, app_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    real = SaveTransaction.run

    def run(self: SaveTransaction, then: Callable[[], None] | None = None) -> None:
        answers.wait(30)
        real(self, then)

    monkeypatch.setattr(SaveTransaction, "run", run)
    _change(open_window, "mine.example.org")
    seen: list[str] = []

    def work_on() -> None:
        seen.extend(open_window.messages.texts())
        assert not open_window.files.save(), "one save at a time"
        _change(open_window, "later.example.org")
        answers.set()

    timer = QTimer(open_window)
    timer.setSingleShot(True)
    timer.timeout.connect(work_on)
    timer.start(900)
    assert not open_window.files.save(), "there is something left to save"
    assert seen == ["Saving… The disk has not answered yet. You can go on working."]
    assert "mine.example.org" in (app_path / "server" / BASE).read_text()
    assert open_window.state.modified
    assert _host(open_window) == "later.example.org"
    assert open_window.files.save()
    assert "later.example.org" in (app_path / "server" / BASE).read_text()
    assert not open_window.state.modified


def test_a_disk_that_does_not_answer_does_not_freeze_looking(
    open_window: MainWindow, app_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def read(path: Path) -> object:
        answers.wait(30)
        return read_file(path)

    monkeypatch.setattr("loopmail.core.app.workspace.read_file", read)
    _write_outside(app_path, "theirs.example.org")
    open_window.disk.check()
    open_window.disk.check()
    _change(open_window, "mine.example.org")
    assert _host(open_window) == "mine.example.org"
    answers.set()
    qtbot.waitUntil(lambda: open_window.messages.has("disk"))
    assert _host(open_window) == "mine.example.org"


def test_a_link_out_of_the_app_is_a_question_in_the_window(
    open_window: MainWindow, app_path: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    base = app_path / "server" / BASE
    os.replace(base, elsewhere)
    base.symlink_to(elsewhere)
    before = elsewhere.read_text()
    _change(open_window, "mine.example.org")
    assert not open_window.files.save()
    assert any(str(elsewhere) in text for text in open_window.messages.texts())
    assert elsewhere.read_text() == before
    open_window.messages.choose("save", "Write There")
    assert "mine.example.org" in elsewhere.read_text()
    assert not open_window.state.modified
    assert open_window.messages.texts() == []


def test_a_file_that_cannot_be_read_any_more_is_not_called_gone(
    open_window: MainWindow, app_path: Path, qtbot: QtBot
) -> None:
    said: list[str] = []
    open_window.disk.said.connect(said.append)
    base = app_path / "server" / BASE
    base.unlink()
    base.mkdir()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [f"No longer readable: {BASE}"]
