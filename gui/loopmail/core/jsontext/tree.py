"""The tree of a JSON text: what stands where, and the plain values it stands for.

Trees may be 100,000 levels deep, so nothing here recurses.
"""

from typing import Literal

from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import array_index, parse_pointer

Kind = Literal["object", "array", "string", "number", "boolean", "null"]

# Below this many members a scan from the end is faster than building an index.
_INDEX_FROM = 12


class Node:
    """A value in the text, from `offset`, `length` characters long. Treat it as immutable."""

    __slots__ = ("_index", "items", "kind", "length", "members", "offset", "scalar")
    _index: dict[str, "Member"]

    def __init__(
        self,
        kind: Kind,
        offset: int,
        length: int,
        scalar: str | float | int | bool | None = None,
        members: tuple["Member", ...] = (),
        items: tuple["Node", ...] = (),
    ) -> None:
        self.kind = kind
        self.offset = offset
        self.length = length
        self.scalar = scalar
        self.members = members
        self.items = items

    @property
    def end(self) -> int:
        """The offset behind the value."""
        return self.offset + self.length

    def member(self, key: str) -> "Member | None":
        """Return the member of an object that counts for this key: the last one, as in Node."""
        if len(self.members) < _INDEX_FROM:
            return next((m for m in reversed(self.members) if m.key == key), None)
        try:
            index = self._index
        except AttributeError:
            index = self._index = {m.key: m for m in self.members}
        return index.get(key)

    def value(self) -> Json:
        """Return the plain Python value; of duplicate keys the last one wins, as in Node."""
        pending: list[tuple[Node, Json]] = []
        result = _shell(self, pending)
        while pending:
            node, made = pending.pop()
            for member in node.members:
                made[member.key] = _shell(member.value, pending)
            for item in node.items:
                made.append(_shell(item, pending))
        return result

    def __repr__(self) -> str:
        # Never the content: a value may be a password, and a tree may be deep.
        return f"<{self.kind} at {self.offset}, {self.length} characters>"


class Member:
    """A key, from `key_offset` to `key_end` with its quotes, and its value. Immutable."""

    __slots__ = ("key", "key_end", "key_offset", "value")

    def __init__(self, key: str, key_offset: int, key_end: int, value: Node) -> None:
        self.key = key
        self.key_offset = key_offset
        self.key_end = key_end
        self.value = value


def _shell(node: Node, pending: list[tuple[Node, Json]]) -> Json:
    """Return a scalar, or an empty container that is queued to be filled."""
    if node.kind == "object":
        made: Json = {}
    elif node.kind == "array":
        made = []
    else:
        return node.scalar
    pending.append((node, made))
    return made


def step(node: Node, token: str) -> Node | None:
    """Return the child that one token of a JSON Pointer leads to, or None."""
    if node.kind == "object":
        member = node.member(token)
        return member.value if member else None
    if node.kind == "array":
        index = array_index(token)
        return node.items[index] if index is not None and index < len(node.items) else None
    return None


def find(root: Node, pointer: str) -> Node | None:
    """Return the node a JSON Pointer leads to (the last of duplicate keys), or None."""
    node: Node | None = root
    for token in parse_pointer(pointer):
        if node is None:
            return None
        node = step(node, token)
    return node


def path_at(root: Node, offset: int) -> tuple[str, ...]:
    """Return the tokens that lead to the innermost value around an offset, its key included."""
    tokens: list[str] = []
    node: Node | None = root
    while node is not None:
        found = next((m for m in node.members if m.key_offset <= offset <= m.value.end), None)
        if found is not None:
            tokens.append(found.key)
            node = found.value
            continue
        around = (i for i, one in enumerate(node.items) if one.offset <= offset <= one.end)
        at = next(around, None)
        if at is None:
            break
        tokens.append(str(at))
        node = node.items[at]
    return tuple(tokens)
