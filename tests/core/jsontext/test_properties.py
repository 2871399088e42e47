import copy
import json

from hypothesis import assume, given
from hypothesis import strategies as st

from core.jsontext.strategies import KEYS, TEXTS, VALUES
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import (
    Edit,
    Node,
    apply_edit,
    at,
    equal_values,
    format_pointer,
    insert_text_copy,
    leaves,
    parse,
    remove_value,
    rename_key,
    set_value,
)

Tokens = tuple[str | int, ...]


def places(root: Node) -> list[Tokens]:
    """Return where values are that count: of duplicate keys the last one's."""
    found: list[Tokens] = []
    pending: list[tuple[Tokens, Node]] = [((), root)]
    while pending:
        tokens, node = pending.pop()
        found.append(tokens)
        pending += [((*tokens, m.key), m.value) for m in {m.key: m for m in node.members}.values()]
        pending += [((*tokens, i), item) for i, item in enumerate(node.items)]
    return found


def parent_of(value: Json, tokens: Tokens) -> Json:
    for token in tokens[:-1]:
        value = value[token]
    return value


def check(text: str, edit: Edit, expected: Json) -> str:
    """Check what holds for every edit, and return the text after it."""
    after = apply_edit(text, edit)
    assert equal_values(parse(after).value(), expected)
    assert after.startswith(text[: edit.offset])
    assert after.endswith(text[edit.offset + edit.length :])
    assert apply_edit(after, edit.inverse(text)) == text
    assert edit.inverse(text).inverse(after) == edit
    return after


def pick(data: st.DataObject, text: str, *, inside: bool = False) -> tuple[Json, Tokens]:
    root = parse(text)
    choices = [p for p in places(root) if p or not inside]
    assume(choices)
    return root.value(), data.draw(st.sampled_from(choices))


@given(TEXTS, VALUES, st.data())
def test_setting_a_value_changes_that_value_alone(
    text: str, value: Json, data: st.DataObject
) -> None:
    expected, tokens = pick(data, text)
    old = parent_of(expected, tokens)[tokens[-1]] if tokens else expected
    edit = set_value(text, format_pointer(tokens), value)
    assert edit.empty == equal_values(old, value)
    if tokens:
        parent_of(expected, tokens)[tokens[-1]] = value
    check(text, edit, expected if tokens else value)


@given(TEXTS, KEYS, VALUES, st.data())
def test_inserting_a_member_or_item_adds_just_that(
    text: str, key: str, value: Json, data: st.DataObject
) -> None:
    root, tokens = pick(data, text)
    target = parent_of(root, (*tokens, "x"))
    assume(isinstance(target, (dict, list)))
    if isinstance(target, dict):
        assume(key not in target)
        target[key] = value
    else:
        key = data.draw(st.sampled_from(["-", str(len(target))]))
        target.append(value)
    edit = set_value(text, format_pointer((*tokens, key)), value)
    check(text, edit, root)
    kept = text[edit.offset : edit.offset + edit.length]
    assert not kept.strip(), "only white space inside an empty container may be replaced"


@given(TEXTS, st.lists(KEYS, min_size=1, max_size=3), VALUES, st.data())
def test_missing_parents_are_created_as_objects(
    text: str, keys: list[str], value: Json, data: st.DataObject
) -> None:
    root, tokens = pick(data, text)
    target = parent_of(root, (*tokens, "x"))
    assume(isinstance(target, dict) and keys[0] not in target)
    made = value
    for key in reversed(keys[1:]):
        made = {key: made}
    target[keys[0]] = made
    check(text, set_value(text, format_pointer((*tokens, *keys)), value), root)


@given(TEXTS, st.data())
def test_removing_a_value_removes_just_that(text: str, data: st.DataObject) -> None:
    expected, tokens = pick(data, text, inside=True)
    del parent_of(expected, tokens)[tokens[-1]]
    check(text, remove_value(text, format_pointer(tokens)), expected)


@given(TEXTS, KEYS, st.data())
def test_renaming_a_key_keeps_its_value_and_its_place(
    text: str, key: str, data: st.DataObject
) -> None:
    expected, tokens = pick(data, text, inside=True)
    parent = parent_of(expected, tokens)
    assume(isinstance(parent, dict))
    pointer = format_pointer(tokens)
    if key in parent and key != tokens[-1]:
        before = copy.deepcopy(expected)
        try:
            rename_key(text, pointer, key)
        except EditError:
            assert equal_values(parse(text).value(), before)
            return
        raise AssertionError("a taken key was accepted")
    renamed = {key if k == tokens[-1] else k: v for k, v in parent.items()}
    parent.clear()
    parent.update(renamed)
    after = check(text, rename_key(text, pointer, key), expected)
    in_order = parent_of(parse(after).value(), (*tokens[:-1], key))
    assert list(in_order) == list(renamed)


@given(TEXTS, KEYS, st.data())
def test_copying_a_member_copies_its_text(text: str, key: str, data: st.DataObject) -> None:
    expected, tokens = pick(data, text, inside=True)
    parent = parent_of(expected, tokens)
    assume(isinstance(parent, dict) and key not in parent)
    parent[key] = parent[tokens[-1]]
    edit = insert_text_copy(text, format_pointer(tokens), key)
    assert edit.length == 0
    check(text, edit, expected)


@given(TEXTS)
def test_every_value_is_where_the_tree_says(text: str) -> None:
    pending = [parse(text)]
    while pending:
        node = pending.pop()
        assert equal_values(parse(text[node.offset : node.end]).value(), node.value())
        pending += [member.value for member in node.members] + list(node.items)


@given(VALUES)
def test_written_values_are_read_back_and_python_agrees(value: Json) -> None:
    text = apply_edit("{}", set_value("{}", "/x", value))
    assert equal_values(parse(text).value()["x"], value)
    assert equal_values(json.loads(text, parse_int=float)["x"], value)


@given(VALUES)
def test_each_leaf_is_found_at_its_place_and_together_they_are_the_value(value: Json) -> None:
    found = list(leaves(value))
    for tokens, leaf in found:
        assert at(value, tokens) is leaf
        assert at(value, [*tokens, "x"]) is UNDEFINED
    text = json.dumps(value)
    assert [json.dumps(leaf) for _, leaf in found] == [
        text[node.offset : node.end] for node in _ends(parse(text))
    ]


def _ends(node: Node) -> list[Node]:
    inner = [member.value for member in node.members] or list(node.items)
    return [end for one in inner for end in _ends(one)] if inner else [node]


def test_only_the_spelling_of_an_index_leads_into_a_list() -> None:
    assert [at(["a", "b"], [token]) for token in ("1", "01", "-1", "²", "2", "length")] == [
        "b",
        *[UNDEFINED] * 5,
    ]
