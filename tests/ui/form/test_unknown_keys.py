"""The tree of keys that no field stands for: read, edited to the byte, with the keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.key_tree import KEY, KIND, VALUE, converted, kind_of
from loopmail.ui.form.unknown_keys import UnknownKeys, listed_keys
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, text, transport

Opened = Callable[..., tuple[AppState, UnknownKeys]]
ODD = {"list": [1, True, {"deep": None}], "token": "s3cr3tvalue9", "big": 1.5}


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_keys(setting: Any, **more: Any) -> tuple[AppState, UnknownKeys]:
        state, form = small_apps.transport_form(setting, **more)
        form.more.unfold(True)
        return state, form.more.keys

    return open_keys


def at(keys: UnknownKeys, path: str, column: int = VALUE) -> QModelIndex:
    index = keys.model.index_of(f"/emailDs/transports/0{path}")
    assert index.isValid(), path
    return index.sibling(index.row(), column)


def shown(keys: UnknownKeys, path: str, column: int = VALUE) -> Any:
    return at(keys, path, column).data()


def edit(keys: UnknownKeys, path: str, value: Any, column: int = VALUE) -> bool:
    return keys.model.setData(at(keys, path, column), value)


def test_a_secret_is_hidden_until_it_is_edited(opened: Opened) -> None:
    _, keys = opened({"type": "smtp", "auth": {"user": "u", "clientSecret": "hush"}, "x": ODD})
    model = keys.model
    assert model.index(0, KEY).data() == "auth.clientSecret"
    assert model.index(0, VALUE).data() == "••••••••"
    assert model.index(0, VALUE).data(Qt.ItemDataRole.EditRole) == "hush"
    assert shown(keys, "/x/token") == "••••••••"
    for row in range(model.rowCount()):
        assert "s3cr3t" not in str(model.index(row, VALUE).data())


def test_what_is_nested_is_a_tree(opened: Opened) -> None:
    _, keys = opened({**SMTP, "x": ODD})
    assert (shown(keys, "/x"), shown(keys, "/x", KIND)) == ("3 keys", "object")
    assert (shown(keys, "/x/list"), shown(keys, "/x/list", KIND)) == ("3 items", "list")
    assert (shown(keys, "/x/list/1"), shown(keys, "/x/list/1", KIND)) == ("true", "true or false")
    assert (shown(keys, "/x/list/2/deep"), shown(keys, "/x/big")) == ("null", "1.5")


def test_keys_of_blocks_and_of_the_data_source_are_listed(small_apps: SmallApps) -> None:
    odd = {**SMTP, "secureConnection": True, "tls": {"honorCipherOrder": True}}
    _, form = small_apps.transport_form(odd, debug=True)
    keys = [row.key for row in listed_keys(form.values)]
    assert keys == ["secureConnection", "tls.honorCipherOrder", "(data source) debug"]


def test_a_value_is_changed_and_nothing_else(opened: Opened) -> None:
    state, keys = opened({**SMTP, "x": ODD})
    before = text(state)
    assert edit(keys, "/x/big", "2.5")
    assert text(state) == before.replace("1.5", "2.5")
    assert edit(keys, "/x/list/1", "false")
    assert edit(keys, "/x/token", "new one")
    assert transport(state)["x"] == {
        "list": [1, False, {"deep": None}],
        "token": "new one",
        "big": 2.5,
    }
    for _ in range(3):
        state.undo.undo()
    assert text(state) == before


@pytest.mark.parametrize("typed", ["many", "", "0x10", "${VAR}"])
def test_what_is_no_number_is_refused_in_a_sentence(opened: Opened, typed: str) -> None:
    state, keys = opened({**SMTP, "x": ODD})
    before = text(state)
    assert not edit(keys, "/x/big", typed)
    assert keys.sentence.text().endswith(".")
    assert text(state) == before


def test_an_object_is_edited_as_json(opened: Opened) -> None:
    state, keys = opened({**SMTP, "x": ODD})
    assert edit(keys, "/x/list", '{"a": [1, null]}')
    assert transport(state)["x"]["list"] == {"a": [1, None]}
    assert not edit(keys, "/x/list", "yes, please")
    assert "not JSON" in keys.sentence.text()


def test_a_text_of_several_lines_keeps_them(opened: Opened) -> None:
    state, keys = opened({**SMTP, "note": "one\ntwo"})
    assert at(keys, "/note").data(Qt.ItemDataRole.EditRole) == '"one\\ntwo"'
    assert edit(keys, "/note", '"one\\nthree"')
    assert transport(state)["note"] == "one\nthree"


def test_a_key_is_renamed_in_its_place(opened: Opened) -> None:
    state, keys = opened({**SMTP, "x": ODD})
    before = text(state)
    assert edit(keys, "/x/big", "large", KEY)
    assert text(state) == before.replace('"big"', '"large"')
    assert not edit(keys, "/x/large", "token", KEY)
    assert keys.sentence.text()
    assert not at(keys, "/x/list/0", KEY).flags() & Qt.ItemFlag.ItemIsEditable


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (5, "text", "5"),
        ("5", "number", 5),
        ("five", "number", 0),
        ("false", "boolean", False),
        (1, "boolean", True),
        ([7, 8], "object", {"0": 7, "1": 8}),
        ({"a": 7}, "list", [7]),
        ("a", "list", ["a"]),
        ("a", "object", {}),
        ([1], "text", ""),
        ("a", "null", None),
        (None, "text", ""),
        (True, "number", 0),
    ],
)
def test_another_kind_keeps_what_fits(opened: Opened, value: Any, kind: Any, expected: Any) -> None:
    assert converted(value, kind) == expected
    state, keys = opened({**SMTP, "x": value})
    assert edit(keys, "/x", kind, KIND)
    assert transport(state)["x"] == expected
    assert kind_of(transport(state)["x"]) == kind


def test_keys_are_added_where_one_stands_and_removed(opened: Opened) -> None:
    state, keys = opened({**SMTP, "x": ODD})
    before = text(state)
    keys.new_key.setText("plain")
    keys.add_button.click()
    assert transport(state)["plain"] == ""
    keys.tree.setCurrentIndex(at(keys, "/x", KEY))
    assert keys.new_key.placeholderText() == "New key in x"
    keys.new_key.setText("inner")
    keys.add_button.click()
    assert transport(state)["x"]["inner"] == ""
    keys.tree.setCurrentIndex(at(keys, "/x/list", KEY))
    assert keys.add_button.text() == "Add Item"
    keys.add_button.click()
    assert transport(state)["x"]["list"][3] == ""
    keys.tree.setCurrentIndex(at(keys, "/x", KEY))
    keys.new_key.setText("big")
    keys.add_button.click()
    assert "there already" in keys.sentence.text()
    for path in ("/x/list/3", "/x/inner", "/plain"):
        keys.tree.setCurrentIndex(at(keys, path, KEY))
        keys.remove_button.click()
    assert transport(state) == {**SMTP, "x": ODD}
    while state.undo.canUndo():
        state.undo.undo()
    assert text(state) == before


def test_it_all_goes_with_the_keyboard(opened: Opened, qtbot: QtBot) -> None:
    state, keys = opened({**SMTP, "x": {"flag": True}, "y": 1})
    window = keys.window()
    window.show()
    window.activateWindow()
    tree = keys.tree
    tree.setFocus()
    qtbot.waitUntil(tree.hasFocus)
    tree.setCurrentIndex(at(keys, "/y"))
    QTest.keyClick(tree, Qt.Key.Key_F2)
    (line,) = tree.findChildren(QLineEdit)
    assert line.accessibleName() == "Value"
    line.setText("42")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: transport(state)["y"] == 42)
    tree.expandAll()
    tree.setCurrentIndex(at(keys, "/x/flag"))
    QTest.keyClick(tree, Qt.Key.Key_F2)
    (box,) = tree.findChildren(QComboBox)
    box.setCurrentIndex(box.findText("false"))
    QTest.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: transport(state)["x"]["flag"] is False)
    assert tree.isExpanded(at(keys, "/x", KEY))
    tree.setFocus()
    tree.setCurrentIndex(at(keys, "/y", KEY))
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    assert "y" not in transport(state)
    QTest.keyClick(tree, Qt.Key.Key_Insert)
    assert keys.new_key.hasFocus()


def test_the_tree_is_a_sound_model(opened: Opened, qtmodeltester: Any) -> None:
    state, keys = opened({**SMTP, "odd": 1, "odder": [2, {"a": {}}]})
    qtmodeltester.check(keys.model)
    titles = [keys.model.headerData(at, Qt.Orientation.Horizontal) for at in (KEY, KIND, VALUE)]
    assert titles == ["Key", "Kind", "Value"]
    keys.tree.expandAll()
    edit(keys, "/odd", "2")
    qtmodeltester.check(keys.model)
    assert keys.tree.isExpanded(at(keys, "/odder/1", KEY))
    assert state.undo.count() == 1


def test_very_many_keys_are_made_when_they_are_looked_at(opened: Opened) -> None:
    _, keys = opened({**SMTP, "x": {f"k{at}": [at] for at in range(30_000)}})
    assert shown(keys, "/x") == "30000 keys"
    assert keys.model.rowCount(at(keys, "/x", KEY)) == 30_000
    assert keys.model.roots[0]._children is None
    assert shown(keys, "/x/k29999/0") == "29999"


def test_without_keys_there_is_no_tree(opened: Opened) -> None:
    _, keys = opened(SMTP)
    assert keys.tree.isHidden()
    assert not keys.remove_button.isEnabled()


def test_the_form_shows_another_transport(small_apps: SmallApps) -> None:
    state = small_apps.with_transport({**SMTP, "x": 1})
    form: TransportForm = small_apps.form(state)
    form.more.unfold(True)
    form.more.keys.new_key.setText("half")
    form.show_transport("emailDs", 1)
    assert form.more.keys.new_key.text() == ""
    assert form.more.keys.model.rowCount() == 0
