"""Reading a file without waiting, and knowing it again."""

import contextlib
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from loopmail.core.errors import FileUnreadable
from loopmail.core.file_errors import unreadable

# Bytes. Real files have a few thousand; beyond this the window could not follow each letter.
MAX_SIZE: Final = 8 * 1024 * 1024
_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not make the program wait
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
# A change within the clock's tick of the file system may leave the time stamp as it was.
_STAMP_TRUST_NS: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FileState:
    """A file's content at one moment, with what tells cheaply whether it is still the same."""

    data: bytes = field(repr=False)
    identity: tuple[int, int, int, int]  # device, inode, size, modification time in ns
    read_at: int  # ns since the epoch

    def surely_unchanged(self, path: Path) -> bool:
        """Tell whether the time stamp proves that the file has not changed; no proof is False."""
        try:
            status = path.stat()
        except OSError:
            return False
        return (
            identity_of(status) == self.identity
            and stat.S_ISREG(status.st_mode)
            and status.st_mtime_ns < self.read_at - _STAMP_TRUST_NS
        )


def identity_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """Return device, inode, size and modification time of a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def read_file(path: Path) -> FileState:
    """Read a regular file of at most 8 MB; raise FileUnreadable. Never waits for a FIFO."""
    now = time.time_ns()
    try:
        _refuse_others(path, path.stat().st_mode)  # opening a device may already do something
        handle = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise FileUnreadable(path, "A file name cannot contain a NUL character.") from error
    try:
        return _read(handle, path, now)
    except OSError as error:
        raise unreadable(path, error) from error
    finally:
        with contextlib.suppress(OSError):  # what was read is complete
            os.close(handle)


def _read(handle: int, path: Path, now: int) -> FileState:
    status = os.fstat(handle)
    _refuse_others(path, status.st_mode)
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(handle, 1 << 20):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_SIZE or status.st_size > MAX_SIZE:
            limit = MAX_SIZE // 1024 // 1024
            raise FileUnreadable(path, f"{path} is too large: loopmail reads up to {limit} MB.")
    return FileState(b"".join(chunks), identity_of(status), now)


def _refuse_others(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise FileUnreadable(path, f"{path} is a folder, not a file.")
    if not stat.S_ISREG(mode):
        raise FileUnreadable(path, f"{path} is no regular file.")
