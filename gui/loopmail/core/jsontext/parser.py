"""Text to tree: exactly the JSON that Node's JSON.parse accepts (ECMA-404)."""

import re
from typing import Final

from loopmail.core.jsontext.explain import Place, explain
from loopmail.core.jsontext.scalars import decode_number, decode_string
from loopmail.core.jsontext.tree import Kind, Member, Node

_SPACE: Final = r"[ \t\n\r]*+"
_STRING: Final = (
    r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
)
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"

_VALUE = re.compile(rf"{_SPACE}(?:({_STRING})|({_NUMBER})|(true|false|null)|([\[{{]))")
_KEY = re.compile(rf"{_SPACE}({_STRING}){_SPACE}:")
_NEXT = re.compile(rf"{_SPACE}([,\]}}])")
_END = re.compile(_SPACE)

_LITERALS: Final[dict[str, tuple[Kind, bool | None]]] = {
    "true": ("boolean", True),
    "false": ("boolean", False),
    "null": ("null", None),
}
_CLOSERS: Final = {"{": "}", "[": "]"}


class _Frame:
    """A container that is being read."""

    __slots__ = ("children", "key", "offset", "opener")

    def __init__(self, opener: str, offset: int) -> None:
        self.opener, self.offset = opener, offset
        self.children: list[Node | Member] = []
        self.key: tuple[str, Node] | None = None


def parse(text: str) -> Node:
    """Parse a whole text (no byte-order mark); raise JsonSyntaxError."""
    frames: list[_Frame] = []
    offset = 0
    while True:
        match = _VALUE.match(text, offset)
        if match is None:
            raise explain(text, offset, Place.VALUE, _openers(frames))
        offset = match.end()
        if match.lastindex == 4:
            frame = _Frame(match[4], offset - 1)
            frames.append(frame)
            after = _NEXT.match(text, offset)
            if after is None or after[1] != _CLOSERS[frame.opener]:
                if frame.opener == "{":
                    offset = _read_key(text, offset, frames, Place.FIRST_KEY)
                elif after is not None:
                    raise explain(text, offset, Place.FIRST_ITEM, _openers(frames))
                continue
            offset = after.end()
            frames.pop()
            node = _close(frame, offset)
        else:
            node = _scalar(match)
        while frames:
            frame = frames[-1]
            if frame.key is None:
                frame.children.append(node)
            else:
                frame.children.append(Member(*frame.key, node))
            after = _NEXT.match(text, offset)
            if after is None:
                raise explain(text, offset, Place.AFTER_VALUE, _openers(frames))
            if after[1] == ",":
                offset = after.end()
                if frame.key is not None:
                    offset = _read_key(text, offset, frames, Place.KEY)
                break
            if after[1] != _CLOSERS[frame.opener]:
                raise explain(text, offset, Place.AFTER_VALUE, _openers(frames))
            offset = after.end()
            frames.pop()
            node = _close(frame, offset)
        else:
            return _finish(text, node, offset)


def _scalar(match: re.Match[str]) -> Node:
    which = match.lastindex
    assert which is not None
    start, end = match.span(which)
    raw = match[which]
    if which == 1:
        return Node("string", start, end - start, decode_string(raw[1:-1]))
    if which == 2:
        return Node("number", start, end - start, decode_number(raw))
    kind, value = _LITERALS[raw]
    return Node(kind, start, end - start, value)


def _read_key(text: str, offset: int, frames: list[_Frame], place: Place) -> int:
    match = _KEY.match(text, offset)
    if match is None:
        raise explain(text, offset, place, _openers(frames))
    start, end = match.span(1)
    key = decode_string(match[1][1:-1])
    frames[-1].key = (key, Node("string", start, end - start, key))
    return match.end()


def _close(frame: _Frame, end: int) -> Node:
    children: tuple[object, ...] = tuple(frame.children)
    if frame.opener == "{":
        return Node("object", frame.offset, end - frame.offset, None, children)  # type: ignore[arg-type]
    return Node("array", frame.offset, end - frame.offset, None, (), children)  # type: ignore[arg-type]


def _finish(text: str, node: Node, offset: int) -> Node:
    end = _END.match(text, offset)
    if end is not None and end.end() != len(text):
        raise explain(text, offset, Place.END, [])
    return node


def _openers(frames: list[_Frame]) -> list[tuple[str, int]]:
    return [(frame.opener, frame.offset) for frame in frames[-1:]]
