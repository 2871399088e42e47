"""Where two texts differ, found by comparing halves: no loop in Python over every character."""

from collections.abc import Sequence
from typing import Any


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
