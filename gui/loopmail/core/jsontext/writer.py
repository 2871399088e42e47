"""A plain value to text, as JSON.stringify would print it, in a given style."""

from collections.abc import Iterator
from typing import Final

from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.scalars import encode_number, encode_string
from loopmail.core.jsontext.style import Style

# Deeper levels are not indented further: a hostile text must not grow by its depth squared.
_MAX_INDENT: Final = 200

_Work = Iterator[tuple[str | None, Json]]


def write(value: Json, style: Style, pointer: str = "") -> str:
    """Return the value's text; raise EditError for what JSON cannot say (NaN, other types)."""
    parts: list[str] = []
    stack: list[tuple[_Work, str]] = []
    _begin(value, parts, stack, style, pointer)
    while stack:
        work, closer = stack[-1]
        entry = next(work, None)
        if entry is None:
            stack.pop()
            parts.append(_break(style, len(stack)) + closer)
            continue
        key, child = entry
        if parts[-1] not in ("{", "["):
            parts.append("," if style.multiline else style.comma)
            parts.append(_break(style, len(stack)) if style.multiline else "")
        else:
            parts.append(_break(style, len(stack)))
        if key is not None:
            parts.append(encode_string(key) + style.colon)
        _begin(child, parts, stack, style, pointer)
    return "".join(parts)


def _break(style: Style, depth: int) -> str:
    if not style.multiline:
        return style.pad
    return style.line_end + style.indent + style.unit * min(depth, _MAX_INDENT)


def _begin(
    value: Json, parts: list[str], stack: list[tuple[_Work, str]], style: Style, pointer: str
) -> None:
    """Write a scalar or an empty container, or open a container."""
    if isinstance(value, dict):
        entries = [(k, v) for k, v in value.items() if v is not UNDEFINED]
        if not all(isinstance(key, str) for key, _ in entries):
            raise EditError(pointer, "A key of a JSON object must be a text.")
        _open(iter(entries), bool(entries), "{}", parts, stack)
    elif isinstance(value, (list, tuple)):
        items = [(None, None if v is UNDEFINED else v) for v in value]
        _open(iter(items), bool(items), "[]", parts, stack)
    else:
        parts.append(scalar(value, pointer))


def _open(
    work: _Work, filled: bool, brackets: str, parts: list[str], stack: list[tuple[_Work, str]]
) -> None:
    if filled:
        parts.append(brackets[0])
        stack.append((work, brackets[1]))
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
