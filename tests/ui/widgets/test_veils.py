"""Secrets behind dots: what is shown, and which text an edit of it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.core.json_masking import hidden_parts, mask_json_text
from loopmail.ui.widgets.veiled_view import VeiledTextView
from loopmail.ui.widgets.veils import DOTS, Veil, VeiledText

TEXT = """{
  "a": {"pass": "hunter22", "user": "me"},
  "b": {"pass": "hunter22", "url": "smtps://u:geheim@h/"},
  "c": {"pin": 123456, "token": "grüße\U0001f600", "note": "x"}
}
"""
SECRETS = ("hunter22", "geheim", "123456", "grüße")


def view_of(qtbot: QtBot, text: str = TEXT) -> VeiledTextView:
    view = VeiledTextView()
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show_plain(text, hidden_parts(text))
    view.show()
    qtbot.waitUntil(lambda: bool(view.eyes()) or DOTS not in view.toPlainText())
    return view


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (TEXT, ["hunter22", "hunter22", "geheim", "123456", "grüße\U0001f600"]),
        ('{"pass": "a\\"b\\\\", "x": "${P}", "password": "", "token": null}', ['a\\"b\\\\']),
        ('{"url": "smtps://u:ge\\u0068eim@h"}', ["smtps://u:ge\\u0068eim@h"]),
        ('{"a": {"pass": "hunter22", "name": "hunter22"}}', ["hunter22", "hunter22"]),
        ('{"a": {"pass": "hunt\n', ["hunt"]),
        ('module.exports = {pass: "hunter22"};\nvar x = 1;', ["hunter22"]),
        ('{"pass": "x", "pass": "y"}', ["x", "y"]),
        ("", []),
    ],
)
def test_what_is_hidden(text: str, hidden: list[str]) -> None:
    assert [text[part.start : part.end] for part in hidden_parts(text)] == hidden


@given(st.text('{}[]":,\n pass123', max_size=60))
def test_what_is_hidden_is_what_is_masked_elsewhere(text: str) -> None:
    parts = hidden_parts(text)
    assert all(0 <= part.start < part.end <= len(text) for part in parts)
    assert all(a.end <= b.start for a, b in zip(parts, parts[1:], strict=False))
    assert bool(parts) == (mask_json_text(text) != text)


PLAIN = "0123456789abcdef"
VEILS = [Veil(2, 4, "a"), Veil(4, 9, "b"), Veil(12, 13, "c")]


@given(
    opened=st.sets(st.integers(0, 2)),
    start=st.integers(0, 40),
    length=st.integers(0, 40),
    content=st.text("xyz", max_size=3),
)
def test_an_edit_of_the_shown_text_is_that_edit_of_the_plain_one(
    opened: set[int], start: int, length: int, content: str
) -> None:
    veiled = VeiledText(PLAIN, VEILS)
    for number in opened:
        veiled.turn(veiled.veils[number])
    shown = veiled.shown
    start = min(start, len(shown))
    end = min(start + length, len(shown))
    if not veiled.edit(start, end, content):
        assert (veiled.plain, veiled.shown) == (PLAIN, shown)
        return
    # Each part that is hidden still is what it was, or gone as a whole.
    assert veiled.shown == shown[:start] + content + shown[end:]
    left = [veiled.plain[v.start : v.end] for v in veiled.veils if not v.open]
    before = [PLAIN[v.start : v.end] for at, v in enumerate(VEILS) if at not in opened]
    assert set(left) <= set(before)
    assert veiled.shown.count(DOTS) == len(left)
    letters = [letter for letter in veiled.plain if letter not in "xyz"]
    assert letters == sorted(letters)


def test_dots_are_no_text() -> None:
    veiled = VeiledText(PLAIN, VEILS)
    assert not veiled.edit(0, 0, f"a{DOTS}b")
    assert not veiled.edit(3, 4, "")
    assert not veiled.edit(3, 3, "x")
    assert veiled.edit(2, 2 + len(DOTS), "")
    assert veiled.plain == "01456789abcdef"


@given(st.integers(0, len(PLAIN)))
def test_places_are_found_in_the_shown_text(place: int) -> None:
    veiled = VeiledText(PLAIN, VEILS)
    shown = veiled.place_shown(place)
    if all(not veil.start < place < veil.end for veil in VEILS):
        assert (
            VeiledText(PLAIN[:place], [v for v in VEILS if v.end <= place]).shown
            == (veiled.shown[:shown])
        )


def test_a_renamed_key_hides_its_value_and_what_is_looked_at_stays_open() -> None:
    veiled = VeiledText()
    first = '{"pass": "one", "name": "two"}'
    veiled.take(first, hidden_parts(first))
    veiled.turn(veiled.veils[0])
    second = '{"pass": "one", "token": "two"}'
    veiled.take(second, hidden_parts(second))
    assert veiled.shown == f'{{"pass": "one", "token": "{DOTS}"}}'
    veiled.close()
    assert veiled.shown == f'{{"pass": "{DOTS}", "token": "{DOTS}"}}'


def test_nothing_that_the_view_gives_away_holds_a_secret(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    view.selectAll()
    view.copy()
    clipboard = QApplication.clipboard().text()
    said = [eye.accessibleName() + eye.toolTip() + eye.objectName() for eye in view.eyes()]
    for text in (view.toPlainText(), clipboard, view.document().toHtml(), *said):
        assert not any(secret in text for secret in SECRETS)
    assert not view.find("hunter22")


def test_each_secret_has_an_eye_that_the_keyboard_reaches(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    names = [eye.accessibleName() for eye in view.eyes()]
    assert names == [
        "Show “pass” in line 2",
        "Show “pass” in line 3",
        "Show “url” in line 3",
        "Show “pin” in line 4",
        "Show “token” in line 4",
    ]
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert view.eyes()[0].hasFocus()
    QTest.keyClick(view.eyes()[0], Qt.Key.Key_Space)
    assert view.toPlainText().count("hunter22") == 1
    assert view.eyes()[0].accessibleName() == "Hide “pass” in line 2"
    assert view.eyes()[0].hasFocus()
    QTest.keyClick(view.eyes()[0], Qt.Key.Key_Space)
    assert "hunter22" not in view.toPlainText()
    assert len({(eye.x(), eye.y()) for eye in view.eyes()}) == 5


def test_what_nobody_looks_at_any_more_is_hidden_again(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    view.eyes()[0].click()
    view.hide()
    assert "hunter22" not in view.toPlainText()


def cursor_at(view: VeiledTextView, text: str, *, end: bool = False, select: str = "") -> None:
    """Put the cursor before or behind a text, or select from it on."""
    place = view.toPlainText().index(text) + (len(text) if end else 0)
    cursor = QTextCursor(view.document())
    cursor.setPosition(place)
    if select:
        cursor.setPosition(place + len(select), QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)


def test_what_is_typed_beside_dots_changes_nothing_else(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    cursor_at(view, '"me"', end=True)
    with qtbot.waitSignal(view.edited):
        QTest.keyClicks(view, " ")
    assert view.plain == TEXT.replace('"me"', '"me" ')
    cursor_at(view, '"note"')
    QTest.keyClicks(view, "ab")
    assert view.plain == TEXT.replace('"me"', '"me" ').replace('"note"', 'ab"note"')
    assert not any(secret in view.toPlainText() for secret in SECRETS)


@pytest.mark.parametrize("key", [Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_X])
def test_an_edit_within_the_dots_is_not_made(qtbot: QtBot, key: Qt.Key) -> None:
    view = view_of(qtbot)
    before = view.toPlainText()
    cursor_at(view, "••••", end=True)
    with qtbot.waitSignal(view.refused), qtbot.assertNotEmitted(view.edited):
        QTest.keyClick(view, key)
    assert (view.plain, view.toPlainText()) == (TEXT, before)


def test_dots_that_were_copied_are_not_pasted(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    cursor_at(view, f'"{DOTS}"', select=f'"{DOTS}"')
    view.copy()
    cursor_at(view, '"note"')
    with qtbot.waitSignal(view.refused):
        view.paste()
    assert view.plain == TEXT


def test_of_two_lines_alike_the_one_that_was_deleted_is_gone(qtbot: QtBot) -> None:
    text = '{"t": [\n  "x",\n  {"pass": "first-one"},\n  {"pass": "second-one"}\n]}\n'
    view = view_of(qtbot, text)
    line = f'  {{"pass": "{DOTS}"}},\n'
    cursor_at(view, line, select=line)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert view.plain == text.replace('  {"pass": "first-one"},\n', "")


def test_a_secret_that_is_shown_can_be_changed(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    view.eyes()[0].click()
    cursor_at(view, "hunter22", end=True)
    QTest.keyClicks(view, "3")
    assert view.plain == TEXT.replace("hunter22", "hunter223", 1)
    view.eyes()[0].click()
    assert "hunter22" not in view.toPlainText()


def test_a_place_of_the_text_is_found_behind_dots(qtbot: QtBot) -> None:
    view = view_of(qtbot)
    column = TEXT.splitlines()[1].index('"user"') + 1
    view.go_to(2, column)
    assert (
        view.textCursor().block().text()[view.textCursor().positionInBlock() :].startswith('"user"')
    )


def test_of_a_very_long_line_the_eyes_are_those_in_sight(qtbot: QtBot) -> None:
    text = "{" + ", ".join(f'"pass{n}": "hunter22-{n}"' for n in range(200)) + "}"
    view = view_of(qtbot, text)
    first = {eye.accessibleName() for eye in view.eyes()}
    assert "Show “pass0” in line 1" in first
    assert len(first) < 40
    bar = view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: "Show “pass199” in line 1" in [e.accessibleName() for e in view.eyes()])
