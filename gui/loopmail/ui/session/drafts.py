"""Texts that are being typed and are no JSON yet: kept beside the files, which stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from loopmail.core.app.document import Document
    from loopmail.core.app.merge import Side
    from loopmail.core.errors import InvalidJson
    from loopmail.core.jsontext.edits import Edit


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed for a file; `base` is the file's text when that began."""

    base: str
    text: str
    error: InvalidJson


class Drafts(QObject):
    """The drafts of the open app by file name. A save waits until they are mended or dropped."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._by_file: dict[str, Draft] = {}

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._by_file)

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the files."""
        return iter(self._by_file)

    def get(self, file: str) -> Draft | None:
        """Return the draft of a file, or None."""
        return self._by_file.get(file)

    def errors(self) -> Mapping[str, InvalidJson]:
        """Return what is wrong with each draft, by file name."""
        return {file: draft.error for file, draft in self._by_file.items()}

    def keep(self, file: str, draft: Draft) -> None:
        """Keep what was typed for a file."""
        self._by_file[file] = draft
        self.changed.emit()

    def drop(self, *files: str) -> None:
        """Forget the drafts of these files, all if none is named."""
        gone = [file for file in files or tuple(self._by_file) if self._by_file.pop(file, None)]
        if gone:
            self.changed.emit()


def merged_edit(document: Document, draft: Draft, typed: Edit) -> Edit:
    """Return the edit that brings a draft, which is JSON with `typed`, into a file.

    The file may have changed since the draft began: what was typed goes on top of that, and wins
    where both say something of the same value.
    """
    from loopmail.core.app.document import replacing_edit
    from loopmail.core.app.merge import merge_texts
    from loopmail.core.jsontext.edits import apply_edit

    ours = apply_edit(draft.base, typed)
    merged = merge_texts(draft.base, ours, document.text)
    if merged.text is None:
        chosen: dict[str, Side] = {one.pointer: "ours" for one in merged.conflicts}
        merged = merge_texts(draft.base, ours, document.text, chosen)
    return replacing_edit(document.text, ours if merged.text is None else merged.text)
