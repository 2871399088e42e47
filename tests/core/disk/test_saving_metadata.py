"""What belongs to a file beside its content stays: mode, owner, attributes, links."""

import errno
import os
import stat
from pathlib import Path

import pytest

from loopmail.core.app.document import Document
from loopmail.core.errors import FileUnwritable, SaveConflict
from save_child import NEW, OLD
from save_faults import left_over
from save_ways import WAYS, Way, edited, linux_only


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "datasources.json"
    path.write_text(OLD)
    return path


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
