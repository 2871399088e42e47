"""Files of other users and groups, as an ordinary user meets them: saved with a word, or refused."""

import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loopmail.core.app.document import Document
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import FileError
from save_child import NEW, OLD
from save_faults import left_over
from save_ways import edited

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="needs root, to be another user"
)

USER, GROUP, FOREIGN = 54321, 54321, 54999  # nobody's


@pytest.fixture(autouse=True)
def imports(tmp_path: Path) -> None:
    """Have all that a save imports late imported."""
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "datasources.json").write_text(OLD)
    save(tmp_path)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may come to, unlike pytest's own; it belongs to the user."""
    folder = Path(tempfile.mkdtemp(prefix="loopmail-owner-"))
    os.chown(folder, USER, GROUP)
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def made(folder: Path, user: int, group: int, mode: int) -> Path:
    path = folder / "datasources.json"
    path.write_text(OLD)
    os.chown(path, user, group)
    path.chmod(mode)
    return path


def as_user(work: Callable[[], object]) -> object:
    """Do it in a child that is the ordinary user, and return the result by way of JSON.

    What it imports late is imported before: that user may not be able to read our Python.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(GROUP, GROUP, GROUP)
            os.setresuid(USER, USER, USER)
            result = work()
        except BaseException as error:  # noqa: BLE001 - this process must never come back into pytest
            result = f"{type(error).__name__}: {error}"
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(data)


def save(folder: Path) -> object:
    workspace = Workspace.open(folder)
    workspace.apply([workspace.edit_value("datasources.json", "/n", 1)])
    workspace.save()
    return workspace.said


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o666])
def test_a_group_that_cannot_be_kept_and_gives_no_right_is_told(folder: Path, mode: int) -> None:
    path = made(folder, USER, FOREIGN, mode)
    assert as_user(lambda: save(folder)) == [
        f"datasources.json is saved, but it now belongs to the group {GROUP}, no longer to {FOREIGN}, "
        "which you may not give a file; who may read and write it is as before."
    ]
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (USER, GROUP, mode)
    assert path.read_text() == NEW


@pytest.mark.parametrize("mode", [0o640, 0o664, 0o604, 0o2644])
def test_a_group_whose_members_would_lose_or_win_a_right_is_not_taken_away(
    folder: Path, mode: int
) -> None:
    path = made(folder, USER, FOREIGN, 0o600)
    path.chmod(mode)
    told = as_user(lambda: save(folder))
    assert told == (
        f"FileUnwritable: datasources.json was not saved: it belongs to the group {FOREIGN}, which you "
        f"may not give a file, and as a file of {GROUP} its members would have other rights to it."
    )
    assert (path.read_text(), path.stat().st_gid) == (OLD, FOREIGN)
    assert not left_over(folder)


def test_a_file_of_root_that_all_may_write_is_not_taken_away(folder: Path) -> None:
    path = made(folder, 0, 0, 0o666)
    assert as_user(lambda: save(folder)) == (
        "FileUnwritable: datasources.json was not saved: it belongs to another user (root), and "
        "saving would take it away from them."
    )
    assert (path.read_text(), path.stat().st_uid) == (OLD, 0)


def test_a_file_of_root_that_may_only_be_read_is_refused_with_the_reason(folder: Path) -> None:
    path = made(folder, 0, 0, 0o644)
    assert as_user(lambda: save(folder)) == (
        "FileUnwritable: datasources.json was not saved: it belongs to root, and you may not write "
        "to it."
    )
    assert (path.read_text(), path.stat().st_uid) == (OLD, 0)
    assert not left_over(folder)


def test_a_file_of_ones_own_that_is_write_protected_says_just_that(folder: Path) -> None:
    made(folder, USER, GROUP, 0o444)
    assert as_user(lambda: save(folder)) == (
        "FileUnwritable: datasources.json was not saved: it is write-protected."
    )


def test_a_folder_of_root_is_said(folder: Path) -> None:
    path = made(folder, USER, GROUP, 0o644)
    os.chown(folder, 0, 0)
    told = as_user(lambda: save(folder))
    assert told == (
        "FileUnwritable: datasources.json was not saved: you have no permission to write in "
        f"{folder}."
    )
    assert path.read_text() == OLD


def test_a_file_that_may_not_be_looked_at_is_not_taken_for_a_missing_one(folder: Path) -> None:
    (folder / "package.json").write_text('{"name": "a", "dependencies": {"loopback": "^3.0.0"}}')
    inner = folder / "server"
    inner.mkdir()
    path = made(inner, USER, GROUP, 0o644)
    os.chown(inner, USER, GROUP)

    def look() -> object:
        document = edited(path)
        inner.chmod(0o600)  # names may be listed, files not looked at
        told = []
        for one in (document, Document.new(path)):
            try:
                one.save()
            except FileError as error:
                told.append(str(error))
        notes = Workspace.open(folder)
        inner.chmod(0o755)
        return [*told, *notes.app.notes, dict(notes.unreadable)]

    sentence = f"datasources.json was not saved: you have no permission to write in {inner}."
    assert as_user(look) == [
        sentence,
        sentence,
        {"datasources.json": f"You have no permission to read {path}."},
    ]
    assert path.read_text() == OLD
