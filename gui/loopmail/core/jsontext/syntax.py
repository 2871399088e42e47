"""What is wrong with a text that is not JSON, in plain words and with its place."""

import re

_LINE_END = re.compile(r"\r\n|\n|\r")


class JsonSyntaxError(ValueError):
    """Not JSON as Node's require reads it; `offset` is where reading failed."""

    def __init__(self, reason: str, offset: int, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason, self.offset, self.line, self.column = reason, offset, line, column


class TooDeep(JsonSyntaxError):
    """JSON, but nested more than `limit` levels deep."""

    def __init__(self, limit: int, offset: int, line: int, column: int) -> None:
        super().__init__(f"nested more than {limit} levels deep", offset, line, column)


def line_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of an offset; LF, CRLF and CR each end a line."""
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, offset + 1):
        if end.end() > offset:
            break
        line, start = line + 1, end.end()
    return line, offset - start + 1


def line_starts(text: str) -> list[int]:
    """Return the offset of each line's first character, for many look-ups of lines."""
    return [0, *(end.end() for end in _LINE_END.finditer(text))]


def syntax_error(text: str, offset: int, reason: str) -> JsonSyntaxError:
    """Make the error for an offset."""
    return JsonSyntaxError(reason, offset, *line_column(text, offset))
