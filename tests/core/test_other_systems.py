"""What is different on Windows and macOS, as far as their rules can be followed here."""

import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from loopmail.core.disk import locks as session_lock
from loopmail.core.disk.locks import is_running, lock_folder, own_session, sync_folder
from loopmail.core.disk.saving import rename_new
from loopmail.core.errors import FileUnwritable
from loopmail.core.secrets import store as secrets
from loopmail.display import has_display
from save_child import NEW, OLD
from save_faults import left_over
from save_ways import as_on_windows, edited

if sys.platform != "linux":
    pytest.skip("the other systems are simulated on Linux", allow_module_level=True)

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_a_window_can_always_be_opened_there(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SCREENS:
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    monkeypatch.setattr(sys, "platform", platform)
    assert has_display()


@pytest.mark.parametrize("name", SCREENS)
def test_on_linux_any_of_three_variables_is_a_display(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in SCREENS:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "x")
    assert has_display()


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        ("keyring.backends.Windows.WinVaultKeyring", "Windows Credential Locker"),
        ("keyring.backends.macOS.Keyring", "macOS Keychain"),
        ("keyring.backends.kwallet.DBusKeyring", "KWallet"),
        ("keyring.backends.libsecret.Keyring", "Secret Service"),
    ],
)
def test_each_systems_keyring_has_the_name_people_know(backend: str, name: str) -> None:
    """By the classes of keyring itself, which load everywhere, though they work on one system."""
    module, _, kind = backend.rpartition(".")
    assert secrets._name(getattr(import_module(module), kind)()) == name


@contextmanager
def open_elsewhere(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program has the file open without sharing it, as an editor or a virus scanner."""
    with path.open("rb"):
        yield
    monkeypatch.undo()


def test_a_file_that_another_program_keeps_open_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "datasources.json"
    path.write_text(OLD)
    document = edited(path)
    as_on_windows(monkeypatch)
    with (
        open_elsewhere(path, monkeypatch),
        pytest.raises(FileUnwritable, match=r"^datasources\.json was not saved"),
    ):
        document.save()
    assert path.read_text() == OLD
    assert document.text == NEW, "the edits are still there"
    assert document.modified
    assert not left_over(tmp_path)
    document.save()
    assert path.read_text() == NEW


def test_a_new_name_must_be_free_there_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target, taken = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    source.write_text("new")
    taken.write_text("another program's")
    as_on_windows(monkeypatch)
    with pytest.raises(FileExistsError):
        rename_new(source, taken)
    rename_new(source, target)
    assert (target.read_text(), taken.read_text()) == ("new", "another program's")
    assert not source.exists()


def test_folders_have_no_locks_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    sync_folder(tmp_path / "nothing is opened")
    with lock_folder(tmp_path) as first:
        assert not first


class Msvcrt(ModuleType):
    """Of Python's module for Windows what the session's lock needs, with POSIX's own lock."""

    LK_NBLCK = 2

    @staticmethod
    def locking(handle: int, mode: int, count: int) -> None:
        """Lock bytes at the handle's position or raise OSError (EACCES) at once."""
        assert (mode, count) == (Msvcrt.LK_NBLCK, 1)
        assert os.lseek(handle, 0, os.SEEK_CUR) == 0
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PermissionError(errno.EACCES, "Permission denied") from error


def test_a_session_is_told_from_one_that_was_killed_with_windows_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt("msvcrt"))
    as_on_windows(monkeypatch)
    folder = tmp_path / "state"
    name = own_session(folder)
    assert is_running(folder, name)
    held = session_lock._held.pop(folder)
    assert is_running(folder, name), "another process asks"
    os.close(held[1])
    assert not is_running(folder, name)
    assert list(folder.iterdir()) == [], "the lock of a dead session is removed"
    assert not is_running(folder, "never-there")
