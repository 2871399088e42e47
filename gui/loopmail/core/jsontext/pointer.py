"""JSON Pointer (RFC 6901), and the two walks through plain JSON values that need no tree."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json

# RFC 6901 section 4: no leading zeros. Longer numbers than this are no index of any list.
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_BAD_ESCAPE = re.compile(r"~(?![01])")


@lru_cache(maxsize=4096)  # a form asks for the same few hundred paths at every letter
def parse_pointer(pointer: str) -> tuple[str, ...]:
    """Split a JSON Pointer into its unescaped tokens; raise EditError if it is not one."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise EditError(pointer, f"A JSON Pointer begins with “/”: {pointer}")
    if _BAD_ESCAPE.search(pointer):
        raise EditError(pointer, f"In a JSON Pointer “~” is written ~0, and “/” ~1: {pointer}")
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer[1:].split("/"))


def format_pointer(tokens: Iterable[str | int]) -> str:
    """Join tokens to a JSON Pointer."""
    return "".join("/" + escape(str(token)) for token in tokens)


@lru_cache(maxsize=4096)
def escape(key: str) -> str:
    """Write a key as a part of a JSON Pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def array_index(token: str) -> int | None:
    """Return the array index a token stands for, or None."""
    return int(token) if _ARRAY_INDEX.fullmatch(token) else None


def at(value: Json, tokens: Iterable[str]) -> Json:
    """Return what stands at this place of a value, UNDEFINED if nothing does."""
    for token in tokens:
        if isinstance(value, dict):
            value = value.get(token, UNDEFINED)
        elif isinstance(value, list):
            index = array_index(token)
            value = UNDEFINED if index is None or index >= len(value) else value[index]
        else:
            return UNDEFINED
    return value


def leaves(value: Json, tokens: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yield all that holds nothing further, with its place, in the order of the text.

    These are the scalars, and the objects and lists that are empty; `tokens` is the value's own
    place. However deep the value is, Python's stack stays as it is.
    """
    stack = [(tokens, value)]
    while stack:
        place, value = stack.pop()
        if isinstance(value, dict) and value:
            stack.extend(((*place, key), part) for key, part in reversed(value.items()))
        elif isinstance(value, list) and value:
            numbered = reversed(list(enumerate(value)))
            stack.extend(((*place, str(index)), part) for index, part in numbered)
        else:
            yield place, value
