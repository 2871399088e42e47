"""Saving files so that each is wholly old or wholly new, and no other program's work is lost.

1. Every new content is written to a temporary file in the target's folder, with the target's
   mode, owner and attributes, and forced to the disk. Nothing has changed so far.
2. With the folders locked against other loopmails, every target is read again: one that is not
   what it was expected to be is a SaveConflict.
3. The names are exchanged (see `exchange`), and what came out is compared once more: a change by
   another program between check and exchange is put back. If a later file fails, or what belongs
   to the save and is done after the files (`then`), the earlier ones are exchanged back.
4. The old contents are removed and the folders forced to the disk.

A symbolic link stays and its target is replaced. Of a file with several hard links only the
name that was opened gets the new content: writing in place would keep them together, but could
leave a half-written file behind.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from loopmail.core.disk.locks import lock_folder, sync_folder
from loopmail.core.disk.reading import read_file, unwritable
from loopmail.core.disk.temporary_file import OwnerLost, TemporaryFile, remove_stale
from loopmail.core.errors import FileError, FileUnreadable, FileUnwritable, SaveConflict

# --- Renaming that cannot lose what another program has just written ------------------
# Linux can exchange two names in one step (renameat2 with RENAME_EXCHANGE), so that the file that
# was replaced can be looked at afterwards and put back. Elsewhere `exchange` says that it cannot.

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
    number, name = ctypes.c_int, ctypes.c_char_p
    function.argtypes = (number, name, number, name, ctypes.c_uint)
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


# --- Saving ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PendingSave:
    """What a file is to contain, and what it should contain now (None: it should not exist)."""

    path: Path
    data: bytes = field(repr=False)
    expected: bytes | None = field(repr=False)
    overwrite: bool = False  # whatever it contains now


@dataclass(slots=True)
class _Step:
    pending: PendingSave
    target: Path  # with symbolic links followed
    temporary: TemporaryFile
    exchanged: bool = False  # the temporary file has the old content now


class SaveTransaction:
    """Saves several files, all or none where the system can; `written` names what was written."""

    def __init__(self, files: Sequence[PendingSave]) -> None:
        self._files = files
        self._steps: list[_Step] = []
        self.written: list[PendingSave] = []

    def run(self, then: Callable[[], None] | None = None) -> None:
        """Save; raise SaveConflict or FileUnwritable, whose text says what was written.

        `then` is called when every file is in its place and its old content still at hand: if it
        raises, the files are taken back.
        """
        targets = [Path(os.path.realpath(pending.path)) for pending in self._files]
        folders = {t.parent: p.path for p, t in zip(self._files, targets, strict=True)}
        try:
            with contextlib.ExitStack() as locks:
                for folder in sorted(folders):  # always in one order: no two wait for each other
                    with _sentences(folders[folder]):
                        if locks.enter_context(lock_folder(folder)):
                            remove_stale(folder)
                for pending, target in zip(self._files, targets, strict=True):
                    self._prepare(pending, target)
                for step in self._steps:
                    _check(step)
                for step in self._steps:
                    self._commit(step)
                if then is not None:
                    self._go_on(then)
                self._finish(sorted(folders))
        finally:
            for step in self._steps:
                step.temporary.discard()

    def _prepare(self, pending: PendingSave, target: Path) -> None:
        with _sentences(pending.path):
            exists = target.exists()
            if exists and not target.is_file():
                text = "something that is no regular file has taken its place"
                raise FileUnwritable(pending.path, f"{pending.path.name} was not saved: {text}.")
            if exists and not os.access(target, os.W_OK):
                raise FileUnwritable(
                    pending.path, f"{pending.path.name} was not saved: it is write-protected."
                )
            temporary = TemporaryFile(target)
            self._steps.append(_Step(pending, target, temporary))
            temporary.write(pending.data, target if exists else None)

    def _commit(self, step: _Step) -> None:
        """Put one file in its place; if that fails, take the earlier ones back."""
        try:
            with _sentences(step.pending.path):
                step.temporary.name()
                _put_in_place(step)
                self.written.append(step.pending)
        except FileError as error:
            self._take_back(error)
            raise

    def _go_on(self, then: Callable[[], None]) -> None:
        try:
            then()
        except BaseException as error:
            self._take_back(error)
            raise

    def _take_back(self, error: BaseException) -> None:
        """Take back what is written; `error` then says what could not be."""
        for step in self._steps:
            if step.pending in self.written and _undo(step):
                self.written.remove(step.pending)
        if self.written:
            names = ", ".join(pending.path.name for pending in self.written)
            error.args = (f"{error} These files were saved before that: {names}.",)

    def _finish(self, folders: Sequence[Path]) -> None:
        for step in self._steps:
            step.temporary.discard()
        for folder in folders:
            try:
                sync_folder(folder)
            except OSError as error:
                path = self._files[0].path
                text = f"The files were written, but the disk reported an error in {folder}: check"
                raise FileUnwritable(path, f"{text} that they are what you expect.") from error


def tidy_folder(folder: Path) -> None:
    """Remove temporary files that a killed loopmail left behind; never waits, never raises."""
    with contextlib.suppress(OSError), lock_folder(folder, patience=0) as locked:
        if locked:
            remove_stale(folder)


@contextlib.contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except OwnerLost as error:
        text = "it belongs to another user, and saving would take it away from them"
        raise FileUnwritable(path, f"{path.name} was not saved: {text}.") from error
    except OSError as error:
        raise unwritable(path, error) from error


def _check(step: _Step) -> None:
    pending = step.pending
    if pending.overwrite:
        return
    now = None
    try:
        now = read_file(step.target).data
    except FileUnreadable as error:
        if os.path.lexists(step.target):
            text = f"{pending.path.name} was not saved: {error}"
            raise SaveConflict(pending.path, text) from error
    if Path(os.path.realpath(pending.path)) != step.target or now != pending.expected:
        raise _conflict(pending)


def _conflict(pending: PendingSave) -> SaveConflict:
    name = pending.path.name
    if pending.expected is None:
        what = "another program has created it in the meantime"
    elif not os.path.lexists(pending.path):
        what = "it has been deleted since it was read"
    else:
        what = "another program has changed it since it was read"
    return SaveConflict(pending.path, f"{name} was not saved: {what}.")


def _put_in_place(step: _Step) -> None:
    """Give the temporary file the target's name; raise OSError, SaveConflict."""
    temporary, target, pending = step.temporary.path, step.target, step.pending
    try:
        if not pending.overwrite and pending.expected is None:
            rename_new(temporary, target)
            return
        step.exchanged = os.path.lexists(target) and exchange(temporary, target)
    except (FileExistsError, FileNotFoundError):
        if pending.overwrite or not os.path.lexists(temporary):
            raise
        raise _conflict(pending) from None
    if not step.exchanged:
        if not pending.overwrite and not os.path.lexists(target):
            raise _conflict(pending)
        os.replace(temporary, target)
    elif not pending.overwrite and not _holds(temporary, pending.expected):
        _put_back(step)
        raise _conflict(pending)


def _holds(path: Path, data: bytes | None) -> bool:
    try:
        return read_file(path).data == data
    except FileUnreadable:
        return False


def _undo(step: _Step) -> bool:
    """Bring the old content back if nobody has touched the new one; tell whether it is back."""
    try:
        if step.exchanged:
            _put_back(step)
            return True
        if step.pending.expected is None and _holds(step.target, step.pending.data):
            os.unlink(step.target)
            return True
    except (OSError, SaveConflict):
        pass
    return False


def _put_back(step: _Step) -> None:
    """Undo an exchange, because it brought out another program's work or a later file failed."""
    temporary, target = step.temporary.path, step.target
    exchange(temporary, target)
    step.exchanged = False
    if not _holds(temporary, step.pending.data):
        # A third version came in between. What we took out may be the only copy of it: keep it.
        kept = target.with_name(f"{target.name}.conflict-{temporary.name[-16:-4]}")
        os.rename(temporary, kept)
        name = step.pending.path.name
        text = f"{name} was not saved: other programs are changing it. See also {kept.name}."
        raise SaveConflict(step.pending.path, text)
