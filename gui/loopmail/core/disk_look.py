"""Comparing the open files with the disk on a worker thread: plain data in, plain data out."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from loopmail.core.errors import FileUnreadable
from loopmail.core.file_reading import FileState, read_file
from loopmail.core.workspace import Workspace

KnownFile: TypeAlias = tuple[str, Path, FileState | None]


@dataclass(frozen=True, slots=True)
class Look:
    """What the disk said of the open files and of their folder at one moment."""

    listing: frozenset[str]  # names of the files that could be configuration
    same: tuple[tuple[str, FileState | None, FileState], ...]  # name, as known, as read again
    other: tuple["ChangedFile", ...]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is not what was read or written last; `state` is None if it is gone or unreadable."""

    name: str
    known: FileState | None
    state: FileState | None
    error: str | None = field(default=None)


def known_files(workspace: Workspace) -> list[KnownFile]:
    """Return what `look` needs to know, taken on the thread that owns the workspace."""
    return [(name, one.path, one.disk) for name, one in workspace.documents.items()]


def look(folder: Path, files: Iterable[KnownFile]) -> Look:
    """Compare the files with the disk; may block, never raises for what is on the disk."""
    same: list[tuple[str, FileState | None, FileState]] = []
    other: list[ChangedFile] = []
    for name, path, known in files:
        if known is None and not os.path.lexists(path):
            continue
        if known is not None and known.surely_unchanged(path):
            continue
        try:
            now = read_file(path)
        except FileUnreadable as error:
            other.append(ChangedFile(name, known, None, str(error)))
            continue
        if known is not None and now.data == known.data:
            same.append((name, known, now))
        else:
            other.append(ChangedFile(name, known, now))
    return Look(listing(folder), tuple(same), tuple(other))


def listing(folder: Path) -> frozenset[str]:
    """Return the names of the files that could be configuration; none if the folder is gone."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    return frozenset(name for name in names if name.endswith((".json", ".js")))
