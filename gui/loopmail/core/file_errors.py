"""What the operating system refused, as a sentence for the user."""

import errno
from pathlib import Path
from typing import Final

from loopmail.core.errors import FileUnreadable, FileUnwritable

_READING: Final = {
    errno.ENOENT: "{path} does not exist.",
    errno.EACCES: "You have no permission to read {path}.",
    errno.EPERM: "You have no permission to read {path}.",
    errno.EISDIR: "{path} is a folder, not a file.",
    errno.ENOTDIR: "{path} does not exist: a part of its path is no folder.",
    errno.ELOOP: "{path} is a symbolic link that leads in a circle.",
    errno.EIO: "The disk reported an error while {path} was read.",
    errno.ENXIO: "{path} is no regular file.",
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
    return FileUnreadable(path, _READING.get(error.errno or 0, other).format(path=path))


def unwritable(path: Path, error: OSError) -> FileUnwritable:
    """Make the error for a file that cannot be written; nothing of it has been written."""
    other = "{name} was not saved: " + (error.strerror or "unknown error") + "."
    text = _WRITING.get(error.errno or 0, other)
    return FileUnwritable(path, text.format(name=path.name, folder=path.parent))
