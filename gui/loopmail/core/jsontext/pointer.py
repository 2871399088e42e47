"""JSON Pointer (RFC 6901)."""

from collections.abc import Iterable

from loopmail.core.errors import EditError


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """Split a JSON Pointer into its unescaped tokens; raise EditError if it is not one."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise EditError(pointer, f"A JSON Pointer begins with “/”: {pointer}")
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer[1:].split("/"))


def format_pointer(tokens: Iterable[str | int]) -> str:
    """Join tokens to a JSON Pointer."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)
