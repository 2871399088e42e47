import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loopmail.core import atomic_save, rename
from loopmail.core.atomic_save import PendingSave, SaveTransaction
from loopmail.core.document import Document
from loopmail.core.errors import FileError, FileUnwritable, SaveConflict
from loopmail.core.folder_lock import lock_folder
from loopmail.core.jsontext import set_value
from save_child import NEW, OLD
from save_faults import fault_at, left_over, raising

TESTS = Path(__file__).parents[1]
ERRNOS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EDQUOT, errno.EROFS]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "datasources.json"
    path.write_text(OLD)
    return path


def edited(path: Path, value: int = 1) -> Document:
    document = Document.load(path)
    document.apply(set_value(document.text, "/n", value))
    return document


def without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rename, "_renameat2", lambda: None)


def without_unnamed_files(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.path.isdir
    monkeypatch.setattr(os.path, "isdir", lambda p: False if p == "/proc/self/fd" else real(p))


def with_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch


WAYS = [with_everything, without_exchange, without_unnamed_files]
Way = Callable[[pytest.MonkeyPatch], None]


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


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o4755])
def test_the_mode_is_kept(path: Path, mode: int) -> None:
    path.chmod(mode)
    edited(path).save()
    assert stat.S_IMODE(path.stat().st_mode) == mode


@linux_only
@pytest.mark.parametrize("way", WAYS)
def test_the_temporary_file_is_readable_by_the_owner_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    way(monkeypatch)
    modes = []
    real = os.write

    def write(handle: int, data: bytes) -> int:
        modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return real(handle, data)

    monkeypatch.setattr(os, "write", write)
    edited(path).save()
    assert modes == [0o600]


@linux_only
def test_a_new_file_gets_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Document.new(tmp_path / "datasources.json").save()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "datasources.json").stat().st_mode) == 0o640


@linux_only
@pytest.mark.skipif(os.name != "nt" and os.geteuid() != 0, reason="needs root")
def test_the_owner_is_kept(path: Path) -> None:
    os.chown(path, 1234, 2345)
    edited(path).save()
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (1234, 2345)


@linux_only
def test_a_file_whose_owner_cannot_be_kept_is_not_taken_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(errno.EPERM, "not permitted")

    real = os.fstat

    def foreign(handle: int) -> os.stat_result:
        status = list(real(handle))
        status[stat.ST_UID] += 1
        return os.stat_result(status)

    document = edited(path)
    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fstat", foreign)
    with pytest.raises(FileUnwritable, match="belongs to another user"):
        document.save()
    monkeypatch.undo()
    assert path.read_text() == OLD
    assert not left_over(path.parent)


@linux_only
def test_extended_attributes_are_kept(path: Path) -> None:
    try:
        os.setxattr(path, "user.loopmail", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    edited(path).save()
    assert os.getxattr(path, "user.loopmail") == b"kept"


def test_a_symbolic_link_stays_and_its_target_is_written(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "datasources.json"
    link.symlink_to("../datasources.json")
    edited(link).save()
    assert link.is_symlink()
    assert path.read_text() == NEW
    assert os.listdir(elsewhere) == ["datasources.json"]
    assert not left_over(tmp_path)


def test_a_file_that_became_a_link_with_other_content_is_a_conflict(
    path: Path, tmp_path: Path
) -> None:
    document = edited(path)
    other = tmp_path / "other.json"
    other.write_text("other")
    path.unlink()
    path.symlink_to(other)
    with pytest.raises(SaveConflict):
        document.save()
    assert other.read_text() == "other"


def test_another_hard_link_keeps_the_old_content(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.hardlink_to(path)
    edited(path).save()
    assert (path.read_text(), other.read_text()) == (NEW, OLD)


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
