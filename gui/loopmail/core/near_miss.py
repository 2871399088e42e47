"""Which known word somebody probably meant: one answer for keys, names and environments."""

import difflib
import re
from collections.abc import Iterable

_DIGITS = re.compile(r"\d+")


def closest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like `word`, None if none is; case does not count.

    `cutoff` is the least similarity, from 0 to 1, as `difflib.SequenceMatcher.ratio` has it.
    """
    folded: dict[str, str] = {}
    for one in sorted(known):
        folded.setdefault(one.lower(), one)
    near = difflib.get_close_matches(word.strip().lower(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def differ_in_digits(one: str, other: str) -> bool:
    """Tell whether two words differ in their numbers alone: `mail` and `mail2` are both meant."""
    return one != other and _DIGITS.sub("", one).lower() == _DIGITS.sub("", other).lower()
