"""After any edits the tree and value that a document carries on are those of a full parse."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.jsontext.strategies import same_tree
from loopmail.core.app.document import Document
from loopmail.core.errors import InvalidJson
from loopmail.core.jsontext import Edit, Node, parse, set_value
from loopmail.core.jsontext.edits import MovedMember, reparse

PIECES = st.sampled_from(
    ["", " ", "\n", '"', ",", ":", "{", "}", "[", "]", "1", "-", ".5", "e3", "null", "\\", "ä"]
    + ['"a": 2', ', "b": {"c": 1}', '{"host": "x"}', "[1, [2]]", '"a"', "\\u0041", "\udc80"]
)
KEYS = st.sampled_from(["a", "b", "c", "7", "", "ä"])
LEAVES = st.sampled_from([None, True, 1, -2.5, "", "smtp.example.com", "${X}"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.lists(st.tuples(KEYS, VALUES), max_size=6)  # also with a key that comes twice
Cut = tuple[float, int, str]
CUTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), PIECES), min_size=1, max_size=8)


def written(members: list[tuple[str, Any]], gap: str) -> str:
    """Return the members as the text of an object."""
    parts = (f"{gap}{json.dumps(key)}:{gap}{json.dumps(value)}" for key, value in members)
    return "{" + ",".join(parts) + gap + "}" + gap


def result(text: str) -> tuple[Node, Any] | str:
    """Return what a new document makes of the text."""
    document = Document.new(Path("new.json"), text)
    try:
        return document.root, document.value()
    except InvalidJson as error:
        return str(error)


def carried(document: Document) -> tuple[Node, Any] | str:
    """Return what the document that was edited makes of it."""
    try:
        return document.root, document.value()
    except InvalidJson as error:
        return str(error)


def same(document: Document) -> None:
    """Compare the document with one that is parsed again, also the order of the keys."""
    mine = carried(document)
    anew = result(document.text)
    if isinstance(anew, tuple) and isinstance(mine, tuple):
        assert same_tree(mine[0], anew[0])
        assert json.dumps(mine[1]) == json.dumps(anew[1])
    else:
        assert mine == str(anew).replace("new.json", document.path.name)


@given(MEMBERS, st.sampled_from(["", " ", "\n  "]), CUTS, st.booleans())
def test_any_cuts_and_pastes_leave_the_tree_and_value_of_a_full_parse(
    members: list[tuple[str, Any]], gap: str, cuts: list[Cut], looks: bool
) -> None:
    document = Document.new(Path("edited.json"), written(members, gap))
    same(document)
    for place, length, content in cuts:
        offset = round(place * len(document.text))
        length = min(length, len(document.text) - offset)
        inverse = document.apply(Edit(offset, length, content))
        if looks:
            same(document)
        if isinstance(carried(document), str):  # mostly; else hardly any edit meets good JSON
            document.apply(inverse)
    same(document)


@given(MEMBERS, st.lists(st.tuples(KEYS, KEYS, VALUES), min_size=1, max_size=6))
def test_values_that_are_set_leave_the_tree_and_value_of_a_full_parse(
    members: list[tuple[str, Any]], steps: list[tuple[str, str, Any]]
) -> None:
    document = Document.new(Path("edited.json"), written(members, "\n "))
    done = []
    for key, inner, value in steps:
        found = document.value().get(key)
        pointer = f"/{key}/{inner}" if isinstance(found, dict) else f"/{key}"
        done.append(document.apply(set_value(document.text, pointer, value, document.root)))
        same(document)
    for inverse in reversed(done):
        document.apply(inverse)
        same(document)


def test_what_did_not_change_keeps_its_very_objects_and_is_moved_when_looked_at() -> None:
    text = '{"a": {"host": "x"}, "b": {"list": [{"c": 1}]}, "d": [2]}'
    document = Document.new(Path("edited.json"), text)
    before = document.value()
    document.apply(Edit(text.index("x"), 0, "long"))
    after = document.value()
    assert after["b"] is before["b"]
    assert after["d"] is before["d"]
    assert before["a"] == {"host": "x"}
    assert after["a"] == {"host": "longx"}
    assert isinstance(document.root.members[1], MovedMember)
    assert same_tree(document.root, parse(document.text))


def test_an_edit_outside_the_values_and_a_value_that_breaks_are_left_to_the_full_parse() -> None:
    text = '{"a": 1, "b": [2]}'
    root = parse(text)
    for edit in (
        Edit(text.index("b"), 1, "c"),
        Edit(0, 0, " "),
        Edit(len(text), 0, " "),
        Edit(text.index("1"), 1, '1, "x": 3'),
        Edit(text.index("1"), 5, "7"),
        Edit(text.index("2"), 0, "]"),
        Edit(text.index("2"), 0, "[[["),
    ):
        after = text[: edit.offset] + edit.content + text[edit.offset + edit.length :]
        assert reparse(root, after, edit, 200) is None


def test_nesting_beyond_the_limit_is_told_as_by_the_full_parse() -> None:
    document = Document.new(Path("deep.json"), '{"a": {}, "b": 1}')
    assert document.value() == {"a": {}, "b": 1}
    document.apply(Edit(6, 2, "[" * 199 + "]" * 199))
    same(document)
    assert document.error is None
    document.apply(Edit(6, 0, "["))
    document.apply(Edit(6 + 200, 0, "]"))
    same(document)
    assert document.error is not None
