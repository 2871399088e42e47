"""The tree after an edit, made from the tree before it: one member's value is read again.

A member behind the edit keeps its nodes and moves them only when somebody looks at them.
"""

from bisect import bisect_right
from dataclasses import dataclass

from loopmail.core.jsontext.edits import Edit
from loopmail.core.jsontext.parser import parse
from loopmail.core.jsontext.syntax import JsonSyntaxError
from loopmail.core.jsontext.tree import Member, Node


@dataclass(frozen=True, slots=True)
class Reparsed:
    """The new tree, and the one member of its root that is not as it was."""

    root: Node
    member: Member


class MovedMember(Member):
    """A member that stands elsewhere now; `value` is made when it is first asked for."""

    __slots__ = ("_shift", "_source")

    def __init__(self, member: Member, shift: int) -> None:
        self.key = member.key
        self.key_offset = member.key_offset + shift
        self.key_end = member.key_end + shift
        if isinstance(member, MovedMember):  # so that no chain grows while somebody types
            self._source: Node = member._source
            self._shift: int = member._shift + shift
        else:
            self._source = member.value
            self._shift = shift

    def __getattr__(self, name: str) -> Node:
        if name != "value":
            raise AttributeError(name)
        self.value = moved(self._source, self._shift)
        return self.value


def moved(node: Node, shift: int) -> Node:
    """Return the tree `shift` characters further on; the members' values follow when needed."""
    return Node(
        node.kind,
        node.offset + shift,
        node.length,
        node.scalar,
        tuple(MovedMember(member, shift) for member in node.members),
        tuple(moved(item, shift) for item in node.items),
    )


def reparse(root: Node, after: str, edit: Edit, max_depth: int) -> Reparsed | None:
    """Return the tree of the text after an edit, given the tree before it.

    None where the edit is not inside the value of one member of the root, or where the new value
    is no JSON: the whole text must be parsed then, which also tells what is wrong. What stands
    around the value is as it was, so the text as a whole is JSON if the value is. `max_depth`
    must be small enough for a recursion.
    """
    at = bisect_right(root.members, edit.offset, key=lambda member: member.key_offset) - 1
    if at < 0:
        return None
    member = root.members[at]
    start, end = member.value.offset, member.value.end
    if edit.offset < start or edit.offset + edit.length > end:
        return None
    shift = len(edit.content) - edit.length
    try:
        value = moved(parse(after[start : end + shift], max_depth - 1), start)
    except JsonSyntaxError:
        return None
    changed = Member(member.key, member.key_offset, member.key_end, value)
    behind = root.members[at + 1 :]
    if shift:
        behind = tuple(MovedMember(each, shift) for each in behind)
    members = (*root.members[:at], changed, *behind)
    return Reparsed(Node("object", root.offset, root.length + shift, None, members), changed)


def value_after(value: object, reparsed: Reparsed) -> dict[str, object] | None:
    """Return the plain value of the new tree, given that of the old one, which stays as it is.

    Members that did not change keep their very objects. None if the old value is no object.
    """
    if not isinstance(value, dict):
        return None
    result = dict(value)
    member = reparsed.member
    if reparsed.root.member(member.key) is member:  # else a later duplicate counts
        result[member.key] = member.value.value()
    return result
