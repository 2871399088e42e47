"""Three-way merge: a file that changed on disk while it had unsaved edits.

The values decide: what only one side changed is taken, what both changed differently is a
conflict, identified by its JSON Pointer. The text is merged by lines where that gives these values
(so the layout of both sides stays), else the own changes are made in the text from disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final, Literal, TypeAlias

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import (
    JsonSyntaxError,
    apply_edit,
    equal_values,
    format_pointer,
    parse,
    remove_value,
    set_value,
)

# --- Merging by lines -----------------------------------------------------------------

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


# --- Merging by values ----------------------------------------------------------------

Side: TypeAlias = Literal["ours", "theirs"]

# Deeper containers are compared as a whole; no configuration has them.
_MAX_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both sides changed differently; a missing value is UNDEFINED.

    Where one of the three texts is not JSON, the pointer is empty and the values are the texts.
    """

    pointer: str
    base: Json = field(repr=False)
    ours: Json = field(repr=False)
    theirs: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class MergedText:
    """The merged text, or None and the conflicts that prevent it."""

    text: str | None = field(repr=False)
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class _Three:
    tokens: tuple[str | int, ...]
    base: Json
    ours: Json
    theirs: Json

    @property
    def pointer(self) -> str:
        return format_pointer(self.tokens)


def merge_texts(
    base: str, ours: str, theirs: str, prefer: Mapping[str, Side] | None = None
) -> MergedText:
    """Merge two texts that came from `base`; `prefer` decides conflicts by their pointer."""
    chosen = prefer or {}
    if base == ours or ours == theirs:
        return MergedText(theirs)
    if base == theirs:
        return MergedText(ours)
    try:
        values = [parse(text).value() for text in (base, ours, theirs)]
    except JsonSyntaxError:
        return _merge_plain_texts(base, ours, theirs, chosen)
    changes, conflicts = _compare(_Three((), *values))
    open_conflicts = tuple(c for c in conflicts if c.pointer not in chosen)
    if open_conflicts:
        found = (Conflict(c.pointer, c.base, c.ours, c.theirs) for c in open_conflicts)
        return MergedText(None, tuple(found))
    changes += [c for c in conflicts if chosen[c.pointer] == "ours"]
    merged = _with_changes(theirs, changes)
    by_lines = None if conflicts else merge_lines(base, ours, theirs)
    return MergedText(merged if by_lines is None or not _same(by_lines, merged) else by_lines)


def _merge_plain_texts(base: str, ours: str, theirs: str, chosen: Mapping[str, Side]) -> MergedText:
    if "" in chosen:
        return MergedText(ours if chosen[""] == "ours" else theirs)
    merged = merge_lines(base, ours, theirs)
    if merged is None:
        return MergedText(None, (Conflict("", base, ours, theirs),))
    return MergedText(merged)


def _compare(root: _Three) -> tuple[list[_Three], list[_Three]]:
    """Return what only we changed, and what both changed differently."""
    changes: list[_Three] = []
    conflicts: list[_Three] = []
    pending = [root]
    while pending:
        three = pending.pop()
        if equal_values(three.ours, three.theirs) or equal_values(three.base, three.ours):
            continue
        children = _children(three)
        if children is not None:
            pending += reversed(children)
        elif equal_values(three.base, three.theirs):
            changes.append(three)
        else:
            conflicts.append(three)
    return changes, conflicts


def _children(three: _Three) -> list[_Three] | None:
    """Return the values one level below, None if they cannot be told apart one by one."""
    values = (three.base, three.ours, three.theirs)
    if len(three.tokens) >= _MAX_DEPTH:
        return None
    if all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        return [
            _Three((*three.tokens, key), *(value.get(key, UNDEFINED) for value in values))
            for key in keys
        ]
    # Items that moved have no identity: lists of one length are compared item by item.
    if all(isinstance(value, list) for value in values) and len({len(v) for v in values}) == 1:
        items = zip(*values, strict=True)
        return [_Three((*three.tokens, index), *item) for index, item in enumerate(items)]
    return None


def _with_changes(text: str, changes: list[_Three]) -> str:
    for change in changes:
        if change.ours is UNDEFINED:
            edit = remove_value(text, change.pointer)
        else:
            edit = set_value(text, change.pointer, change.ours)
        text = apply_edit(text, edit)
    return text


def _same(left: str, right: str) -> bool:
    try:
        return equal_values(parse(left).value(), parse(right).value())
    except JsonSyntaxError:
        return False


# --- Where two texts differ -----------------------------------------------------------
# Found by comparing halves: no loop in Python over every character.


def differing(old: Sequence[Any], new: Sequence[Any]) -> tuple[int, int, int]:
    """Return start, end in `old` and end in `new` of the part that differs.

    Both are texts, or both lists of lines. What they begin with in common is not counted again
    among what they end with.
    """
    start = common_start(old, new)
    tail = common_end(old, new, min(len(old), len(new)) - start)
    return start, len(old) - tail, len(new) - tail


def common_start(a: Sequence[Any], b: Sequence[Any]) -> int:
    """Return how much two texts (or lists) have in common at their beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(a: Sequence[Any], b: Sequence[Any], limit: int) -> int:
    """Return how much two texts (or lists) have in common at their end, at most `limit`."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low
