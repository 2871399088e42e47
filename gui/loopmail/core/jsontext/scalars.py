"""Texts and numbers: from their spelling to what JavaScript makes of it, and back."""

import math
import re
from typing import Final

from loopmail.core.js import Json

# Number.MAX_SAFE_INTEGER: up to here a double holds every integer.
MAX_SAFE_INTEGER: Final = 2**53 - 1

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_NEEDS_ESCAPE = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
_TO_SHORT = {char: f"\\{short}" for short, char in _SHORT.items() if char != "/"}


def to_utf8(text: str) -> bytes:
    """Return the bytes of a text: surrogate escapes as they were, other surrogates as U+FFFD.

    The latter have no bytes of their own; they come from texts that were pasted or typed.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _NO_BYTE.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def decode_string(raw: str) -> str:
    """Return the text that the inside of a JSON string stands for.

    Bytes that are not UTF-8 stand in `raw` as surrogate escapes and become U+FFFD, as Node's
    decoder makes them; escaped lone surrogates stay, as in JSON.parse.
    """
    if not raw.isascii() and _SURROGATE.search(raw):
        raw = to_utf8(raw).decode("utf-8", "replace")
    if "\\" not in raw:
        return raw
    text = _ESCAPE.sub(_unescape, raw)
    return _PAIR.sub(_join_pair, text)


def _unescape(match: re.Match[str]) -> str:
    digits, short = match.groups()
    return chr(int(digits, 16)) if digits else _SHORT[short]


def _join_pair(match: re.Match[str]) -> str:
    high, low = match.groups()
    return chr(0x10000 + ((ord(high) - 0xD800) << 10) + (ord(low) - 0xDC00))


def encode_string(text: str) -> str:
    """Return the text as JSON.stringify spells it: raw except controls and lone surrogates."""
    return '"' + _NEEDS_ESCAPE.sub(_escape, _PAIR.sub(_join_pair, text)) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _TO_SHORT.get(char) or f"\\u{ord(char):04x}"


def decode_number(raw: str) -> int | float:
    """Return the double that JavaScript reads, as an int where it is a safe integer."""
    if len(raw) <= 15:
        try:
            return int(raw)
        except ValueError:
            pass
    number = float(raw)
    if number.is_integer() and abs(number) <= MAX_SAFE_INTEGER:
        return int(number)
    return number


def encode_number(number: int | float) -> str:
    """Return the number as JSON.stringify spells it; raise ValueError for NaN and infinities.

    ECMA-262, Number::toString: plain digits below 1e21, an exponent from there and below 1e-6.
    """
    double = float(number)
    if not math.isfinite(double):
        raise ValueError("not a finite number")
    if double == 0:
        return "0"
    sign, digits, point = _shortest(double)
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{point - 1:+d}"


def _shortest(double: float) -> tuple[str, str, int]:
    """Return sign, shortest round-trip digits d, and point p where |double| = 0.d * 10**p."""
    mantissa, _, exponent = f"{abs(double)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0)
    point -= len(whole + fraction) - len(digits)
    return ("-" if double < 0 else ""), digits.rstrip("0"), point


def equal_values(left: Json, right: Json) -> bool:
    """Tell whether two plain JSON values are the same, without recursion; true is not 1."""
    pairs = [(left, right)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            pairs += [(a[key], b[key]) for key in a]
        elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            if len(a) != len(b):
                return False
            pairs += zip(a, b, strict=True)
        elif isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
            if a is not b:
                return False
        elif a != b:
            return False
    return True
