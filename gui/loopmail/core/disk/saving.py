"""Saving files so that each is wholly old or wholly new, and no other program's work is lost.

1. Every new content is written to a temporary file in the target's folder, with the target's
   mode, owner and attributes, and forced to the disk. Nothing has changed so far.
2. With the folders locked against other loopmails, every target is read again: one that is not
   what it was expected to be is a SaveConflict.
3. The names are exchanged (see `exchange`), and what came out is compared once more: a change by
   another program between check and exchange is put back. If a later file fails, or what belongs
   to the save and is done after the files (`then`), the earlier ones are exchanged back.
4. The old contents are removed and the folders forced to the disk.

Of several files the new contents get their names before the first exchange, and a note says which
belong together, so that a kill between two exchanges leaves nothing half (see `interrupted`).

A symbolic link stays and its target is replaced; one that leads out of the app's folder only if
somebody has agreed to it (LeavesApp). Of a file with several hard links only the
name that was opened gets the new content: writing in place would keep them together, but could
leave a half-written file behind.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from loopmail.core.disk.interrupted import (
    FoundFile,
    NotedFile,
    SaveNote,
    digest_of,
    interrupted_saves,
    waiting_files,
    write_note,
)
from loopmail.core.disk.locks import lock_folder, sync_folder
from loopmail.core.disk.reading import is_missing, read_file, unwritable
from loopmail.core.disk.temporary_file import (
    OwnerLost,
    TemporaryFile,
    remove_stale,
    user_name,
)
from loopmail.core.errors import (
    FileError,
    FileUnreadable,
    FileUnwritable,
    LeavesApp,
    SaveConflict,
)

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
    home: Path | None = None  # the folder that links must not lead out of; None: anywhere


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
        self._note: SaveNote | None = None
        self.written: list[PendingSave] = []

    def run(self, then: Callable[[], None] | None = None) -> None:
        """Save; raise SaveConflict or FileUnwritable, whose text says what was written.

        `then` is called when every file is in its place and its old content still at hand: if it
        raises, the files are taken back.
        """
        targets = [Path(os.path.realpath(pending.path)) for pending in self._files]
        folders = {t.parent: p.path for p, t in zip(self._files, targets, strict=True)}
        for pending, target in zip(self._files, targets, strict=True):
            _refuse_to_leave(pending, target)
        try:
            with contextlib.ExitStack() as locks:
                for folder in sorted(folders):  # always in one order: no two wait for each other
                    with _sentences(folders[folder]):
                        if locks.enter_context(lock_folder(folder)):
                            remove_stale(folder, waiting_files())
                for pending, target in zip(self._files, targets, strict=True):
                    self._prepare(pending, target)
                for step in self._steps:
                    _check(step)
                if len(self._steps) > 1:
                    self._write_note(sorted(folders))
                for step in self._steps:
                    self._commit(step)
                if then is not None:
                    self._go_on(then)
                self._finish(sorted(folders))
        finally:
            for step in self._steps:
                step.temporary.discard()
            if self._note is not None:
                self._note.remove()

    def _prepare(self, pending: PendingSave, target: Path) -> None:
        with _sentences(pending.path):
            status = None
            with contextlib.suppress(FileNotFoundError):  # any other error tells nothing of that
                status = target.stat()
            refused = None if status is None else _refusal(target, status)
            if refused is not None:
                raise FileUnwritable(pending.path, f"{pending.path.name} was not saved: {refused}.")
            temporary = TemporaryFile(target)
            self._steps.append(_Step(pending, target, temporary))
            temporary.write(pending.data, None if status is None else target)

    @property
    def notes(self) -> list[str]:
        """Sentences on what of the owners of the written files could not be kept."""
        return [
            f"{step.pending.path.name} is saved, but {step.temporary.note}."
            for step in self._steps
            if step.temporary.note and step.pending in self.written
        ]

    def _write_note(self, folders: Sequence[Path]) -> None:
        """Let the new contents wait under their names, and note which files belong together."""
        for step in self._steps:
            with _sentences(step.pending.path):
                step.temporary.name()
        with _sentences(self._files[0].path):
            for folder in folders:
                sync_folder(folder)
        self._note = write_note([_noted(step) for step in self._steps])

    def _commit(self, step: _Step) -> None:
        """Put one file in its place; if that fails, take the earlier ones back."""
        try:
            with _sentences(step.pending.path):
                step.temporary.name()
                step.temporary.open_up()
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


@contextlib.contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except OwnerLost as error:
        raise FileUnwritable(path, f"{path.name} was not saved: {error}.") from error
    except OSError as error:
        raise unwritable(path, error) from error


def _refuse_to_leave(pending: PendingSave, target: Path) -> None:
    """Raise LeavesApp for a link that leads where its app's folder is not."""
    if pending.home is not None and not target.is_relative_to(os.path.realpath(pending.home)):
        text = f"it is a link to {target}, which is outside of the app's folder"
        raise LeavesApp(pending.path, f"{pending.path.name} was not saved: {text}.")


