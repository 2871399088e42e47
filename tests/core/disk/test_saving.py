import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loopmail.core.app.document import Document
from loopmail.core.disk import saving as atomic_save
from loopmail.core.disk import saving as rename
from loopmail.core.disk.locks import lock_folder
from loopmail.core.disk.saving import PendingSave, SaveTransaction
from loopmail.core.errors import FileError, FileUnwritable, SaveConflict
from save_child import NEW, OLD
from save_faults import fault_at, left_over, raising
from save_ways import WAYS, Way, edited, linux_only, with_everything, without_exchange

TESTS = Path(__file__).parents[2]
ERRNOS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EDQUOT, errno.EROFS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "datasources.json"
    path.write_text(OLD)
    return path


@pytest.mark.parametrize("number", ERRNOS, ids=errno.errorcode.get)
@pytest.mark.parametrize("way", WAYS)
def test_a_fault_at_any_call_leaves_the_file_wholly_old_or_new(
    path: Path, number: int, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    way(monkeypatch)
    for n in range(1, 100):
        path.write_text(OLD)
        document = edited(path)
        failure: FileError | None = None
        with fault_at(n, raising(number)) as calls:
            try:
                document.save()
            except FileError as error:
                failure = error
        assert path.read_text() in (OLD, NEW)
        assert document.text == NEW, "the edits are still there"
        assert not left_over(path.parent)
        if failure is None:
            assert path.read_text() == NEW
        else:
            assert str(failure).endswith(".")
            assert "Errno" not in str(failure)
            assert document.modified == (path.read_text() == OLD)
        if len(calls) < n:
            break
    else:
        pytest.fail("the save never came to its end")
    assert n > 8, "too few calls were seen: the faults did not reach the save"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "datasources.json was not saved: there is no space left on the disk."),
        (errno.EDQUOT, "datasources.json was not saved: your disk quota is used up."),
        (errno.EIO, "datasources.json was not saved: the disk reported an error."),
    ],
)
def test_a_failed_save_says_why_in_one_sentence(path: Path, number: int, sentence: str) -> None:
    with fault_at(6, raising(number)) as calls, pytest.raises(FileUnwritable) as caught:
        edited(path).save()
    assert calls[5] in ("write", "fsync", "fchmod", "close", "open")
    assert str(caught.value) == sentence


