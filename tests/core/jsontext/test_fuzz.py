"""Whatever stands in a file: the parser and the editor answer, or say what is wrong."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.jsontext.strategies import KEYS, TEXTS, VALUES
from loopmail.core.errors import EditError
from loopmail.core.jsontext import (
    Edit,
    JsonSyntaxError,
    Node,
    apply_edit,
    find,
    insert_text_copy,
    line_column,
    parse,
    remove_value,
    rename_key,
    set_value,
)

pytestmark = pytest.mark.torture

FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"
EXAMPLES = 20_000 if FULL else 200

JUNK = st.one_of(
    st.text(),
    st.text(
        alphabet='{}[],:"\\ \n\r\t0123456789-+.eEtrufalsn/*\ufeff\ud800\udce9\x00', max_size=30
    ),
    st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")),
)
POINTERS = st.one_of(st.text(max_size=8), st.lists(KEYS, max_size=4).map("/".join))


def damage(text: str, at: int, length: int, junk: str) -> str:
    """Put junk into a good text."""
    at %= len(text) + 1
    return text[:at] + junk + text[at + length :]


DAMAGED = st.builds(damage, TEXTS, st.integers(0, 500), st.integers(0, 3), JUNK)


def outcome(text: str) -> tuple[Node | None, JsonSyntaxError | None]:
    """Return the tree or the error."""
    try:
        return parse(text), None
    except JsonSyntaxError as error:
        return None, error


@settings(max_examples=EXAMPLES)
@given(st.one_of(JUNK, DAMAGED))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    root, error = outcome(text)
    if error is not None:
        assert 0 <= error.offset <= len(text)
        assert (error.line, error.column) == line_column(text, error.offset)
        assert error.reason.isprintable()
    if root is not None:
        assert not text[: root.offset].strip(" \t\r\n")
        assert not text[root.end :].strip(" \t\r\n")


@settings(max_examples=EXAMPLES)
@given(st.one_of(TEXTS, DAMAGED), POINTERS, KEYS, VALUES)
def test_any_edit_gives_json_or_is_refused(
    text: str, pointer: str, key: str, value: object
) -> None:
    edits: tuple[Callable[[], Edit], ...] = (
        lambda: set_value(text, pointer, value),
        lambda: remove_value(text, pointer),
        lambda: rename_key(text, pointer, key),
        lambda: insert_text_copy(text, pointer, key),
    )
    for make in edits:
        try:
            edit = make()
        except (EditError, JsonSyntaxError):
            continue
        after = apply_edit(text, edit)
        parse(after)
        assert apply_edit(after, edit.inverse(text)) == text


@given(TEXTS, POINTERS)
def test_any_pointer_finds_a_node_or_nothing(text: str, pointer: str) -> None:
    try:
        node = find(parse(text), pointer)
    except EditError:
        return
    assert node is None or node.length > 0
