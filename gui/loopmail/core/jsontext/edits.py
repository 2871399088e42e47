"""Changes of a JSON text, each one `Edit` that touches no byte that may stay."""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import layout
from loopmail.core.jsontext.parser import parse
from loopmail.core.jsontext.pointer import array_index, format_pointer, parse_pointer
from loopmail.core.jsontext.scalars import encode_string, equal_values
from loopmail.core.jsontext.syntax import JsonSyntaxError
from loopmail.core.jsontext.tree import Member, Node, step


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `length` characters at `offset` by `content`."""

    offset: int
    length: int
    content: str = field(repr=False)  # may be a password

    @property
    def empty(self) -> bool:
        """Whether the edit changes nothing at all."""
        return not self.length and not self.content

    def inverse(self, text: str) -> "Edit":
        """Return the edit which undoes this one, given the text before it."""
        return Edit(self.offset, len(self.content), text[self.offset : self.offset + self.length])


def apply_edit(text: str, edit: Edit) -> str:
    """Return the text after the edit; raise EditError if it lies outside the text."""
    if edit.offset < 0 or edit.length < 0 or edit.offset + edit.length > len(text):
        raise EditError("", "The edit lies outside the text; the text has changed since.")
    return text[: edit.offset] + edit.content + text[edit.offset + edit.length :]


def set_value(text: str, pointer: str, value: Json, root: Node | None = None) -> Edit:
    """Replace or insert the value at a JSON Pointer, in the style found around it.

    Missing parents are created as objects; in an array `-` or the next index appends. A value
    equal to the one that is there gives an empty edit. `root` saves parsing when it is at hand.
    Raise EditError where a parent is a scalar or the index is out of range, JsonSyntaxError
    where the text is not JSON.
    """
    if value is UNDEFINED:
        raise EditError(pointer, "undefined is not a JSON value.")
    tokens = parse_pointer(pointer)
    path = _walk(root or parse(text), tokens)
    if len(path) == len(tokens) + 1:
        node = path[-1]
        if equal_values(node.value(), value):
            return Edit(node.offset, 0, "")
        content = layout.replacement(text, path, value, pointer)
        return Edit(node.offset, node.length, content)
    missing = tokens[len(path) :]
    for token in reversed(missing):
        value = {token: value}
    parent, token = path[-1], tokens[len(path) - 1]
    if parent.kind == "object":
        return Edit(*layout.insertion(text, path, token, value, pointer))
    if parent.kind == "array":
        count = len(parent.items)
        if token != "-" and array_index(token) != count:
            where = format_pointer(tokens[: len(path) - 1]) or "The list"
            problem = f"has {count} items; “{token}” is neither one of them nor the next."
            raise EditError(pointer, f"{where} {problem}")
        return Edit(*layout.insertion(text, path, None, value, pointer))
    where = format_pointer(tokens[: len(path) - 1]) or "The whole value"
    raise EditError(pointer, f"{where} is no object or list, so nothing can be put into it.")


def remove_value(text: str, pointer: str, root: Node | None = None) -> Edit:
    """Remove a member or an array item.

    Of a duplicated key all occurrences go, since the earlier one would otherwise come to life;
    the edit then spans from the first to the last. Raise EditError if nothing is there.
    """
    tokens = parse_pointer(pointer)
    if not tokens:
        raise EditError(pointer, "The whole value of a file cannot be removed.")
    parent = _existing(text, pointer, tokens, root)[-2]
    children = layout.children(parent)
    if parent.kind == "object":
        doomed = {i for i, m in enumerate(parent.members) if m.key == tokens[-1]}
    else:
        doomed = {int(tokens[-1])}
    if len(doomed) == len(children):
        return Edit(parent.offset + 1, parent.length - 2, "")
    first_kept = next(i for i in range(len(children)) if i not in doomed)
    cuts = [(children[i - 1][1], children[i][1]) for i in sorted(doomed) if i > first_kept]
    if first_kept:
        cuts.insert(0, (children[0][0], children[first_kept][0]))
    start, end = cuts[0][0], cuts[-1][1]
    kept = [text[a[1] : b[0]] for a, b in pairwise(cuts)]
    return Edit(start, end - start, "".join(kept))


def rename_key(text: str, pointer: str, new_key: str, root: Node | None = None) -> Edit:
    """Rename the member at the pointer in place; raise EditError if the new key exists.

    All occurrences of a duplicated key are renamed, so that the old one is gone.
    """
    tokens = parse_pointer(pointer)
    parent, _ = _member(text, pointer, tokens, root)
    renamed = [m for m in parent.members if m.key == tokens[-1]]
    start, end = renamed[0].key_offset, renamed[-1].key_end
    if new_key == tokens[-1]:
        return Edit(start, 0, "")
    _check_free(parent, pointer, new_key)
    between = [text[a.key_end : b.key_offset] for a, b in pairwise(renamed)]
    spelled = encode_string(new_key)
    return Edit(start, end - start, spelled + "".join(gap + spelled for gap in between))


def insert_text_copy(text: str, pointer: str, new_key: str, root: Node | None = None) -> Edit:
    """Insert, right behind the member at the pointer, a copy of its own text under a new key.

    Raise EditError if the new key exists or the pointer leads to no member.
    """
    tokens = parse_pointer(pointer)
    parent, member = _member(text, pointer, tokens, root)
    _check_free(parent, pointer, new_key)
    index = max(i for i, m in enumerate(parent.members) if m is member)
    gap = layout.separator(text, parent, index)
    copied = text[member.key_end : member.value.end]
    return Edit(member.value.end, 0, gap + encode_string(new_key) + copied)


def _walk(root: Node, tokens: tuple[str, ...]) -> list[Node]:
    """Return the nodes from the root along the tokens, as far as they exist."""
    path = [root]
    for token in tokens:
        child = step(path[-1], token)
        if child is None:
            break
        path.append(child)
    return path


def _existing(text: str, pointer: str, tokens: tuple[str, ...], root: Node | None) -> list[Node]:
    path = _walk(root or parse(text), tokens)
    if len(path) <= len(tokens):
        raise EditError(pointer, f"There is no {pointer}.")
    return path


def _member(
    text: str, pointer: str, tokens: tuple[str, ...], root: Node | None
) -> tuple[Node, Member]:
    path = _existing(text, pointer, tokens, root)
    member = path[-2].member(tokens[-1]) if tokens and path[-2].kind == "object" else None
    if member is None:
        raise EditError(pointer, f"{pointer or 'The whole value'} is no member of an object.")
    return path[-2], member


def _check_free(parent: Node, pointer: str, new_key: str) -> None:
    if parent.member(new_key) is not None:
        raise EditError(pointer, f"There is already an entry “{new_key}”.")


# --- The tree after an edit, made from the tree before it: one member's value is read again ---
# A member behind the edit keeps its nodes and moves them only when somebody looks at them.


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
