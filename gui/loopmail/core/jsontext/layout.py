"""Writing values into a JSON text in the style found around the place where they go."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.scalars import encode_number, encode_string
from loopmail.core.jsontext.tree import Node

# --- The layout found in a text -------------------------------------------------------

_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANKS = re.compile(r"[ \t]*+")
# A line that ends with an opening bracket, and how much deeper the next one begins.
_DEEPER = re.compile(
    r"(?:^|[\r\n])([ \t]*+)[^\r\n]*?[\[{][ \t]*+(?:\r\n|\n|\r)(?=\1([ \t]+)[^ \t\r\n])"
)
_SAMPLES: Final = 200


@dataclass(frozen=True, slots=True)
class Style:
    """How a value is laid out at one place of a text."""

    line_end: str  # "" keeps the value on one line
    indent: str  # of the line on which the value begins
    unit: str  # what one level adds
    colon: str = ": "
    comma: str = ", "  # on one line
    pad: str = ""  # inside the brackets of a one-line container


def line_indent(text: str, offset: int) -> str:
    """Return the blanks at the beginning of the line that holds the offset."""
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    match = _BLANKS.match(text, start, offset)
    return match.group() if match else ""


def has_line_end(text: str) -> bool:
    """Tell whether there is a line end."""
    return "\n" in text or "\r" in text


def line_end_near(text: str, offset: int) -> str:
    """Return the line end last used before an offset, else the next one, else LF."""
    index = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset))
    if index < 0:
        following = _LINE_END.search(text, offset)
        return following.group() if following else "\n"
    if text[index] == "\n" and text[index - 1 : index] == "\r":
        return "\r\n"
    return text[index]


def collapse(gap: str) -> str:
    """Return a gap between tokens without its blank lines: one line end and the last indent."""
    ends = list(_LINE_END.finditer(gap))
    return ends[0].group() + gap[ends[-1].end() :] if ends else gap


def indent_unit(text: str, path: list[Node]) -> str:
    """Return what one level of indent adds, as the nearest of these containers shows it.

    Where none of them tells, what the text does most often counts, else two spaces.
    """
    for node in reversed(path):
        unit = _unit_of(text, node)
        if unit:
            return unit
    found = Counter[str]()
    for _, match in zip(range(_SAMPLES), _DEEPER.finditer(text), strict=False):
        found[match[2]] += 1
    return found.most_common(1)[0][0] if found else "  "


def _unit_of(text: str, node: Node) -> str | None:
    if not node.members and not node.items:
        return None
    start = node.members[-1].key_offset if node.members else node.items[-1].offset
    own, inner = line_indent(text, node.offset), line_indent(text, start)
    begins_line = not text[start - len(inner) - 1 : start].strip()
    if begins_line and inner.startswith(own) and has_line_end(text[node.offset : start]):
        return inner[len(own) :] or None
    return None


# --- Writing a value in a given style -------------------------------------------------

# Deeper levels are not indented further: a hostile text must not grow by its depth squared.
_MAX_INDENT: Final = 200

_Work = tuple[Iterator[tuple[str | None, Json]], str]  # what is left of a container, its end


def write(value: Json, style: Style, pointer: str = "") -> str:
    """Return the value's text; raise EditError for what JSON cannot say (NaN, other types)."""
    parts: list[str] = []
    stack: list[_Work] = []
    _begin(value, parts, stack, pointer)
    while stack:
        work, closer = stack[-1]
        entry = next(work, None)
        if entry is None:
            stack.pop()
            parts.append(_break(style, len(stack)) + closer)
            continue
        key, child = entry
        if parts[-1] in ("{", "["):
            parts.append(_break(style, len(stack)))
        elif style.line_end:
            parts.append("," + _break(style, len(stack)))
        else:
            parts.append(style.comma)
        if key is not None:
            parts.append(encode_string(key) + style.colon)
        _begin(child, parts, stack, pointer)
    return "".join(parts)


def _break(style: Style, depth: int) -> str:
    if not style.line_end:
        return style.pad
    return style.line_end + style.indent + style.unit * min(depth, _MAX_INDENT)


def _begin(value: Json, parts: list[str], stack: list[_Work], pointer: str) -> None:
    """Write a scalar or an empty container, or open a container."""
    entries: list[tuple[str | None, Json]]
    if isinstance(value, dict):
        brackets = "{}"
        entries = [(k, v) for k, v in value.items() if v is not UNDEFINED]
        if not all(isinstance(key, str) for key, _ in entries):
            raise EditError(pointer, "A key of a JSON object must be a text.")
    elif isinstance(value, (list, tuple)):
        brackets = "[]"
        entries = [(None, None if v is UNDEFINED else v) for v in value]
    else:
        parts.append(scalar(value, pointer))
        return
    if entries:
        parts.append(brackets[0])
        stack.append((iter(entries), brackets[1]))
    else:
        parts.append(brackets)


def scalar(value: Json, pointer: str = "") -> str:
    """Return the text of a scalar; raise EditError if JSON cannot say it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_string(value)
    if isinstance(value, (int, float)):
        try:
            return encode_number(value)
        except (ValueError, OverflowError):
            raise EditError(pointer, "JSON has no infinite numbers and no NaN.") from None
    raise EditError(pointer, f"JSON cannot hold a value of the type {type(value).__name__}.")


# --- Placing new text among what is there ---------------------------------------------


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
    after = ""
    if spans:
        start, length = spans[-1][1], 0
        style = _style(text, path, start, multiline)
        before = separator(text, parent, len(spans) - 1)
        if has_line_end(before):
            style = replace(style, indent=line_indent(before, len(before)))
    else:
        start, length = parent.offset + 1, parent.length - 2
        style = _style(text, path, parent.offset, multiline)
        before = after = style.pad
        if multiline:
            after = style.line_end + style.indent
            style = replace(style, indent=style.indent + style.unit)
            before = style.line_end + style.indent
    spelled = "" if key is None else encode_string(key) + style.colon
    return start, length, before + spelled + write(value, style, pointer) + after


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
    return "," if _colon(text, [parent]) == ":" else ", "  # none in minified files


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
