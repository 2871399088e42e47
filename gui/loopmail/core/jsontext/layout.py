"""Where new text goes, and in which style: decided by what stands around it."""

import re
from dataclasses import replace

from loopmail.core.js import Json
from loopmail.core.jsontext.scalars import encode_string
from loopmail.core.jsontext.style import (
    Style,
    collapse,
    has_line_end,
    indent_unit,
    line_end_near,
    line_indent,
)
from loopmail.core.jsontext.tree import Node
from loopmail.core.jsontext.writer import write


def children(node: Node) -> list[tuple[int, int]]:
    """Return where each member (from its key) or item begins and ends."""
    if node.kind == "object":
        return [(m.key_offset, m.value.end) for m in node.members]
    return [(item.offset, item.end) for item in node.items]


def replacement(text: str, path: list[Node], value: Json, pointer: str) -> str:
    """Return the text that replaces the last node of the path."""
    node = path[-1]
    if (node.members or node.items) and not has_line_end(text[node.offset : node.end]):
        multiline = False
    else:
        multiline = _is_multiline(text, path[:-1])
    return write(value, _style(text, path, node.offset, multiline), pointer)


def insertion(
    text: str, path: list[Node], key: str | None, value: Json, pointer: str
) -> tuple[int, int, str]:
    """Return offset, length and content of a new last member (or item, without key)."""
    parent = path[-1]
    spans = children(parent)
    multiline = _is_multiline(text, path)
    if not spans:
        return _fill(text, path, key, value, pointer, multiline)
    end = spans[-1][1]
    gap = separator(text, parent, len(spans) - 1)
    style = _style(text, path, end, multiline)
    if has_line_end(gap):
        style = replace(style, indent=_last_line(gap))
    spelled = "" if key is None else encode_string(key) + style.colon
    return end, 0, gap + spelled + write(value, style, pointer)


def _fill(
    text: str, path: list[Node], key: str | None, value: Json, pointer: str, multiline: bool
) -> tuple[int, int, str]:
    """Put the first child into an empty container."""
    parent = path[-1]
    style = _style(text, path, parent.offset, multiline)
    inner = replace(style, indent=style.indent + style.unit) if multiline else style
    spelled = "" if key is None else encode_string(key) + style.colon
    before = style.line_end + inner.indent if multiline else style.pad
    after = style.line_end + style.indent if multiline else style.pad
    content = before + spelled + write(value, inner, pointer) + after
    return parent.offset + 1, parent.length - 2, content


def separator(text: str, parent: Node, index: int) -> str:
    """Return what goes between the child at this index and a new one behind it."""
    spans = children(parent)
    if len(spans) > 1:
        left = max(index - 1, 0)
        gap = text[spans[left][1] : spans[left + 1][0]]
        before, _, after = gap.partition(",")
        return collapse(before) + "," + collapse(after)
    lead = text[parent.offset + 1 : spans[0][0]]
    if has_line_end(lead):
        return "," + collapse(lead)
    return "," if _is_dense(text, parent) else ", "


def _is_dense(text: str, node: Node) -> bool:
    """Tell whether the text leaves out the blank behind a colon, as minified files do."""
    return any(m.key_end + 1 == m.value.offset for m in node.members[-1:])


def _is_multiline(text: str, path: list[Node]) -> bool:
    """Tell whether values inside the last of these containers get their own lines."""
    for node in reversed(path):
        if node.members or node.items:
            return has_line_end(text[node.offset : node.end])
    return True  # an empty text does not tell


def _style(text: str, path: list[Node], offset: int, multiline: bool) -> Style:
    colon = _colon(text, path)
    dense = colon == ":"
    return Style(
        line_end=line_end_near(text, offset) if multiline else "",
        indent=line_indent(text, offset),
        unit=indent_unit(text, path) if multiline else "",
        colon=colon,
        comma="," if dense else ", ",
        pad=_pad(text, path),
    )


def _colon(text: str, path: list[Node]) -> str:
    """Return what stands between key and value in the nearest object, if it is reasonable."""
    for node in reversed(path):
        if node.members:
            member = node.members[-1]
            found = text[member.key_end : member.value.offset]
            return ": " if has_line_end(found) or len(found) > 3 else found
    root = path[0]
    minified = len(root.items) > 1 and not re.search(r"[,:\[{]\s", text)
    return ":" if minified else ": "


def _pad(text: str, path: list[Node]) -> str:
    """Return the blank inside the brackets of the nearest object if it is on one line."""
    node = next((node for node in reversed(path) if node.members), None)
    if node is None or has_line_end(text[node.offset : node.end]):
        return ""
    return text[node.offset + 1 : node.members[0].key_offset]


def _last_line(gap: str) -> str:
    """Return the indent that a gap between two members ends with."""
    line = gap[max(gap.rfind("\n"), gap.rfind("\r")) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]