def _refusal(target: Path, status: os.stat_result) -> str | None:
    """Return why an existing file is not to be replaced, as half a sentence, or None."""
    if not stat.S_ISREG(status.st_mode):
        return "something that is no regular file has taken its place"
    if os.access(target, os.W_OK):
        return None
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        return f"it belongs to {user_name(status.st_uid)}, and you may not write to it"
    return "it is write-protected"


def _check(step: _Step) -> None:
    pending = step.pending
    if pending.overwrite:
        return
    now = None
    try:
        now = read_file(step.target).data
    except FileUnreadable as error:
        if not is_missing(step.target):
            text = f"{pending.path.name} was not saved: {error}"
            raise SaveConflict(pending.path, text) from error
    if Path(os.path.realpath(pending.path)) != step.target or now != pending.expected:
        raise _conflict(pending)


def _conflict(pending: PendingSave) -> SaveConflict:
    name = pending.path.name
    if pending.expected is None:
        what = "another program has created it in the meantime"
    elif is_missing(pending.path):
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
        step.exchanged = not is_missing(target) and exchange(temporary, target)
    except (FileExistsError, FileNotFoundError):
        if pending.overwrite or is_missing(temporary):
            raise
        raise _conflict(pending) from None
    if not step.exchanged:
        if not pending.overwrite and is_missing(target):
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


def _noted(step: _Step) -> NotedFile:
    old = None
    with contextlib.suppress(FileUnreadable):  # with `overwrite`, whatever it contains now
        old = digest_of(read_file(step.target))
    temporary, new = step.temporary, digest_of(step.pending.data) or ""
    return NotedFile(str(step.target), str(temporary.path), old, new, temporary.mode)


# --- Saves that were interrupted ------------------------------------------------------


def tidy(folder: Path, files: Sequence[Path]) -> list[str]:
    """Do as `tidy_folder` for a folder and wherever links among these files of it lead.

    In the other folders only what was made for these files is removed.
    """
    told, home = tidy_folder(folder), os.path.realpath(folder)
    linked: dict[str, list[str]] = {}
    for target in map(os.path.realpath, files):
        place, name = os.path.split(target)
        if place != home:
            linked.setdefault(place, []).append(name)
    for place, names in sorted(linked.items()):
        told += tidy_folder(Path(place), names)
    return told


def tidy_folder(folder: Path, names: Sequence[str] | None = None) -> list[str]:
    """Finish or take back what a killed loopmail has begun in a folder, and clean up after it.

    `names`: only after saves of files of these names. Return a sentence for each save that was
    finished or taken back; never raises.
    """
    told = [text for note in interrupted_saves(folder) for text in _settle(note)]
    with contextlib.suppress(OSError), lock_folder(folder, patience=0) as locked:
        if locked:
            remove_stale(folder, waiting_files(), names)
    return told


def _settle(note: SaveNote) -> list[str]:
    names = [os.path.basename(file.target) for file in note.files]
    what = f"The save of {' and '.join([', '.join(names[:-1]), names[-1]])} was interrupted"
    try:
        with contextlib.ExitStack() as locks:
            for folder in sorted({os.path.dirname(file.target) for file in note.files}):
                locks.enter_context(lock_folder(Path(folder)))
            end = _finish_or_undo([(one, _step_of(one)) for one in note.look()])
    except (OSError, FileError) as error:
        reason = error if isinstance(error, FileError) else unwritable(Path(names[0]), error)
        return [f"{what} and cannot be finished yet: {reason}"]
    note.remove()
    return [f"{what}{end}"] if end else []


def _step_of(found: FoundFile) -> _Step:
    noted = found.noted
    kept = found.temporary.data if found.temporary is not None else None
    now = found.target.data if found.target is not None else None
    done = found.state == "done"
    new, old = (now, kept) if done else (kept, now)
    # An old content that is gone must not pass for a file that was not there.
    expected = None if noted.old is None else old or b""
    pending = PendingSave(Path(noted.target), new or b"", expected)
    temporary = TemporaryFile.left_behind(Path(noted.temporary), noted.mode)
    taken = done and noted.old is not None and digest_of(found.temporary) == noted.old
    return _Step(pending, Path(noted.target), temporary, exchanged=taken)


def _finish_or_undo(files: Sequence[tuple[FoundFile, _Step]]) -> str:
    """Bring all files to one state where that is possible; return how it ended, "" if it had."""
    changed = [Path(one.noted.target).name for one, _ in files if one.state == "other"]
    waiting = [step for one, step in files if one.state == "waiting"]
    done = [step for one, step in files if one.state == "done"]
    end = ""
    if not changed:
        for step in waiting:
            step.temporary.open_up()
            _put_in_place(step)
        end = "; it is finished now." if waiting else ""
    else:
        stay = [step.target.name for step in done if not _undo(step)]
        end = f"; it is taken back, since {', '.join(changed)} has changed meanwhile."
        if stay:
            end = (
                f": {', '.join(stay)} was saved, {', '.join(changed)} was not, "
                "since it has changed meanwhile."
            )
    for one, step in files:
        if one.temporary_is_ours:
            step.temporary.discard()
    return end
