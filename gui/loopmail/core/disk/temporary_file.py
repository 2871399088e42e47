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
import stat
import sys
from collections.abc import Collection
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
    """Replacing the file would take it away from its owner or group; half a sentence says so."""


class TemporaryFile:
    """A file beside `target` with the same mode, owner and extended attributes."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f".{target.name[:80]}.loopmail-{secrets.token_hex(6)}.tmp")
        self.mode = 0o600  # of the file once it is in its place
        self.note = ""  # half a sentence on what of the owner could not be kept
        self._named = False
        self._handle: int | None = None
        self._folder: int | None = None
        self._open()

    @classmethod
    def left_behind(cls, path: Path, mode: int) -> "TemporaryFile":
        """Return the complete file of a killed save."""
        made = cls.__new__(cls)
        made.path, made.mode, made.note = path, mode, ""
        made._named, made._handle, made._folder = True, None, None
        return made

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

        `like` is the file whose mode, owner and attributes are taken over, if there is one. The mode
        stays 0600 until the file is about to take its place (`open_up`).
        """
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.handle, rest) :]
        if like is None:
            self.mode = 0o666 & ~_umask()
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
                    self.note = _without_its_owner(like, status, own, error)
        if sys.platform == "linux":  # access lists and the like, as far as the system lets one
            with contextlib.suppress(OSError):
                for name in os.listxattr(like):
                    with contextlib.suppress(OSError):
                        os.setxattr(self.handle, name, os.getxattr(like, name))
        self.mode = status.st_mode & 0o7777
        if sys.platform != "win32":
            os.fchmod(self.handle, 0o600)  # an access list may have opened it

    def open_up(self) -> None:
        """Give the file the mode that it has in its place; raise OSError."""
        if sys.platform == "win32":
            return
        if self._handle is None:
            os.chmod(self.path, self.mode)
        else:
            os.fchmod(self._handle, self.mode)

    def name(self) -> None:
        """Give the file its name, ready to be renamed; raise OSError."""
        if self._named:
            if sys.platform == "win32":
                self._close()  # it renames no open file
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


def _without_its_owner(path: Path, old: os.stat_result, new: os.stat_result, cause: OSError) -> str:
    """Return what saving changes if that changes nobody's access, else raise OwnerLost."""
    if old.st_uid != new.st_uid:
        raise OwnerLost(
            f"it belongs to another user ({user_name(old.st_uid)}), and saving would take it away "
            "from them"
        ) from cause
    group, own = _group_name(old.st_gid), _group_name(new.st_gid)
    mode = old.st_mode
    same_as_others = (mode >> 3) & 0o7 == mode & 0o7 and not mode & stat.S_ISGID
    if not same_as_others or _has_access_list(path):
        raise OwnerLost(
            f"it belongs to the group {group}, which you may not give a file, and as a file of "
            f"{own} its members would have other rights to it"
        ) from cause
    return (
        f"it now belongs to the group {own}, no longer to {group}, which you may not give a file; "
        "who may read and write it is as before"
    )


def _has_access_list(path: Path) -> bool:
    try:
        return "system.posix_acl_access" in os.listxattr(path)
    except (OSError, AttributeError):  # none on this file system, or on this system
        return False


def user_name(number: int) -> str:
    """Return a user's name, else the number."""
    with contextlib.suppress(ImportError, KeyError):
        import pwd  # not on Windows

        return pwd.getpwuid(number).pw_name
    return str(number)


def _group_name(number: int) -> str:
    with contextlib.suppress(ImportError, KeyError):
        import grp

        return grp.getgrgid(number).gr_name
    return str(number)


def _umask() -> int:
    """Return the process's umask, without changing it where that is possible."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def remove_stale(
    folder: Path, needed: frozenset[str] = frozenset(), names: Collection[str] | None = None
) -> None:
    """Remove what a killed loopmail left in a folder; call it with the folder's lock held.

    `needed` are paths that stay: an interrupted save is to be finished with them. With `names` only
    what was made for files of these names goes.
    """
    of_names = None if names is None else tuple(f".{name[:80]}.loopmail-" for name in names)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            stale = _STALE.fullmatch(entry.name) and entry.path not in needed
            if of_names is not None and not entry.name.startswith(of_names):
                continue
            if stale and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
