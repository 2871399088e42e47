"""Why a text is not JSON. STUB of the reasons."""

from enum import Enum, auto

from loopmail.core.jsontext.syntax import JsonSyntaxError, syntax_error


class Place(Enum):
    """What the parser was about to read."""

    VALUE = auto()
    FIRST_ITEM = auto()
    FIRST_KEY = auto()
    KEY = auto()
    AFTER_VALUE = auto()
    END = auto()


def explain(
    text: str, offset: int, place: Place, openers: list[tuple[str, int]]
) -> JsonSyntaxError:
    """Make the error for a text that cannot be read on from `offset`."""
    while offset < len(text) and text[offset] in " \t\r\n":
        offset += 1
    if offset == len(text):
        return syntax_error(text, offset, "the text ends too early")
    if text.startswith(("//", "/*", "#"), offset):
        return syntax_error(text, offset, "a comment is not allowed in JSON")
    return syntax_error(text, offset, "this is not allowed here")
