"""JSON in colours: what each part of a line is, and that it follows the theme."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from loopmail.ui.widgets.json_colouring import MOST_LINES, JsonColouring, tokens
from loopmail.ui.widgets.text_view import TextView
from loopmail.ui.widgets.veils import DOTS


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ('  "host": "a\\"b",', {'"host"': "key", '"a\\"b"': "text"}),
        ('"port": -4.5e2, "x" : null', {'"port"': "key", "-4.5e2": "number", '"x"': "key"}),
        ('"a": true, "b": [false]', {"true": "word", "false": "word"}),
        ('"pass": "x${P}y"', {'"x${P}y"': "text", "${P}": "variable"}),
        (f'"pass": "{DOTS}"', {f'"{DOTS}"': "dots"}),
        ('"not closed', {'"not closed': "text"}),
        ("", {}),
    ],
)
def test_each_part_has_its_kind(line: str, kinds: dict[str, str]) -> None:
    found = {line[start : start + length]: kind for start, length, kind in tokens(line)}
    assert kinds.items() <= found.items()


@given(st.text('{}[]":,\\ -1truefalsn${}x•', max_size=60))
def test_every_part_lies_within_its_line(line: str) -> None:
    for start, length, _ in tokens(line):
        assert 0 <= start < start + length <= len(line)


def test_letters_of_two_units_move_nothing(qtbot: QtBot) -> None:
    view = TextView()
    qtbot.addWidget(view)
    colouring = JsonColouring(view)
    view.setPlainText('{"\U0001f600": 12}')
    formats = view.document().firstBlock().layout().formats()
    assert [(one.start, one.length) for one in formats] == [(1, 4), (7, 2)]
    assert colouring.document() is view.document()


def test_a_long_text_stays_plain(qtbot: QtBot) -> None:
    view = TextView()
    qtbot.addWidget(view)
    colouring = JsonColouring(view)
    view.setPlainText("1\n" * MOST_LINES)
    assert view.document().firstBlock().layout().formats() == []
    assert colouring.document() is view.document()
