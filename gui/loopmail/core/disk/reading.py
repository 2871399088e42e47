"""Reading files without blocking, noticing whether they changed, and saying what went wrong."""

import contextlib
import errno
import json
import os
import stat
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from loopmail.core.errors import FileUnreadable, FileUnwritable
from loopmail.core.js import UNDEFINED, Json, Undefined

# --- What the operating system refused, in words --------------------------------------

_READING: Final = {
    errno.ENOENT: "{path} does not exist.",
    errno.EACCES: "You have no permission to read {path}.",
    errno.EPERM: "You have no permission to read {path}.",
    errno.EISDIR: "{path} is a folder, not a file.",
    errno.ENOTDIR: "{path} does not exist: a part of its path is no folder.",
    errno.ELOOP: "{path} is a symbolic link that leads in a circle.",
    errno.EIO: "The disk reported an error while {path} was read.",
    errno.ENXIO: "{path} is no regular file.",
    errno.EFBIG: "{path} is too large: loopmail reads up to {limit} MB.",
    errno.ESTALE: "{path} is on a network drive that has gone away.",
}
_WRITING: Final = {
    errno.ENOSPC: "{name} was not saved: there is no space left on the disk.",
    errno.EDQUOT: "{name} was not saved: your disk quota is used up.",
    errno.EFBIG: "{name} was not saved: it would be larger than the system allows.",
    errno.EACCES: "{name} was not saved: you have no permission to write in {folder}.",
    errno.EPERM: "{name} was not saved: the system does not permit writing in {folder}.",
    errno.EROFS: "{name} was not saved: {folder} is on a read-only file system.",
    errno.EIO: "{name} was not saved: the disk reported an error.",
    errno.ENOENT: "{name} was not saved: the folder {folder} is gone.",
    errno.ENOTDIR: "{name} was not saved: {folder} is no folder any more.",
    errno.EISDIR: "{name} was not saved: a folder of this name has taken its place.",
    errno.ELOOP: "{name} was not saved: it is a symbolic link that leads in a circle.",
    errno.ENAMETOOLONG: "{name} was not saved: its name is too long for this file system.",
    errno.ESTALE: "{name} was not saved: its network drive has gone away.",
    errno.ETXTBSY: "{name} was not saved: another program uses it.",
    errno.EBUSY: "{name} was not saved: another program uses it.",
    errno.EMFILE: "{name} was not saved: the program has too many files open.",
}


def unreadable(path: Path, error: OSError) -> FileUnreadable:
    """Make the error for a file that cannot be read."""
    other = "{path} cannot be read: " + (error.strerror or "unknown error") + "."
    return FileUnreadable(
        path, _READING.get(error.errno or 0, other).format(path=path, limit=MAX_SIZE >> 20)
    )


def unwritable(path: Path, error: OSError) -> FileUnwritable:
    """Make the error for a file that cannot be written; nothing of it has been written."""
    other = "{name} was not saved: " + (error.strerror or "unknown error") + "."
    text = _WRITING.get(error.errno or 0, other)
    return FileUnwritable(path, text.format(name=path.name, folder=path.parent))


def is_missing(path: Path) -> bool:
    """Tell whether there is no file of this name, for certain: what cannot be looked at may exist."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


# --- Reading a file and noticing whether it changed -----------------------------------

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
    try:
        return _read_regular(path, MAX_SIZE)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise FileUnreadable(path, "A file name cannot contain a NUL character.") from error


def _read_regular(path: Path, limit: int) -> FileState:
    """Read a regular file; raise ValueError, OSError (EFBIG for one of more than `limit` bytes)."""
    now = time.time_ns()
    _refuse_others(path.stat().st_mode)  # opening a device may already do something
    handle = os.open(path, _OPEN_FLAGS)
    try:
        status = os.fstat(handle)
        _refuse_others(status.st_mode)
        chunks: list[bytes] = []
        left = limit
        while chunk := os.read(handle, 1 << 20):
            chunks.append(chunk)
            left -= len(chunk)
            if left < 0 or status.st_size > limit:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    finally:
        with contextlib.suppress(OSError):  # what was read is complete
            os.close(handle)
    return FileState(b"".join(chunks), identity_of(status), now)


def _refuse_others(mode: int) -> None:
    if not stat.S_ISREG(mode):
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO
        raise OSError(number, os.strerror(number))


# --- Small files around an app --------------------------------------------------------

MEGABYTE = 1024 * 1024
FOLDER_LIMIT = 50_000  # entries of one folder that are looked at


def read_text(path: Path, limit: int = MEGABYTE) -> tuple[str | None, str | None]:
    """Return a regular file's text and None, or None and what is wrong as half a sentence.

    Neither half is set for a file that does not exist. `limit` counts bytes.
    """
    try:
        data = _read_regular(path, limit).data
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        if number == errno.EFBIG:
            return None, f"is larger than {limit // MEGABYTE} MB"
        if number in (errno.ENXIO, errno.EISDIR):
            return None, "is no regular file"
        return None, f"cannot be read: {reason(error)}"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return None, "is not UTF-8 text"


def read_json(path: Path, limit: int = MEGABYTE) -> tuple[Json | Undefined, str | None]:
    """Return a JSON file's value and None, or UNDEFINED and what is wrong (None: not there)."""
    text, problem = read_text(path, limit)
    if text is None:
        return UNDEFINED, problem
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return UNDEFINED, f"is not valid JSON (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):
        return UNDEFINED, "is not JSON that can be read"


def file_names(folder: Path) -> tuple[list[str], str | None]:
    """Return the sorted names in a folder, and what is wrong as half a sentence, or None."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, FOLDER_LIMIT + 1)]
    except (FileNotFoundError, NotADirectoryError):
        return [], None
    except (OSError, ValueError) as error:
        return [], f"cannot be read: {reason(error)}"
    if len(names) > FOLDER_LIMIT:
        names.pop()
        return sorted(names), f"holds more than {FOLDER_LIMIT:,} entries; the others are not seen"
    return sorted(names), None


def reason(error: Exception) -> str:
    """Return the system's words for an error, without the path."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def shown(path: Path | str) -> str:
    """Return a path as it can stand in a sentence, whatever characters it has."""
    text = str(path)
    return text if text.isprintable() else ascii(text)
