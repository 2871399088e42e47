"""Telling a running loopmail from one that was killed: a lock that ends with its process."""

import contextlib
import os
import secrets
import sys
from pathlib import Path

from loopmail.core.state_file import make_private_folder

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
