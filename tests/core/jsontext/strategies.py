"""Hypothesis strategies for JSON values and for texts in all layouts; comparing trees."""

import json
from collections.abc import Callable

from hypothesis import strategies as st

from loopmail.core.js import Json
from loopmail.core.jsontext import Node

KEYS = st.one_of(
    st.sampled_from(["a", "b", "c", "host", "", "__proto__", "a/b", "~", "0", "-", "ü", '"', "\\"]),
    st.text(max_size=4),
)
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8))


def _containers(children: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=4)


VALUES: st.SearchStrategy[Json] = st.recursive(SCALARS, _containers, max_leaves=10)
ROOTS: st.SearchStrategy[Json] = _containers(VALUES)

SPACES = st.text(" \t\n\r", max_size=3)


@st.composite
def wild_texts(draw: st.DrawFn) -> str:
    """A text with any white space and duplicate keys, as no program would print it."""

    def render(value: Json) -> str:
        if isinstance(value, dict):
            entries = [f"{space()}{json.dumps(k)}{space()}:{render(v)}" for k, v in value.items()]
            if entries and draw(st.integers(0, 3)) == 0:
                entries.append(draw(st.sampled_from(entries)))
            return space() + "{" + (",".join(entries) or space()) + "}" + space()
        if isinstance(value, list):
            items = ",".join(render(item) for item in value)
            return space() + "[" + (items or space()) + "]" + space()
        return space() + json.dumps(value, ensure_ascii=draw(st.booleans())) + space()

    space: Callable[[], str] = lambda: draw(SPACES)  # noqa: E731
    return render(draw(ROOTS))


@st.composite
def tidy_texts(draw: st.DrawFn) -> str:
    """A text as programs print it, with any indent and line end."""
    indent = draw(st.sampled_from([None, 1, 2, 3, 4, 8, "\t"]))
    tight = indent is None and draw(st.booleans())
    text = json.dumps(
        draw(ROOTS),
        indent=indent,
        ensure_ascii=draw(st.booleans()),
        separators=(",", ":") if tight else None,
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return text.replace("\n", end) + draw(st.sampled_from(["", end]))


TEXTS = st.one_of(wild_texts(), tidy_texts())


def same_tree(one: Node, other: Node) -> bool:
    """Tell whether two trees say the same of the same places; without recursion."""
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if (a.kind, a.offset, a.length, a.scalar) != (b.kind, b.offset, b.length, b.scalar):
            return False
        if len(a.items) != len(b.items):
            return False
        keys = [[(m.key, m.key_offset, m.key_end) for m in node.members] for node in (a, b)]
        if keys[0] != keys[1]:
            return False
        pairs += ((m.value, n.value) for m, n in zip(a.members, b.members, strict=True))
        pairs += zip(a.items, b.items, strict=True)
    return True
