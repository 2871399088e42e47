"""The tree of a JSON text: what stands where, and the plain values it stands for.

Trees may be 100,000 levels deep, so nothing here recurses.
"""

from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import array_index, parse_pointer

Kind = Literal["object", "array", "string", "number", "boolean", "null"]

# Below this many members a scan from the end is faster than building an index.
_INDEX_FROM = 12


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """A value in the text, from `offset`, `length` characters long. Treat it as immutable."""

    kind: Kind
    offset: int
    length: int
    scalar: str | float | int | bool | None = None
    members: tuple["Member", ...] = ()
    items: tuple["Node", ...] = ()
    _index: dict[str, "Member"] | None = field(default=None, init=False)

    @property
    def end(self) -> int:
        """The offset behind the value."""
        return self.offset + self.length

    def member(self, key: str) -> "Member | None":
        """Return the member of an object that counts for this key: the last one, as in Node."""
        if len(self.members) < _INDEX_FROM:
            return next((m for m in reversed(self.members) if m.key == key), None)
        if self._index is None:
            self._index = {m.key: m for m in self.members}
        return self._index.get(key)

    def value(self) -> Json:
        """Return the plain Python value; of duplicate keys the last one wins, as in Node."""
        if self.kind not in ("object", "array"):
            return self.scalar
        result: Json = {} if self.kind == "object" else []
        pending: list[tuple[Node, Json]] = [(self, result)]
        while pending:
            node, made = pending.pop()
            for member in node.members:
                made[member.key] = _shell(member.value, pending)
            for item in node.items:
                made.append(_shell(item, pending))
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        pairs = [(self, other)]
        while pairs:
            a, b = pairs.pop()
            if a is b:
                continue
            if (a.kind, a.offset, a.length, a.scalar) != (b.kind, b.offset, b.length, b.scalar):
                return False
            if len(a.members) != len(b.members) or len(a.items) != len(b.items):
                return False
            for left, right in zip(a.members, b.members, strict=True):
                if left.key != right.key:
                    return False
                pairs += [(left.key_node, right.key_node), (left.value, right.value)]
            pairs += zip(a.items, b.items, strict=True)
        return True

    def __hash__(self) -> int:
        return hash((self.kind, self.offset, self.length))

    def __repr__(self) -> str:
        # Never the content: a value may be a password, and a tree may be deep.
        return f"<{self.kind} at {self.offset}, {self.length} characters>"


@dataclass(slots=True, repr=False)
class Member:
    """A key and its value. Treat it as immutable."""

    key: str
    key_node: Node
    value: Node

    def __hash__(self) -> int:
        return hash((self.key, self.key_node))

    def __repr__(self) -> str:
        return f"<member {self.key!r} {self.value!r}>"


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
