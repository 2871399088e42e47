"""One JSON file as it is on disk. STUB: signatures are settled, bodies are being written."""

from pathlib import Path

from loopmail.core.errors import InvalidJson
from loopmail.core.js import Json
from loopmail.core.jsontext import Edit, Node


class Document:
    """A file's text, byte-order mark, line ends and indent as found; edits; atomic save.

    A file with broken JSON is a Document too: `error` tells what is wrong, `text` can be edited.
    """

    path: Path
    text: str  # without byte-order mark; undecodable bytes as surrogate escapes
    bom: bool

    @classmethod
    def load(cls, path: Path) -> "Document":
        """Read a file; raise FileUnreadable."""
        raise NotImplementedError

    @classmethod
    def new(cls, path: Path, text: str = "{}\n") -> "Document":
        """Make a document for a file that does not exist yet; it counts as modified."""
        raise NotImplementedError

    @property
    def error(self) -> InvalidJson | None:
        """What is wrong with the text as JSON, or None."""
        raise NotImplementedError

    @property
    def root(self) -> Node:
        """The tree of the current text (cached); raise InvalidJson."""
        raise NotImplementedError

    def value(self) -> Json:
        """Return the current text's plain value (cached; do not change it); raise InvalidJson."""
        raise NotImplementedError

    def get(self, pointer: str) -> Json:
        """Return one value by JSON Pointer, UNDEFINED if it is not there; raise InvalidJson."""
        raise NotImplementedError

    def position(self, pointer: str) -> tuple[int, int] | None:
        """Return line and column (from 1) of the value, or None."""
        raise NotImplementedError

    def apply(self, edit: Edit) -> Edit:
        """Apply one edit to the text and return its inverse."""
        raise NotImplementedError

    @property
    def saved_text(self) -> str | None:
        """The text as last read or written; None for a file that is not on disk yet."""
        raise NotImplementedError

    @property
    def modified(self) -> bool:
        """Whether saving would change the file."""
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """Return what saving writes."""
        raise NotImplementedError

    def changed_on_disk(self) -> bool:
        """Tell whether the file's bytes differ from those last read or written (or it is gone)."""
        raise NotImplementedError

    def save(self, *, overwrite: bool = False) -> None:
        """Write atomically; raise SaveConflict (unless `overwrite`) or FileUnwritable.

        A document that is not modified is not touched.
        """
        raise NotImplementedError

    def reload(self) -> Edit | None:
        """Take over the file on disk as one edit (whose inverse restores the text); None if equal."""
        raise NotImplementedError
