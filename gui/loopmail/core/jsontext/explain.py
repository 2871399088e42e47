"""Why a text is not JSON: reasons in plain words, and where to look."""

import re
from enum import Enum, auto
from typing import Final

from loopmail.core.jsontext.syntax import JsonSyntaxError, line_column, syntax_error

_SPACE = re.compile(r"[ \t\n\r]*+")
_WORD = re.compile(r"[A-Za-z_$][\w$]*+")
_GOOD_STRING = re.compile(
    r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*'
)
# What is wrong at any place, and what is wrong with a number, by how it begins.
_ANYWHERE: Final = (
    (re.compile(r"//|/\*|#"), "a comment is not allowed in JSON"),
    (
        re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?![<=>|])"),
        "an unresolved conflict of a merge stands here",
    ),
    (re.compile("'"), "a text must stand in double quotes"),
    (re.compile("\ufeff"), "a byte-order mark is allowed only once, at the very beginning"),
    (re.compile("\0"), "a NUL character stands here; the file may be damaged or UTF-16"),
)
_BAD_NUMBERS: Final = (
    (re.compile(r"\+"), "a number must not begin with +"),
    (re.compile(r"-{1,2}\.|\.[0-9]"), "a number must not begin with a decimal point"),
    (re.compile("-I"), "Infinity is not a JSON value"),
    (re.compile("-"), "digits are missing behind the minus sign"),
)

_CONTAINERS: Final = {"}": "object", "]": "list"}
_NOT_JSON_WORDS: Final = {
    "NaN": "NaN is not a JSON value",
    "Infinity": "Infinity is not a JSON value",
    "undefined": "undefined is not a JSON value",
    "None": "None is not a JSON value; write null",
}
_CONTROL_NAMES: Final = {"\t": "a tab", "\n": "a line end", "\r": "a line end"}


class Expected(Enum):
    """What the parser was about to read."""

    START = auto()  # the value of the whole text
    FIRST_ITEM = auto()
    ITEM = auto()
    FIRST_KEY = auto()
    KEY = auto()
    COLON = auto()
    VALUE = auto()  # of a member
    AFTER_VALUE = auto()
    END = auto()  # behind the value of the whole text


_KEYS: Final = (Expected.FIRST_KEY, Expected.KEY)
_SIGNS: Final = (Expected.COLON, Expected.AFTER_VALUE, Expected.END)


def explain(text: str, offset: int, place: Expected, closer: str, opened: int) -> JsonSyntaxError:
    """Make the error for a text that cannot be read on from `offset`.

    `closer` is the bracket that would end the innermost container, `opened` its offset.
    """
    space = _SPACE.match(text, offset)
    offset = space.end() if space else offset
    if offset >= len(text):
        return syntax_error(text, len(text), _ended(text, place, closer, opened))
    reason = _anywhere(text, offset)
    if reason is not None:
        return syntax_error(text, offset, reason)
    if text[offset] in "}]" and place in (Expected.KEY, Expected.ITEM) and text[offset] == closer:
        comma = text.rindex(",", 0, offset)
        return syntax_error(text, comma, "a comma before the closing bracket is not allowed")
    if text[offset] == '"' and place not in _SIGNS:
        return _string_error(text, offset)
    if place in _SIGNS or place in _KEYS:
        return syntax_error(text, offset, _misplaced(text, offset, place, closer, opened))
    return syntax_error(text, offset, _no_value(text, offset))


def _ended(text: str, place: Expected, closer: str, opened: int) -> str:
    if place is Expected.START:
        return "the file is empty; it must hold a JSON value, for example {}"
    if opened < 0:
        return "the text ends too early"
    line, _ = line_column(text, opened)
    kind = _CONTAINERS[closer]
    return f"the text ends inside the {kind} that begins in line {line}; “{closer}” is missing"


