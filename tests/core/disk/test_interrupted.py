"""A save of several files that is killed on the way is finished or undone by the next start."""

import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loopmail.core.app.workspace import Workspace
from loopmail.core.disk import locks
from loopmail.core.disk.saving import PendingSave, SaveTransaction, tidy_folder
from loopmail.core.errors import FileError
from save_faults import fault_at, killing, left_over
from save_ways import with_everything, without_exchange, without_unnamed_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

NAMES = ("a.json", "b.json", "c.json")
OLD = ["old a", "old b", None]  # the third is new
NEW = ["new a", "new b", "new c"]
WAYS = [with_everything, without_exchange, without_unnamed_files]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    return folder


def reset(folder: Path) -> None:
    for name, text in zip(NAMES, OLD, strict=True):
        (folder / name).unlink(missing_ok=True)
        if text is not None:
            (folder / name).write_text(text)
            (folder / name).chmod(0o640)


def texts(folder: Path) -> list[str | None]:
    paths = [folder / name for name in NAMES]
    return [path.read_text() if path.exists() else None for path in paths]


def save_killed(folder: Path, n: int) -> bool:
    """Save all three in a process that is killed at call n; tell whether it was."""
    pid = os.fork()
    if pid == 0:
        locks._held.clear()  # as a process of its own
        files = [
            PendingSave(folder / name, (new or "").encode(), old.encode() if old else None)
            for name, old, new in zip(NAMES, OLD, NEW, strict=True)
        ]
        with fault_at(n, killing):
            SaveTransaction(files).run()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def every_kill(folder: Path, then: Callable[[], None]) -> None:
    for n in range(1, 200):
        reset(folder)
        if not save_killed(folder, n):
            assert texts(folder) == NEW
            assert n > 30, "too few calls were seen: the faults did not reach the save"
            return
        then()
    pytest.fail("the save never came to its end")


@pytest.mark.parametrize("way", WAYS)
def test_wherever_it_is_killed_the_next_start_leaves_all_old_or_all_new(
    folder: Path, state: Path, way: Callable[[pytest.MonkeyPatch], None]
) -> None:
    ends: set[tuple[str | None, ...]] = set()
    finished = 0
    with pytest.MonkeyPatch.context() as monkeypatch:
        way(monkeypatch)

        def next_start() -> None:
            nonlocal finished
            before = texts(folder)
            told = tidy_folder(folder)
            after = texts(folder)
            assert after in (OLD, NEW)
            assert not left_over(folder)
            assert not list(state.glob("loopmail/saves/*-*.json"))
            assert bool(told) == (before != after)
            if told:
                finished += 1
                assert told == [
                    "The save of a.json, b.json and c.json was interrupted; it is finished now."
                ]
                assert stat.S_IMODE((folder / "b.json").stat().st_mode) == 0o640
            ends.add(tuple(after))

        every_kill(folder, next_start)
    assert ends == {tuple(OLD), tuple(NEW)}
    assert finished >= len(NAMES), "a kill between the exchanges is among them"


def test_what_was_changed_meanwhile_stays_and_the_rest_is_taken_back(folder: Path) -> None:
    seen = set()

    def change_and_start() -> None:
        if texts(folder) != ["new a", "old b", None]:
            tidy_folder(folder)
            return
        (folder / "b.json").write_text("theirs")
        told = tidy_folder(folder)
        assert texts(folder) == ["old a", "theirs", None]
        assert not left_over(folder)
        assert tidy_folder(folder) == []
        seen.update(told)

    every_kill(folder, change_and_start)
    assert seen == {
        "The save of a.json, b.json and c.json was interrupted; it is taken back, since b.json has "
        "changed meanwhile."
    }


def test_what_cannot_be_taken_back_is_said(folder: Path) -> None:
    seen = set()
    with pytest.MonkeyPatch.context() as monkeypatch:
        without_exchange(monkeypatch)  # the old content is gone with the rename

        def change_and_start() -> None:
            if texts(folder) == ["new a", "old b", None]:
                (folder / "b.json").write_text("theirs")
                seen.update(tidy_folder(folder))
                assert texts(folder) == ["new a", "theirs", None]
            tidy_folder(folder)

        every_kill(folder, change_and_start)
    assert seen == {
        "The save of a.json, b.json and c.json was interrupted: a.json was saved, b.json was not, "
        "since it has changed meanwhile."
    }


