"""JSON Pointer (RFC 6901)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from loopmail.core.errors import EditError

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
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def array_index(token: str) -> int | None:
    """Return the array index a token stands for, or None."""
    return int(token) if _ARRAY_INDEX.fullmatch(token) else None
