"""Text to tree. STUB: signatures are settled, bodies are being written."""

from dataclasses import dataclass
from typing import Literal

from loopmail.core.js import Json

Kind = Literal["object", "array", "string", "number", "boolean", "null"]


class JsonSyntaxError(ValueError):
    """Not JSON as Node's require reads it; `offset` is where reading failed."""

    def __init__(self, reason: str, offset: int, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason, self.offset, self.line, self.column = reason, offset, line, column


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the text, from `offset`, `length` characters long."""

    kind: Kind
    offset: int
    length: int
    scalar: str | float | int | bool | None = None
    members: tuple["Member", ...] = ()
    items: tuple["Node", ...] = ()

    @property
    def end(self) -> int:
        """The offset behind the value."""
        return self.offset + self.length

    def value(self) -> Json:
        """Return the plain Python value; of duplicate keys the last one wins, as in Node."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Member:
    """A key and its value."""

    key: str
    key_node: Node
    value: Node


def parse(text: str) -> Node:
    """Parse a whole text (no byte-order mark); raise JsonSyntaxError."""
    raise NotImplementedError


def find(root: Node, pointer: str) -> Node | None:
    """Return the node a JSON Pointer leads to (the last of duplicate keys), or None."""
    raise NotImplementedError


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of an offset."""
    raise NotImplementedError
