"""Three-way merge of texts by lines, as version control does it."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

# Comparing takes quadratic time at worst.
_MAX_LINES: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Lines `start` to `end` of the base become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def merge_lines(base: str, ours: str, theirs: str) -> str | None:
    """Return the text with the changes of both sides, None where they touch each other."""
    lines = base.splitlines(keepends=True)
    if max(len(lines), ours.count("\n"), theirs.count("\n")) > _MAX_LINES:
        return None
    hunks = _hunks(lines, ours)
    for hunk in _hunks(lines, theirs):
        if hunk in hunks:
            continue
        if any(h.start <= hunk.end and hunk.start <= h.end for h in hunks):
            return None
        hunks.append(hunk)
    for hunk in sorted(hunks, key=lambda h: h.start, reverse=True):
        lines[hunk.start : hunk.end] = hunk.lines
    return "".join(lines)


def _hunks(base: list[str], text: str) -> list[_Hunk]:
    lines = text.splitlines(keepends=True)
    matcher = SequenceMatcher(None, base, lines, autojunk=False)
    return [
        _Hunk(a, b, tuple(lines[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]
