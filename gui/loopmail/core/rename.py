"""Renaming that cannot lose what another program has just written.

Linux can exchange two names in one step (renameat2 with RENAME_EXCHANGE), so that the file that
was replaced can be looked at afterwards and put back. Elsewhere `exchange` says that it cannot.
"""

import contextlib
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1
_RENAME_EXCHANGE: Final = 2
# A C library without the call, a kernel without it, a file system that cannot.
_UNSUPPORTED: Final = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)


@cache
def _renameat2() -> Any | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    function.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )
    return function


def _call(source: Path, target: Path, flags: int) -> bool:
    """Call renameat2; return False where it is not supported."""
    function = _renameat2()
    if function is None:
        return False
    import ctypes

    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))


def exchange(one: Path, other: Path) -> bool:
    """Exchange two files in one step; return False if the system cannot; raise OSError."""
    return _call(one, other, _RENAME_EXCHANGE)


def rename_new(source: Path, target: Path) -> None:
    """Rename to a name that must be free; raise FileExistsError, OSError."""
    if _call(source, target, _RENAME_NOREPLACE):
        return
    if sys.platform == "win32":
        os.rename(source, target)  # fails there if the target exists
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: the check just before is the best there is.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.replace(source, target)
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(source)
