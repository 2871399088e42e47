"""Text to tree: exactly the JSON that Node's JSON.parse accepts (ECMA-404).

One regular expression reads a key, its value and the comma or bracket behind it at once; where
it does not match, `explain` finds out why. Containers are kept on a stack of their own, so that
any depth can be read.
"""

import re
import sys
from typing import Final

from loopmail.core.jsontext.explain import Expected, explain
from loopmail.core.jsontext.scalars import decode_number, decode_string
from loopmail.core.jsontext.syntax import JsonSyntaxError, TooDeep, line_column
from loopmail.core.jsontext.tree import Kind, Member, Node

# Quantifiers of a character class are possessive: no input makes the scanner try again and again.
# Those of groups are not, since Python before 3.11.5 gets them wrong (CPython issue 106052); each
# repetition of a group begins with a character of its own, so that giving up takes linear time.
_SPACE: Final = r"[ \t\n\r]*+"
_STRING: Final = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*"'
_NUMBER: Final = r"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_VALUE: Final = rf"({_STRING}|{_NUMBER}|true|false|null|[\[{{])(?:{_SPACE}([,\]}}]))?"

# Groups of both: the key, the value (or its opening bracket), what stands behind it.
_ITEM = re.compile(rf"{_SPACE}(){_VALUE}")
_MEMBER = re.compile(rf"{_SPACE}({_STRING}){_SPACE}:{_SPACE}{_VALUE}")
_KEY = re.compile(rf"{_SPACE}{_STRING}{_SPACE}")
_END = re.compile(_SPACE)
_CLOSING = re.compile(rf"{_SPACE}([,\]}}])")

_LITERALS: Final[dict[str, tuple[Kind, bool | None]]] = {
    "t": ("boolean", True),
    "f": ("boolean", False),
    "n": ("null", None),
}


class _Frame:
    """A container that is being read."""

    __slots__ = ("children", "closer", "key", "offset", "pattern")

    def __init__(self, opener: str, offset: int) -> None:
        self.offset = offset
        self.pattern, self.closer = (_MEMBER, "}") if opener == "{" else (_ITEM, "]")
        self.children: list[Node] | list[Member] = []
        self.key = (0, 0)  # of the member whose value is a container that is being read

    def close(self, end: int) -> Node:
        if self.closer == "}":
            return Node("object", self.offset, end - self.offset, None, tuple(self.children))  # type: ignore[arg-type]
        return Node("array", self.offset, end - self.offset, None, (), tuple(self.children))  # type: ignore[arg-type]

    def add(self, text: str, key: tuple[int, int], node: Node) -> None:
        if self.closer == "]":
            self.children.append(node)  # type: ignore[arg-type]
            return
        start, end = key
        self.children.append(Member(decode_string(text[start + 1 : end - 1]), start, end, node))  # type: ignore[arg-type]


def _open(frames: list[_Frame], text: str, start: int, max_depth: int) -> _Frame:
    """Begin a container; raise TooDeep."""
    if len(frames) > max_depth:
        raise TooDeep(max_depth, start, *line_column(text, start))
    frame = _Frame(text[start], start)
    frames.append(frame)
    return frame


def parse(text: str, max_depth: int = sys.maxsize) -> Node:
    """Parse a whole text (without byte-order mark) and return its tree.

    Raise JsonSyntaxError where Node's JSON.parse would throw (ECMA-404), and TooDeep where
    containers are nested more than `max_depth` levels.
    """
    outside = _Frame("[", -1)  # holds the value of the whole text
    frames = [outside]
    frame, offset = outside, 0
    while True:
        match = frame.pattern.match(text, offset)
        if match is None:
            raise _unreadable(text, offset, frame)
        key = match.span(1)
        start, offset = match.span(2)
        following = match[3]
        if text[start] in "{[":
            frame.key = key
            frame = _open(frames, text, start, max_depth)
            if following == ",":
                raise _unreadable(text, offset, frame)
            if following is None:
                continue
        else:
            frame.add(text, key, _scalar(text, start, offset))
        end = match.end()
        while frame is not outside and following == frame.closer:
            frames.pop()
            node = frame.close(end)
            frame = frames[-1]
            frame.add(text, frame.key, node)
            offset = end
            closing = _CLOSING.match(text, end)
            if closing is None:
                following = None
            else:
                following = closing[1]
                end = closing.end()
        if frame is outside:
            return _finish(text, outside, offset)
        if following != ",":
            raise explain(text, offset, Expected.AFTER_VALUE, frame.closer, frame.offset)
        offset = end


def _scalar(text: str, start: int, end: int) -> Node:
    char = text[start]
    if char == '"':
        return Node("string", start, end - start, decode_string(text[start + 1 : end - 1]))
    if char in _LITERALS:
        kind, value = _LITERALS[char]
        return Node(kind, start, end - start, value)
    return Node("number", start, end - start, decode_number(text[start:end]))


def _unreadable(text: str, offset: int, frame: _Frame) -> JsonSyntaxError:
    """Find out what could not be read: a key, the colon or the value."""
    place = Expected.ITEM if frame.children else Expected.FIRST_ITEM
    if frame.offset < 0:
        place = Expected.START
    elif frame.closer == "}":
        place = Expected.KEY if frame.children else Expected.FIRST_KEY
        key = _KEY.match(text, offset)
        if key is not None:
            offset = key.end()
            place = Expected.COLON
            if text.startswith(":", offset):
                place, offset = Expected.VALUE, offset + 1
    return explain(text, offset, place, frame.closer, frame.offset)


def _finish(text: str, outside: _Frame, offset: int) -> Node:
    rest = _END.match(text, offset)
    if rest is not None and rest.end() != len(text):
        raise explain(text, offset, Expected.END, "", -1)
    (root,) = outside.children
    assert isinstance(root, Node)
    return root
