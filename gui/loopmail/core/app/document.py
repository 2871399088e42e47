"""One JSON file as it is on disk: text, byte-order mark and line ends as found."""

import time
from pathlib import Path
from typing import Final

from loopmail.core.app.merge import differing
from loopmail.core.disk.reading import FileState, read_file
from loopmail.core.disk.saving import PendingSave, SaveTransaction
from loopmail.core.errors import InvalidJson, NestedTooDeeply, NotJson
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import Edit, JsonSyntaxError, Node, apply_edit, find, line_column, parse
from loopmail.core.jsontext.edits import reparse, value_after
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.jsontext.scalars import to_utf8
from loopmail.core.jsontext.syntax import TooDeep
from loopmail.core.jsontext.tree import path_at

# No configuration has a tenth of it; what walks through a value may rely on it.
MAX_DEPTH: Final = 200
_BOM: Final = b"\xef\xbb\xbf"
_UNKNOWN_IDENTITY: Final = (-1, -1, -1, -1)


class Document:
    """A file's text, byte-order mark, line ends and indent as found; edits; atomic save.

    A file with broken JSON is a Document too: `error` tells what is wrong, `text` can be edited.
    """

    def __init__(self, path: Path, state: FileState | None, text: str, *, bom: bool) -> None:
        self.path = path
        self.text = text  # without byte-order mark; undecodable bytes as surrogate escapes
        self.bom = bom
        self.disk = state  # as last read or written; None if it is not on disk yet
        self.saved_text = None if state is None else text  # likewise
        self._saved_bom = bom
        self._parsed: tuple[str, Node | InvalidJson] | None = None
        self._value: tuple[str, Json] | None = None
        self._arriving: tuple[str, Edit, FileState] | None = None

    @classmethod
    def load(cls, path: Path) -> "Document":
        """Read a file; raise FileUnreadable."""
        state = read_file(path)
        bom, text = decode(state.data)
        return cls(path, state, text, bom=bom)

    @classmethod
    def new(cls, path: Path, text: str = "{}\n") -> "Document":
        """Make a document for a file that does not exist yet; it counts as modified."""
        return cls(path, None, text, bom=False)

    # -- what the text says ---------------------------------------------------------------

    def _parse(self) -> Node | InvalidJson:
        if self._parsed is None or self._parsed[0] is not self.text:
            result: Node | InvalidJson
            try:
                result = parse(self.text, MAX_DEPTH)
            except TooDeep as error:
                result = NestedTooDeeply(self.path, MAX_DEPTH, error.line, error.column)
            except JsonSyntaxError as error:
                result = InvalidJson(self.path, error.reason, error.line, error.column)
            self._parsed = (self.text, result)
        return self._parsed[1]

    @property
    def error(self) -> InvalidJson | None:
        """What is wrong with the text as JSON, or None."""
        parsed = self._parse()
        return parsed if isinstance(parsed, InvalidJson) else None

    @property
    def root(self) -> Node:
        """The tree of the current text (cached); raise InvalidJson."""
        parsed = self._parse()
        if isinstance(parsed, InvalidJson):
            raise parsed.with_traceback(None)
        return parsed

    def value(self) -> Json:
        """Return the current text's plain value (cached; do not change it); raise InvalidJson."""
        if self._value is None or self._value[0] is not self.text:
            self._value = (self.text, self.root.value())
        return self._value[1]

    def get(self, pointer: str) -> Json:
        """Return one value by JSON Pointer, UNDEFINED if it is not there; raise InvalidJson."""
        node = find(self.root, pointer)
        return UNDEFINED if node is None else node.value()

    def position(self, pointer: str) -> tuple[int, int] | None:
        """Return line and column (from 1) of the value, or None."""
        if self.error is not None:
            return None
        node = find(self.root, pointer)
        return None if node is None else line_column(self.text, node.offset)

    def pointer_at(self, offset: int) -> str:
        """Return the JSON Pointer of the innermost value at an offset; empty in broken JSON.

        The key of a member counts as a part of it.
        """
        return "" if self.error is not None else format_pointer(path_at(self.root, offset))

    # -- changes --------------------------------------------------------------------------

    def apply(self, edit: Edit) -> Edit:
        """Apply one edit to the text and return its inverse; raise EditError outside the text."""
        before = self.text
        self.text = apply_edit(before, edit)
        self._follow(before, edit)
        if self._arriving is not None and self._arriving[0] is before and self._arriving[1] == edit:
            self._adopt(self._arriving[2])
        return edit.inverse(before)

    def _follow(self, before: str, edit: Edit) -> None:
        """Make the new tree and value of what is known of the old text, where that is possible."""
        parsed, known = self._parsed, self._value
        if parsed is None or parsed[0] is not before or isinstance(parsed[1], InvalidJson):
            return
        reparsed = reparse(parsed[1], self.text, edit, MAX_DEPTH)
        if reparsed is None:
            return
        self._parsed = (self.text, reparsed.root)
        if known is not None and known[0] is before:
            value = value_after(known[1], reparsed)
            self._value = None if value is None else (self.text, value)

    def after(self, edit: Edit) -> "Document":
        """Return what an edit would make of the text, to be looked at; never to be saved."""
        made = Document.new(self.path, self.text)
        made._parsed = self._parsed
        made.apply(edit)
        return made

    @property
    def modified(self) -> bool:
        """Whether saving would change the file."""
        return (self.text, self.bom) != (self.saved_text, self._saved_bom)

    def to_bytes(self) -> bytes:
        """Return what saving writes."""
        return (_BOM if self.bom else b"") + to_utf8(self.text)

    # -- the disk -------------------------------------------------------------------------

    def confirm(self, known: FileState | None, now: FileState) -> None:
        """Note that the file still was `known` when it was read as `now` a moment ago."""
        if self.disk is known:
            self.disk = now

    def pending_save(self, *, overwrite: bool = False) -> PendingSave:
        """Return what saving would write, and over what."""
        expected = None if self.disk is None else self.disk.data
        return PendingSave(self.path, self.to_bytes(), expected, overwrite)

    def mark_saved(self, pending: PendingSave) -> None:
        """Note that this was written."""
        self._arriving = None
        self.disk = FileState(pending.data, _UNKNOWN_IDENTITY, time.time_ns())
        self._saved_bom, self.saved_text = decode(pending.data)

    def save(self, *, overwrite: bool = False) -> None:
        """Write atomically; raise SaveConflict (unless `overwrite`) or FileUnwritable.

        A document that is not modified is not touched.
        """
        if not self.modified:
            return
        transaction = SaveTransaction([self.pending_save(overwrite=overwrite)])
        try:
            transaction.run()
        finally:
            for pending in transaction.written:
                self.mark_saved(pending)

    def adopt_by(self, text: str, state: FileState) -> Edit | None:
        """Let the file on disk count as the saved one as soon as the edit to `text` is applied.

        Where that changes nothing it counts at once, and None is returned.
        """
        edit = replacing_edit(self.text, text)
        if edit.empty:
            self._adopt(state)
            return None
        self._arriving = (self.text, edit, state)
        return edit

    def _adopt(self, state: FileState) -> None:
        self._arriving = None
        self.disk = state
        self.bom, self.saved_text = decode(state.data)
        self._saved_bom = self.bom


def value_from_text(text: str) -> Json:
    """Return the value that a user typed as JSON, as Node would read it; raise NotJson."""
    try:
        return parse(text).value()
    except JsonSyntaxError as error:
        raise NotJson(error.reason) from None


def decode(data: bytes) -> tuple[bool, str]:
    """Return whether there is a byte-order mark, and the text without it."""
    bom = data.startswith(_BOM)
    return bom, data[len(_BOM) if bom else 0 :].decode("utf-8", "surrogateescape")


def replacing_edit(old: str, new: str) -> Edit:
    """Return the shortest single edit that makes one text of another."""
    if old == new:
        return Edit(0, 0, "")
    start, end_old, end_new = differing(old, new)
    return Edit(start, end_old - start, new[start:end_new])
