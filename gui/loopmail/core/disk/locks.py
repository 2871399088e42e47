"""Locks: one loopmail at a time saves in a folder, and a running one is known from a killed one."""

import contextlib
import errno
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from loopmail.core.disk.private_files import make_private_folder

_PATIENCE: Final = 2.0  # seconds; a save takes milliseconds
_PAUSE: Final = 0.01


@contextlib.contextmanager
def lock_folder(folder: Path, patience: float = _PATIENCE) -> Iterator[bool]:
    """Hold the folder's advisory lock; the value says whether it was acquired.

    The lock is flock(2) on the folder itself: it leaves no file behind and ends with the
    process. Where there is none (Windows, some network drives) or another program keeps it
    longer than `patience` seconds, the save goes on without it: the exchange of names still
    notices what another program wrote. Raise OSError if the folder cannot be opened.
    """
    with _opened(folder) as handle:
        yield handle is not None and _wait_for_lock(handle, time.monotonic() + patience)


def _wait_for_lock(handle: int, deadline: float) -> bool:
    while True:
        try:
            _lock(handle)
            return True
        except OSError as error:
            busy = error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR)
            if not busy or time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut; raise OSError if the disk fails."""
    with _opened(folder) as handle:
        if handle is None:
            return
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
                raise


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """Open a folder; None where that is not possible: on Windows, or one that may not be listed."""
    if sys.platform == "win32":
        yield None
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        yield None
        return
    try:
        yield handle
    finally:
        with contextlib.suppress(OSError):  # the handle is gone in any case
            os.close(handle)


# --- Telling a running loopmail from one that was killed ------------------------------

_held: dict[Path, tuple[str, int]] = {}


def own_session(folder: Path) -> str:
    """Return this process's name, its lock held until the process ends; raise OSError.

    The name is new for each process; the lock is a file in `folder`, opened and never closed.
    """
    if folder not in _held:
        make_private_folder(folder)
        name = secrets.token_hex(6)
        handle = os.open(_lock_file(folder, name), os.O_CREAT | os.O_RDWR, 0o600)
        _lock(handle)
        _held[folder] = (name, handle)
    return _held[folder][0]


def is_running(folder: Path, name: str) -> bool:
    """Tell whether the process that calls itself so still runs; may leave no lock behind."""
    if folder in _held and _held[folder][0] == name:
        return True
    path = _lock_file(folder, name)
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    with contextlib.suppress(OSError):
        os.unlink(path)
    return False


def _lock_file(folder: Path, name: str) -> Path:
    return folder / f"session-{name}.lock"


def _lock(handle: int) -> None:
    """Lock the file or raise OSError; the system takes the lock back when the process ends.

    Windows' lock is unproven: the tests know a double of msvcrt alone.
    """
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
