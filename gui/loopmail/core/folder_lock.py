"""One loopmail at a time saves in a folder."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PATIENCE: Final = 2.0  # seconds; a save takes milliseconds
_PAUSE: Final = 0.01


@contextlib.contextmanager
def lock_folder(folder: Path, patience: float = _PATIENCE) -> Iterator[bool]:
    """Hold the folder's advisory lock; the value tells whether it was got.

    The lock is flock(2) on the folder itself: it leaves no file behind and ends with the
    process. Where there is none (Windows, some network drives) or another program keeps it
    longer than `patience` seconds, the save goes on without it: the exchange of names still
    notices what another program wrote. Raise OSError if the folder cannot be opened.
    """
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:  # one may write in a folder that one may not list
        yield False
        return
    try:
        deadline = time.monotonic() + patience
        locked = False
        while not locked:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked = True
            except OSError as error:
                busy = error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR)
                if not busy or time.monotonic() > deadline:
                    break
                time.sleep(_PAUSE)
        yield locked
    finally:
        with contextlib.suppress(OSError):  # the handle is gone in any case
            os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut; raise OSError if the disk fails."""
    if sys.platform == "win32":
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            raise
    finally:
        with contextlib.suppress(OSError):  # the handle is gone in any case
            os.close(handle)