def _anywhere(text: str, offset: int) -> str | None:
    """Return the reason for what is wrong at any place."""
    for pattern, reason in _ANYWHERE:
        if pattern.match(text, offset):
            return reason
    char = text[offset]
    if char in "“”„‘’«»":
        return f"“{char}” is a typographic quote; JSON wants the plain double quote"
    if "\udc80" <= char <= "\udcff":
        return f"the byte 0x{ord(char) - 0xDC00:02X} is not UTF-8"
    if char.isspace() or not char.isprintable():
        return f"the invisible character U+{ord(char):04X} is not allowed here"
    return None


def _misplaced(text: str, offset: int, place: Expected, closer: str, opened: int) -> str:
    """Return the reason for something that stands where a key or a sign is expected."""
    char = text[offset]
    if place is Expected.END:
        return "the JSON value has ended, but more text follows"
    if place is Expected.COLON:
        return "a colon is missing between the key and its value"
    if char in "}]":
        line, _ = line_column(text, opened)
        kind = _CONTAINERS[closer]
        return f"“{char}” cannot end the {kind} that begins in line {line}; “{closer}” is expected"
    if place is Expected.AFTER_VALUE:
        if text[offset - 1] not in '"]} \t\r\n':
            return _number_reason(text, offset)
        value_begins = char in '"{[-' or _WORD.match(text, offset) or char.isdigit()
        return "a comma is missing here" if value_begins else _unexpected(char)
    if char == ",":
        return "a comma too many"
    if _WORD.match(text, offset) or char.isdigit():
        return "a key must stand in double quotes"
    return "a key in double quotes is expected here"


def _number_reason(text: str, offset: int) -> str:
    """Return the reason for what directly follows the digits that were read as a number."""
    char = text[offset]
    start = offset
    while start > 0 and text[start - 1] in "0123456789.eE+-":
        start -= 1
    number = text[start:offset]
    if char.isdigit() and number.lstrip("-") == "0":
        return "a number must not begin with 0"
    if char == ".":
        return "digits are missing behind the decimal point"
    if char in "eE":
        return "digits are missing in the exponent"
    if char in "xXoObB" and number.lstrip("-") == "0":
        return "a number must be decimal"
    return "a comma is missing here" if char in '"{[' else _unexpected(char)


def _no_value(text: str, offset: int) -> str:
    """Return the reason for something that is no value."""
    char = text[offset]
    if char == ",":
        return "a value is missing before the comma"
    if char in "}]:":
        return f"a value is expected before “{char}”"
    if match := _WORD.match(text, offset):
        word = match.group()
        if word.lower() in ("true", "false", "null"):
            return f"{word} must be written {word.lower()}"
        return _NOT_JSON_WORDS.get(word, "a text must stand in double quotes")
    found = (reason for pattern, reason in _BAD_NUMBERS if pattern.match(text, offset))
    return next(found, _unexpected(char))


def _unexpected(char: str) -> str:
    return f"“{char}” is not allowed here"


def _string_error(text: str, offset: int) -> JsonSyntaxError:
    """Find what is wrong inside a string."""
    good = _GOOD_STRING.match(text, offset)
    position = good.end() if good else offset
    if position >= len(text):
        return syntax_error(text, offset, "the text ends inside this string; its quote is missing")
    char = text[position]
    if char == "\\":
        return syntax_error(text, position, _escape_reason(text[position : position + 2]))
    if char in "\r\n":
        return syntax_error(text, position, "a string must end in its line; its quote is missing")
    if char == '"':  # a complete string: it is what follows that could not be read
        return syntax_error(text, offset, "a string is not allowed here")
    name = _CONTROL_NAMES.get(char, f"the control character U+{ord(char):04X}")
    spelled = {"\t": "\\t"}.get(char, f"\\u{ord(char):04x}")
    return syntax_error(text, position, f"{name} in a string must be written {spelled}")


def _escape_reason(escape: str) -> str:
    if escape == "\\u":
        return "\\u must be followed by four hexadecimal digits"
    if not escape.isprintable():
        return "a backslash before a line end or an invisible character is not allowed"
    return f"{escape} is not an escape that JSON knows; a backslash itself is written \\\\"
