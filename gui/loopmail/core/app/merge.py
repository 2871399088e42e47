"""Three-way merge: a file that changed on disk while it had unsaved edits.

The values decide: what only one side changed is taken, what both changed differently is a
conflict, identified by its JSON Pointer. The text is merged by lines where that gives these values
(so the layout of both sides stays), else the own changes are made in the text from disk.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final, Literal, TypeAlias

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import (
    JsonSyntaxError,
    apply_edit,
    equal_values,
    escape,
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
        if "" in chosen:
            return MergedText(ours if chosen[""] == "ours" else theirs)
        lines = merge_lines(base, ours, theirs)
        return MergedText(lines, () if lines is not None else (Conflict("", base, ours, theirs),))
    changes, conflicts = _compare(Conflict("", *values))
    undecided = tuple(conflict for conflict in conflicts if conflict.pointer not in chosen)
    if undecided:
        return MergedText(None, undecided)
    merged = theirs
    for one in changes + [c for c in conflicts if chosen[c.pointer] == "ours"]:
        at, value = one.pointer, one.ours
        edit = remove_value(merged, at) if value is UNDEFINED else set_value(merged, at, value)
        merged = apply_edit(merged, edit)
    by_lines = None if conflicts else merge_lines(base, ours, theirs)
    return MergedText(merged if by_lines is None or not _same(by_lines, merged) else by_lines)


def _compare(root: Conflict) -> tuple[list[Conflict], list[Conflict]]:
    """Return what only we changed, and what both changed differently."""
    changes: list[Conflict] = []
    conflicts: list[Conflict] = []
    pending = [root]
    while pending:
        one = pending.pop()
        if equal_values(one.ours, one.theirs) or equal_values(one.base, one.ours):
            continue
        children = _children(one)
        if children is not None:
            pending += reversed(children)
        elif equal_values(one.base, one.theirs):
            changes.append(one)
        else:
            conflicts.append(one)
    return changes, conflicts


def _children(one: Conflict) -> list[Conflict] | None:
    """Return the values one level below, None if they cannot be told apart one by one."""
    values = (one.base, one.ours, one.theirs)
    if one.pointer.count("/") >= _MAX_DEPTH:
        return None
    if all(isinstance(value, dict) for value in values):
        keys = dict.fromkeys(key for value in values for key in value)
        below = [(key, [value.get(key, UNDEFINED) for value in values]) for key in keys]
    # Items that moved have no identity: lists of one length are compared item by item.
    elif all(isinstance(value, list) for value in values) and len({len(v) for v in values}) == 1:
        below = [(str(index), list(items)) for index, items in enumerate(zip(*values, strict=True))]
    else:
        return None
    return [Conflict(f"{one.pointer}/{escape(key)}", *parts) for key, parts in below]


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
    shorter = min(len(old), len(new))
    start = _most_common(shorter, lambda a, b: old[a:b] == new[a:b])
    tail = _most_common(
        shorter - start,
        lambda a, b: old[len(old) - b : len(old) - a] == new[len(new) - b : len(new) - a],
    )
    return start, len(old) - tail, len(new) - tail


def _most_common(limit: int, equal: Callable[[int, int], bool]) -> int:
    """Return the most that is common, where `equal` compares from one number of items to another."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if equal(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