def test_what_waits_is_private_and_the_note_has_no_content(folder: Path, state: Path) -> None:
    notes = 0
    modes: list[int] = []

    def look() -> None:
        nonlocal notes
        modes.clear()
        for path in folder.glob("*.loopmail-*"):
            if path.read_text().startswith("new"):
                modes.append(stat.S_IMODE(path.stat().st_mode))
        assert sum(mode != 0o600 for mode in modes) <= 1, "only the one whose turn it is"
        for note in state.glob("loopmail/saves/*-*.json"):
            notes += 1
            assert stat.S_IMODE(note.stat().st_mode) == 0o600
            assert "new a" not in note.read_text()
            assert set(json.loads(note.read_text())["files"][0]) == {
                "target",
                "temporary",
                "old",
                "new",
                "mode",
            }
        tidy_folder(folder)

    every_kill(folder, look)
    assert notes


def test_a_save_that_still_runs_is_left_alone(folder: Path, state: Path) -> None:
    reset(folder)
    with fault_at(1000, killing):
        files = [
            PendingSave(folder / n, b"new", (o or "").encode())
            for n, o in zip(NAMES[:2], OLD[:2], strict=True)
        ]
        save = SaveTransaction(files)
        real = save._commit

        def commit(step: object) -> None:
            assert tidy_folder(folder) == []
            assert len(left_over(folder)) == 2
            real(step)  # type: ignore[arg-type]

        save._commit = commit  # type: ignore[method-assign]
        save.run()
    assert texts(folder)[:2] == ["new", "new"]
    assert not list(state.glob("loopmail/saves/*-*.json"))


def test_a_state_folder_that_cannot_be_written_stops_no_save(folder: Path, state: Path) -> None:
    reset(folder)
    state.write_text("no folder")
    files = [
        PendingSave(folder / n, b"new", (o or "").encode())
        for n, o in zip(NAMES[:2], OLD[:2], strict=True)
    ]
    SaveTransaction(files).run()
    assert texts(folder)[:2] == ["new", "new"]


def test_an_error_leaves_neither_note_nor_temporary_file(folder: Path, state: Path) -> None:
    reset(folder)
    files = [PendingSave(folder / n, b"new", b"not this") for n in NAMES[:2]]
    with pytest.raises(FileError):
        SaveTransaction(files).run()
    assert not left_over(folder)
    assert not list(state.glob("loopmail/saves/*-*.json"))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 1, "files": 3}', '{"version": 1, "files": [3]}', "[" * 9000],
)
def test_a_broken_note_harms_nobody(folder: Path, state: Path, text: str) -> None:
    place = state / "loopmail" / "saves"
    place.mkdir(parents=True)
    (place / "abc-def.json").write_text(text)
    reset(folder)
    assert tidy_folder(folder) == []


def test_the_app_says_so_when_it_is_opened(folder: Path) -> None:
    (folder / "datasources.json").write_text("{}")
    told: list[str] = []

    def open_app() -> None:
        notes = Workspace.open(folder).app.notes
        told.extend(note for note in notes if "interrupted" in note)
        assert texts(folder) in (OLD, NEW)

    every_kill(folder, open_app)
    assert told


def test_what_was_left_beside_the_target_of_a_link_goes_and_nothing_else(
    folder: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "mail.json").write_text("{}")
    (folder / "datasources.json").symlink_to(shared / "mail.json")
    ours, others = (
        shared / f".mail.json.loopmail-{'a' * 12}.tmp",
        shared / ".x.loopmail-aaaaaaaaaaaa.tmp",
    )
    for path in (ours, others, folder / f".b.json.loopmail-{'b' * 12}.tmp"):
        path.write_text("old")
    Workspace.open(folder)
    assert sorted(os.listdir(shared)) == [others.name, "mail.json"]
    assert os.listdir(folder) == ["datasources.json"]
