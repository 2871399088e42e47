"""The new content of a file, complete on disk, before it takes the file's place.

On Linux the file has no name while it is written (O_TMPFILE), so that even a kill or a power
cut leaves nothing behind; it gets a name only for the moment of the exchange.

On Windows it is closed before it is renamed or removed. The tests follow that system's rules on
Linux; NTFS itself is unproven.
"""

import contextlib
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Final

_STALE: Final = re.compile(r"\..+\.loopmail-[0-9a-f]{12}\.tmp", re.DOTALL)
_CREATE: Final = (
    os.O_CREAT
    | os.O_EXCL
    | os.O_WRONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


class OwnerLost(Exception):
    """The file belongs to someone else, and replacing it would take it away from them."""


class TemporaryFile:
    """A file beside `target` with the same mode, owner and extended attributes."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f".{target.name[:80]}.loopmail-{secrets.token_hex(6)}.tmp")
        self._named = False
        self._handle: int | None = None
        self._folder: int | None = None
        self._open()

    def _open(self) -> None:
        if sys.platform == "linux" and os.path.isdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                flags = os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC
                self._folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
                self._handle = os.open(self.path.parent, flags, 0o600)
                return
            self._close()
        self._handle = os.open(self.path, _CREATE, 0o600)
        self._named = True

    @property
    def handle(self) -> int:
        """The open file."""
        assert self._handle is not None
        return self._handle

    def write(self, data: bytes, like: Path | None) -> None:
        """Write everything and force it to the disk; raise OSError, OwnerLost.

        `like` is the file whose mode, owner and attributes are taken over, if there is one.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.handle, rest) :]
        if like is None:
            self._set_mode(0o666 & ~_umask())
        else:
            self._take_over(like)
        os.fsync(self.handle)

    def _take_over(self, like: Path) -> None:
        status = like.stat()
        if sys.platform != "win32":
            own = os.fstat(self.handle)
            if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
                try:
                    os.fchown(self.handle, status.st_uid, status.st_gid)
                except OSError as error:
                    raise OwnerLost from error
        if sys.platform == "linux":  # access lists and the like, as far as the system lets one
            with contextlib.suppress(OSError):
                for name in os.listxattr(like):
                    with contextlib.suppress(OSError):
                        os.setxattr(self.handle, name, os.getxattr(like, name))
        self._set_mode(status.st_mode & 0o7777)

    def _set_mode(self, mode: int) -> None:
        if sys.platform != "win32":
            os.fchmod(self.handle, mode)

    def name(self) -> None:
        """Give the file its name, ready to be renamed; raise OSError."""
        if self._named:
            self._close()  # Windows renames no open file
            return
        # linkat(2) follows /proc/self/fd only when asked to, which os.link does with a dir_fd.
        # The handles stay open until the end, so that the file has its name as briefly as can be.
        source = f"/proc/self/fd/{self.handle}"
        os.link(source, self.path, src_dir_fd=self._folder)
        self._named = True

    def _close(self) -> None:
        handles = (self._handle, self._folder)
        self._handle = self._folder = None
        for handle in handles:
            if handle is not None:
                os.close(handle)

    def discard(self) -> None:
        """Close the file and remove it if it has a name; never raises."""
        self._unlink()  # first, so that a kill here leaves as little as can be
        with contextlib.suppress(OSError):
            self._close()
        self._unlink()  # Windows removes no open file

    def _unlink(self) -> None:
        if self._named:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
                self._named = False


def _umask() -> int:
    """Return the process's umask, without changing it where that is possible."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def remove_stale(folder: Path) -> None:
    """Remove what a killed loopmail left in a folder; call it with the folder's lock held."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if _STALE.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
