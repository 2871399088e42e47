import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jsontext.strategies import VALUES
from loopmail.core.app.merge import Conflict, merge_lines, merge_texts
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import equal_values, parse

BASE = """{
  "mail": {
    "host": "mail.example.com",
    "port": 25,
    "auth": { "user": "a", "pass": "b" }
  },
  "db": { "connector": "memory" }
}
"""


def texts(conflicts: tuple[Conflict, ...]) -> list[tuple[str, Json, Json, Json]]:
    return [(c.pointer, c.base, c.ours, c.theirs) for c in conflicts]


def test_changes_at_different_places_go_together() -> None:
    ours = BASE.replace("25", "465")
    theirs = BASE.replace('"memory"', '"mysql"')
    assert merge_texts(BASE, ours, theirs).text == ours.replace('"memory"', '"mysql"')


def test_changes_in_the_same_line_go_together_when_the_values_differ_in_place() -> None:
    ours = BASE.replace('"user": "a"', '"user": "me"')
    theirs = BASE.replace('"pass": "b"', '"pass": "new"')
    merged = merge_texts(BASE, ours, theirs)
    assert merged.text == theirs.replace('"user": "a"', '"user": "me"')


def test_members_added_by_both_at_the_same_place_are_both_kept() -> None:
    ours = BASE.replace('"port": 25,', '"port": 25,\n    "secure": true,')
    theirs = BASE.replace('"port": 25,', '"port": 25,\n    "name": "x",')
    merged = merge_texts(BASE, ours, theirs).text
    assert merged is not None
    assert parse(merged).value()["mail"]["secure"] is True
    assert parse(merged).value()["mail"]["name"] == "x"


def test_a_reformatted_file_keeps_its_new_format() -> None:
    theirs = json.dumps(json.loads(BASE), indent=4)
    merged = merge_texts(BASE, BASE.replace("25", "465"), theirs)
    assert merged.text == theirs.replace("25", "465")


def test_different_changes_of_one_value_are_a_conflict_told_by_its_pointer() -> None:
    merged = merge_texts(BASE, BASE.replace("25", "465"), BASE.replace("25", "587"))
    assert merged.text is None
    assert texts(merged.conflicts) == [("/mail/port", 25, 465, 587)]


def test_removing_what_the_other_side_changed_is_a_conflict() -> None:
    ours = BASE.replace('    "port": 25,\n', "")
    merged = merge_texts(BASE, ours, BASE.replace("25", "587"))
    assert texts(merged.conflicts) == [("/mail/port", 25, UNDEFINED, 587)]
    merged = merge_texts(BASE, BASE.replace("25", "587"), ours)
    assert texts(merged.conflicts) == [("/mail/port", 25, 587, UNDEFINED)]


def test_conflicts_are_decided_one_by_one() -> None:
    ours = BASE.replace("25", "465").replace("memory", "mysql")
    theirs = BASE.replace("25", "587").replace("memory", "oracle")
    merged = merge_texts(BASE, ours, theirs, {"/mail/port": "ours"})
    assert [c.pointer for c in merged.conflicts] == ["/db/connector"]
    merged = merge_texts(BASE, ours, theirs, {"/mail/port": "ours", "/db/connector": "theirs"})
    assert merged.text == BASE.replace("25", "465").replace("memory", "oracle")


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    changed = BASE.replace("25", "465")
    assert merge_texts(BASE, changed, changed.replace("memory", "mysql")).conflicts == ()


def test_lists_of_different_length_are_one_value() -> None:
    merged = merge_texts("[1, 2]", "[1, 2, 3]", "[5, 2]")
    assert texts(merged.conflicts) == [("", [1, 2], [1, 2, 3], [5, 2])]
    assert merge_texts("[1, 2]", "[1, 7]", "[5, 2]").text == "[5, 7]"
    assert merge_texts('{"a": [1]}', '{"a": [1, 2]}', '{"a": [1], "b": 2}').conflicts == ()


def test_texts_that_are_not_json_are_merged_by_lines() -> None:
    base = "{\n  // one\n  a\n  b\n  c\n}"
    merged = merge_texts(base, base.replace("one", "two"), base.replace("c", "d"))
    assert merged.text == base.replace("one", "two").replace("c", "d")
    ours, theirs = base.replace("one", "two"), base.replace("one", "three")
    merged = merge_texts(base, ours, theirs)
    assert texts(merged.conflicts) == [("", base, ours, theirs)]
    assert merge_texts(base, ours, theirs, {"": "theirs"}).text == theirs


def test_a_side_without_changes_gives_way() -> None:
    assert merge_texts("{}", "{}", '{"a":1}').text == '{"a":1}'
    assert merge_texts("{}", '{"a":1}', "{}").text == '{"a":1}'


def test_repr_of_a_conflict_shows_no_values() -> None:
    merged = merge_texts('{"pass": "x"}', '{"pass": "geheim"}', '{"pass": "secret"}')
    assert "geheim" not in repr(merged)
    assert "secret" not in repr(merged)


def test_deep_texts_are_merged_without_recursion() -> None:
    deep = "[" * 50_000 + "1" + "]" * 50_000
    base = f'{{\n"a": {deep},\n\n"b": 1,\n\n"c": 1\n}}'
    merged = merge_texts(base, base.replace('"b": 1', '"b": 2'), base.replace('"c": 1', '"c": 2'))
    assert merged.text == base.replace('"b": 1', '"b": 2').replace('"c": 1', '"c": 2')


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n", "a\nB\nc\nd\n"),
        ("a\nb\nc\n", "b\nc\n", "a\nb\n", "b\n"),
        ("a\nb\n", "a\nX\n", "a\nX\n", "a\nX\n"),
        ("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", None),
        ("a\nb\n", "a\nx\nb\n", "a\ny\nb\n", None),
    ],
)
def test_lines_are_merged_unless_the_changes_touch(
    base: str, ours: str, theirs: str, merged: str | None
) -> None:
    assert merge_lines(base, ours, theirs) == merged


@given(st.dictionaries(st.sampled_from("abc"), VALUES), st.data())
def test_a_merge_takes_every_change_of_either_side(
    base: dict[str, Json], data: st.DataObject
) -> None:
    sides: list[dict[str, Json]] = []
    for keys in ("abx", "cyz"):
        side = dict(base)
        for key in data.draw(st.sets(st.sampled_from(keys))):
            side[key] = data.draw(VALUES)
        sides.append(side)
    expected = base | {
        k: v for side in sides for k, v in side.items() if base.get(k, UNDEFINED) is not v
    }
    indent = data.draw(st.sampled_from([None, 2]))
    ours, theirs = (json.dumps(side, indent=indent) for side in sides)
    merged = merge_texts(json.dumps(base, indent=indent), ours, theirs)
    assert merged.conflicts == ()
    assert merged.text is not None
    assert equal_values(parse(merged.text).value(), expected)
