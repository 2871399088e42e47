import json
import math
from pathlib import Path

import pytest

from core.jsontext.strategies import same_tree
from loopmail.core.js import Json
from loopmail.core.jsontext import Node, equal_values, find, format_pointer, parse
from loopmail.core.jsontext.scalars import encode_number

DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("465.0", 465),
        ("1e3", 1000),
        ("-0", 0),
        ("-0.0", 0),
        ("0.1", 0.1),
        ("9007199254740991", 9007199254740991),
        ("9007199254740993", 9007199254740992.0),
        ("1e400", math.inf),
        ("-1e400", -math.inf),
        ("1e-400", 0),
        ("1" + "0" * 5000, math.inf),
        ("123456789012345678901234567890", 1.2345678901234568e29),
    ],
)
def test_numbers_are_javascript_doubles(text: str, value: float) -> None:
    assert parse(text).value() == value


@pytest.mark.parametrize(("text", "kind"), [("465.0", int), ("0.5", float), ("1e21", float)])
def test_safe_integers_are_ints_and_all_else_floats(text: str, kind: type) -> None:
    assert type(parse(text).value()) is kind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\u0041\n\/\\\""', 'A\n/\\"'),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\ud83d"', "\ud83d"),
        (r'"\ude00\ud83d"', "\ude00\ud83d"),
        ('"\x7f\u2028é😀"', "\x7f\u2028é😀"),
        ('"caf\udce9"', "caf\ufffd"),
        ('"\ud800\udce9"', "\ufffd\ufffd"),  # typed into the text, it has no bytes at all
        ('"\udce2\udc82"', "\ufffd"),  # a cut-off sequence is one replacement character in Node
    ],
)
def test_strings_mean_what_they_mean_in_node(text: str, value: str) -> None:
    assert parse(text).value() == value


def test_last_of_duplicate_keys_wins_everywhere() -> None:
    root = parse('{"a": 1, "b": 2, "a": {"c": 3}}')
    assert root.value() == {"a": {"c": 3}, "b": 2}
    assert list(root.value()) == ["a", "b"]
    node = find(root, "/a/c")
    assert node is not None
    assert node.scalar == 3


def test_proto_is_a_key_like_any_other() -> None:
    assert parse('{"__proto__": {"x": 1}}').value() == {"__proto__": {"x": 1}}


def test_offsets_and_lengths_are_those_of_the_text() -> None:
    text = ' {"a" : [ 1.50 , "x" ] } '
    root = parse(text)
    member = root.members[0]
    assert text[root.offset : root.end] == '{"a" : [ 1.50 , "x" ] }'
    assert text[member.key_offset : member.key_end] == '"a"'
    assert [text[i.offset : i.end] for i in member.value.items] == ["1.50", '"x"']


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", {"a/b": [1, {"~": 2}], "": 3, "0": 4}), ("/a~1b/1/~0", 2), ("/", 3), ("/0", 4)],
)
def test_pointers_find_their_values(pointer: str, value: Json) -> None:
    node = find(parse('{"a/b": [1, {"~": 2}], "": 3, "0": 4}'), pointer)
    assert node is not None
    assert node.value() == value


@pytest.mark.parametrize("pointer", ["/x", "/a~1b/2", "/a~1b/-", "/a~1b/01", "/a~1b/x", "/0/0"])
def test_pointers_to_nothing_find_nothing(pointer: str) -> None:
    assert find(parse('{"a/b": [1, 2], "0": 4}'), pointer) is None


def _same_depth(root: Node, text: str) -> None:
    again = parse(text)
    assert same_tree(root, again)
    assert equal_values(root.value(), again.value())


def test_arrays_may_be_nested_100000_deep() -> None:
    text = "[" * DEEP + "]" * DEEP
    _same_depth(parse(text), text)


def test_objects_may_be_nested_100000_deep() -> None:
    text = '{"a":' * DEEP + "1" + "}" * DEEP
    root = parse(text)
    _same_depth(root, text)
    innermost = find(root, format_pointer(["a"] * DEEP))
    assert innermost is not None
    assert innermost.value() == 1


def test_100000_keys_are_read_and_found() -> None:
    value = {f"key{i}": i for i in range(DEEP)}
    root = parse(json.dumps(value))
    assert root.value() == value
    for i in range(0, DEEP, 10):
        node = find(root, f"/key{i}")
        assert node is not None
        assert node.scalar == i


def test_trees_differ_when_texts_differ() -> None:
    assert same_tree(parse('{"a": [1]}'), parse('{"a": [1]}'))
    assert not same_tree(parse('{"a": [1]}'), parse('{"a": [2]}'))
    assert not same_tree(parse('{"a": [1]}'), parse('{"b": [1]}'))
    assert not same_tree(parse("[1,2]"), parse("[1]  "))


def test_repr_of_a_tree_shows_no_content() -> None:
    root = parse('{"pass": "geheim"}')
    assert "geheim" not in repr(root) + repr(root.members[0])


@pytest.mark.parametrize("left", [1, True, None, "1", [], {}, [1], {"a": 1}, 0, False, ""])
def test_values_of_different_types_are_not_equal(left: Json) -> None:
    others = [1, True, None, "1", [], {}, [1], {"a": 1}, 0, False, ""]
    assert [other for other in others if equal_values(left, other)] == [left]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (465.0, "465"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1.5e-7, "1.5e-7"),
        (0.000001, "0.000001"),
        (123.456, "123.456"),
        (-1e-10, "-1e-10"),
        (2**53 + 1, "9007199254740992"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
    ],
)
def test_numbers_are_spelled_as_json_stringify_does(number: float, text: str) -> None:
    assert encode_number(number) == text


def test_reading_the_examples_equals_python_reading_them() -> None:
    folder = Path(__file__).parent / "examples"
    for name in ("two-spaces.json", "tabs-crlf.json", "irregular.json", "minified.json"):
        text = (folder / name).read_text("utf-8")
        assert parse(text).value() == json.loads(text)
