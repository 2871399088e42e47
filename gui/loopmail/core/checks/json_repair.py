"""Texts that are nearly JSON: comments and trailing commas, which Node's require refuses."""

import re

from loopmail.core.jsontext import JsonSyntaxError, parse

# A string, a comment, or any other character, so that nothing inside a string is touched.
_PART = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|(?P<comment>[ \t]*//[^\n\r]*|/\*.*?\*/)|(?P<rest>.)', re.DOTALL
)
_TRAILING = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?P<comma>,)(?=\s*[}\]])|.', re.DOTALL)


def repaired(text: str) -> str | None:
    """Return the text without comments and trailing commas, None if that is still no JSON."""
    plain = _PART.sub(lambda m: "" if m["comment"] is not None else m[0], text)
    plain = _TRAILING.sub(lambda m: "" if m["comma"] else m[0], plain)
    try:
        parse(plain)
    except JsonSyntaxError:
        return None
    return plain
