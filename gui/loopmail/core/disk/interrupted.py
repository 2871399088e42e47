"""Notes of saves of several files, so that one that is killed on the way can be finished or undone.

Before the first of several files gets its new content, every new content waits complete in a
temporary file (0600) beside its target, and a note in the user's state folder (0600) says which
files belong together. The note has paths and digests, no content. It goes when the save has come
to its end; one whose process is gone tells the next loopmail, window or command line, what to do:

* Every file has its new content, or still its old one with the new one waiting: finish.
* Anything else, because somebody has changed a file meanwhile: take back what can be taken back.

The notes are never looked for in an app's folder: a folder that somebody sends cannot bring one.
"""

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from loopmail.core.disk.locks import is_running, own_session
from loopmail.core.disk.private_files import write_private
from loopmail.core.disk.reading import FileState, is_missing, read_file
from loopmail.core.errors import FileUnreadable

_VERSION: Final = 1
_LIMIT: Final = 1 << 20  # bytes; a longer note is none of ours

State = Literal["done", "waiting", "other"]


@dataclass(frozen=True, slots=True)
class NotedFile:
    """One file of a save: where it is, where its new content waits, both contents' digests."""

    target: str  # absolute, symbolic links followed
    temporary: str
    old: str | None  # None: there was no file
    new: str
    mode: int  # of the target once it is written


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What is there of a noted file now; None for what is not there."""

    noted: NotedFile
    target: FileState | None
    temporary: FileState | None

    @property
    def state(self) -> State:
        """Whether it is saved, is waiting to be, or somebody else has changed it."""
        now, kept = digest_of(self.target), digest_of(self.temporary)
        if now == self.noted.new:
            return "done"
        return "waiting" if now == self.noted.old and kept == self.noted.new else "other"

    @property
    def temporary_is_ours(self) -> bool:
        """Whether the temporary file has the old or the new content, nothing of somebody else's."""
        return self.temporary is not None and digest_of(self.temporary) in (
            self.noted.old,
            self.noted.new,
        )


@dataclass(frozen=True, slots=True)
class SaveNote:
    """A note as it lies in the state folder."""

    path: Path
    files: tuple[NotedFile, ...]

    def remove(self) -> None:
        """The save has come to its end; never raises."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def look(self) -> list[FoundFile]:
        """Return what there is of the files now; raise FileUnreadable if that cannot be told."""
        return [
            FoundFile(one, _present(Path(one.target)), _present(Path(one.temporary)))
            for one in self.files
        ]


def digest_of(content: FileState | bytes | None) -> str | None:
    """Return the SHA-256 of a content, None for none."""
    if content is None:
        return None
    data = content.data if isinstance(content, FileState) else content
    return hashlib.sha256(data).hexdigest()


def _present(path: Path) -> FileState | None:
    try:
        return read_file(path)
    except FileUnreadable:
        if is_missing(path):
            return None
        raise


def _notes_folder() -> Path:
    from platformdirs import user_state_path  # lazy: not needed for the first paint

    return user_state_path("loopmail") / "saves"


def write_note(files: Sequence[NotedFile]) -> SaveNote | None:
    """Write the note of a save that is about to begin.

    A state folder that cannot be written must not stop anybody's work: None then.
    """
    folder = _notes_folder()
    try:
        path = folder / f"{own_session(folder)}-{secrets.token_hex(6)}.json"
        note = {"version": _VERSION, "files": [asdict(file) for file in files]}
        write_private(path, json.dumps(note).encode("ascii"))
    except OSError:
        return None
    return SaveNote(path, tuple(files))


def interrupted_saves(folder: Path) -> list[SaveNote]:
    """Return the notes of killed processes about files in this folder; never raises."""
    place = os.path.realpath(folder)
    return [
        note
        for note in _all_notes()
        if any(os.path.dirname(file.target) == place for file in note.files)
        and not is_running(note.path.parent, note.path.stem.partition("-")[0])
    ]


def waiting_files() -> frozenset[str]:
    """Return the temporary files that a note still needs."""
    return frozenset(file.temporary for note in _all_notes() for file in note.files)


def _all_notes() -> Iterator[SaveNote]:
    folder = _notes_folder()
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob("*-*.json")):
            try:
                if path.stat().st_size > _LIMIT:
                    continue
                data = json.loads(path.read_bytes())
                if data["version"] == _VERSION:
                    files = tuple(NotedFile(**file) for file in data["files"])
                    paths = [one for file in files for one in (file.target, file.temporary)]
                    if paths and all(isinstance(one, str) for one in paths):
                        yield SaveNote(path, files)
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                continue  # half written, or by a loopmail that is not this one
