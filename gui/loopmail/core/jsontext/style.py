"""The layout of a JSON text, read from the text itself and never assumed."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from loopmail.core.jsontext.tree import Node

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

    @property
    def multiline(self) -> bool:
        """Whether each member and item gets its own line."""
        return bool(self.line_end)


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
    children = [m.key_node for m in node.members[-1:]] or list(node.items[-1:])
    if not children:
        return None
    child = children[0]
    own, inner = line_indent(text, node.offset), line_indent(text, child.offset)
    begins_line = not text[child.offset - len(inner) - 1 : child.offset].strip()
    if begins_line and inner.startswith(own) and has_line_end(text[node.offset : child.offset]):
        return inner[len(own) :] or None
    return None
