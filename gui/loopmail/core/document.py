"""One JSON file as it is on disk: text, byte-order mark and line ends as found."""

import os
import stat
from pathlib import Path
from typing import Final

from loopmail.core.atomic_save import write_atomically
from loopmail.core.errors import FileUnreadable, InvalidJson, SaveConflict
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import Edit, JsonSyntaxError, Node, apply_edit, find, line_column, parse

_BOM: Final = b"\xef\xbb\xbf"
MAX_SIZE: Final = 64 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """Read a regular file; raise FileUnreadable. Never waits for a FIFO or device."""
    try:
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except OSError as error:
        raise FileUnreadable(path, f"{path.name} cannot be read: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise FileUnreadable(path, f"{path.name} is no regular file.")
        if status.st_size > MAX_SIZE:
            raise FileUnreadable(path, f"{path.name} is larger than 64 MB.")
        return stream.read()


class Document:
    """A file's text, byte-order mark, line ends and indent as found; edits; atomic save.

    A file with broken JSON is a Document too: `error` tells what is wrong, `text` can be edited.
    """

    def __init__(self, path: Path, data: bytes | None, text: str, *, bom: bool) -> None:
        self.path = path
        self.text = text  # without byte-order mark; undecodable bytes as surrogate escapes
        self.bom = bom
        self._disk = data
        self._saved_text = None if data is None else text
        self._parsed: tuple[str, Node | InvalidJson] | None = None
        self._value: tuple[str, Json] | None = None

    @classmethod
    def load(cls, path: Path) -> "Document":
        """Read a file; raise FileUnreadable."""
        data = read_bytes(path)
        bom = data.startswith(_BOM)
        text = data[3 if bom else 0 :].decode("utf-8", "surrogateescape")
        return cls(path, data, text, bom=bom)

    @classmethod
    def new(cls, path: Path, text: str = "{}\n") -> "Document":
        """Make a document for a file that does not exist yet; it counts as modified."""
        return cls(path, None, text, bom=False)

    def _parse(self) -> Node | InvalidJson:
        if self._parsed is None or self._parsed[0] is not self.text:
            result: Node | InvalidJson
            try:
                result = parse(self.text)
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
            raise parsed
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

    def apply(self, edit: Edit) -> Edit:
        """Apply one edit to the text and return its inverse."""
        text = apply_edit(self.text, edit)
        inverse = edit.inverse(self.text)
        self.text = text
        return inverse

    @property
    def saved_text(self) -> str | None:
        """The text as last read or written; None for a file that is not on disk yet."""
        return self._saved_text

    @property
    def modified(self) -> bool:
        """Whether saving would change the file."""
        return self._saved_text is None or self.text != self._saved_text

    def to_bytes(self) -> bytes:
        """Return what saving writes."""
        return (_BOM if self.bom else b"") + self.text.encode("utf-8", "surrogateescape")

    def changed_on_disk(self) -> bool:
        """Tell whether the file's bytes differ from those last read or written (or it is gone)."""
        try:
            return read_bytes(self.path) != self._disk
        except FileUnreadable:
            return self._disk is not None or os.path.lexists(self.path)

    def save(self, *, overwrite: bool = False) -> None:
        """Write atomically; raise SaveConflict (unless `overwrite`) or FileUnwritable.

        A document that is not modified is not touched.
        """
        if not self.modified:
            return
        if not overwrite and self.changed_on_disk():
            raise SaveConflict(
                self.path, f"{self.path.name} has changed on disk since it was read."
            )
        data = self.to_bytes()
        write_atomically(self.path, data)
        self._disk, self._saved_text = data, self.text

    def reload(self) -> Edit | None:
        """Take the file on disk as the saved text; return the edit that makes it the current one.

        The edit is not applied (its inverse restores the text); None if the texts are equal.
        """
        fresh = Document.load(self.path)
        self._disk, self._saved_text, self.bom = fresh._disk, fresh.text, fresh.bom
        if fresh.text == self.text:
            return None
        return Edit(0, len(self.text), fresh.text)
