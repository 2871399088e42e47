"""Where two texts differ: against a loop over every character."""

from os.path import commonprefix

from hypothesis import given
from hypothesis import strategies as st

from loopmail.core.app.merge import differing

TEXTS = st.text("ab\n", max_size=12)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_it_is_what_a_loop_over_every_character_finds(a: str, b: str, c: str, d: str) -> None:
    old, new = a + b + d, a + c + d
    start = len(commonprefix([old, new]))
    limit = min(len(old), len(new)) - start
    tail = len(commonprefix([old[::-1][:limit], new[::-1][:limit]]))
    assert differing(old, new) == (start, len(old) - tail, len(new) - tail)
    assert differing(list(old), list(new)) == differing(old, new)


def test_equal_texts_do_not_differ_anywhere() -> None:
    assert differing("abc", "abc") == (3, 3, 3)
    assert differing("", "") == (0, 0, 0)
    assert differing("aa", "aaa") == (2, 2, 3)