@linux_only
def test_a_kill_at_any_call_leaves_the_file_wholly_old_or_new(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, TESTS / "save_child.py", "kill", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(done.stdout)
    assert len(results) > 8
    assert {result["text"] for result in results} == {OLD, NEW}
    assert sum(result["left"] for result in results) <= 5, "the file has a name only for a moment"
    assert not any(result["later"] for result in results), "the next save tidies up"


@linux_only
def test_two_programs_saving_at_once_lose_nothing(path: Path) -> None:
    command = [sys.executable, str(TESTS / "save_child.py"), "count", str(path), "25"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    for child in children:
        child.communicate(timeout=60)
        assert child.returncode == 0
    assert json.loads(path.read_text()) == {"n": 75}
    assert not left_over(path.parent)


def test_a_change_before_the_save_is_a_conflict(path: Path) -> None:
    document = edited(path)
    path.write_text('{"n": 7}')
    with pytest.raises(SaveConflict, match="another program has changed it"):
        document.save()
    assert path.read_text() == '{"n": 7}'
    document.save(overwrite=True)
    assert path.read_text() == NEW
    assert not left_over(path.parent)


def test_the_same_content_written_again_is_no_conflict(path: Path) -> None:
    document = edited(path)
    path.unlink()
    path.write_text(OLD)
    document.save()
    assert path.read_text() == NEW


def test_a_deleted_file_is_a_conflict_and_can_be_written_again(path: Path) -> None:
    document = edited(path)
    path.unlink()
    with pytest.raises(SaveConflict, match="deleted"):
        document.save()
    assert not path.exists()
    document.save(overwrite=True)
    assert path.read_text() == NEW


def test_a_file_created_in_the_meantime_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "datasources.json"
    document = Document.new(path)
    path.write_text(OLD)
    with pytest.raises(SaveConflict, match="created"):
        document.save()
    assert path.read_text() == OLD


@linux_only
def test_a_change_between_check_and_exchange_is_put_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rename.exchange
    calls: list[Path] = []

    def exchange(one: Path, other: Path) -> bool:
        if not calls:
            other.write_text("theirs")
        calls.append(other)
        return real(one, other)

    monkeypatch.setattr(atomic_save, "exchange", exchange)
    with pytest.raises(SaveConflict):
        edited(path).save()
    assert len(calls) == 2
    assert path.read_text() == "theirs"
    assert sorted(p.name for p in path.parent.iterdir()) == ["datasources.json"]


@linux_only
def test_even_a_third_version_during_the_exchange_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, versions = rename.exchange, ["second", "third"]

    def exchange(one: Path, other: Path) -> bool:
        other.write_text(versions.pop(0))
        return real(one, other)

    monkeypatch.setattr(atomic_save, "exchange", exchange)
    with pytest.raises(SaveConflict, match=r"datasources\.json\.conflict-"):
        edited(path).save()
    kept = {p.read_text() for p in path.parent.iterdir()}
    assert kept == {"second", "third"}


@linux_only
def test_a_file_created_between_check_and_rename_is_a_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "datasources.json", rename.rename_new

    def rename_new(source: Path, target: Path) -> None:
        target.write_text("theirs")
        real(source, target)

    monkeypatch.setattr(atomic_save, "rename_new", rename_new)
    for way in (with_everything, without_exchange):
        way(monkeypatch)
        path.unlink(missing_ok=True)
        with pytest.raises(SaveConflict, match="created"):
            Document.new(path).save()
        assert path.read_text() == "theirs"
        assert not left_over(tmp_path)


def test_a_folder_in_the_place_of_the_file_is_never_moved(path: Path) -> None:
    document = edited(path)
    path.unlink()
    path.mkdir()
    for overwrite in (False, True):
        with pytest.raises(FileError, match="no regular file"):
            document.save(overwrite=overwrite)
    assert path.is_dir()
    assert not left_over(path.parent)


def test_a_vanished_folder_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    path = folder / "datasources.json"
    path.write_text(OLD)
    document = edited(path)
    path.unlink()
    folder.rmdir()
    with pytest.raises(FileUnwritable, match="the folder .* is gone"):
        document.save()


def test_a_write_protected_file_is_not_replaced(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = edited(path)
    path.chmod(0o444)
    real = os.access
    monkeypatch.setattr(os, "access", lambda p, m: m != os.W_OK and real(p, m))
    with pytest.raises(FileUnwritable, match="write-protected"):
        document.save()
    assert path.read_text() == OLD


@linux_only
def test_the_lock_of_a_folder_is_held_by_one_alone(tmp_path: Path) -> None:
    with lock_folder(tmp_path) as first, lock_folder(tmp_path, patience=0) as second:
        assert (first, second) == (True, False)
    with lock_folder(tmp_path, patience=0) as third:
        assert third


def transaction(tmp_path: Path) -> SaveTransaction:
    files = []
    for name in ("a.json", "b.json", "c.json"):
        (tmp_path / name).write_text("old")
        files.append(PendingSave(tmp_path / name, b"new", b"old"))
    return SaveTransaction(files)


def contents(tmp_path: Path) -> list[str]:
    return [(tmp_path / name).read_text() for name in ("a.json", "b.json", "c.json")]


@pytest.mark.parametrize("way", WAYS)
def test_several_files_are_saved_all_or_none_or_it_is_said_which(
    tmp_path: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    way(monkeypatch)
    for n in range(1, 200):
        save = transaction(tmp_path)
        failure = None
        with fault_at(n, raising(errno.EIO)) as calls:
            try:
                save.run()
            except FileError as error:
                failure = error
        new = [text == "new" for text in contents(tmp_path)]
        assert new == [p in save.written for p in save._files]
        assert not left_over(tmp_path)
        if failure is not None and any(new) and not all(new):
            for name in [p.path.name for p in save.written]:
                assert name in str(failure)
        if way is with_everything and sys.platform == "linux":
            assert len(set(new)) == 1, f"all or none: call {n} was {calls[-1]}"
        if len(calls) < n:
            assert all(new)
            return
    pytest.fail("the save never came to its end")


def test_a_conflict_of_one_file_keeps_all_from_being_written(tmp_path: Path) -> None:
    save = transaction(tmp_path)
    (tmp_path / "c.json").write_text("theirs")
    with pytest.raises(SaveConflict, match=r"c\.json"):
        save.run()
    assert contents(tmp_path) == ["old", "old", "theirs"]
    assert save.written == []


def test_repr_of_a_pending_save_shows_no_content(tmp_path: Path) -> None:
    assert "geheim" not in repr(PendingSave(tmp_path, b"geheim", b"geheim"))
