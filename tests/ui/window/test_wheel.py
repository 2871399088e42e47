"""The mouse wheel scrolls; it changes no box that is not open, and held keys do nothing twice."""

import ast
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

import loopmail
from loopmail.core.app.merge import Conflict
from loopmail.ui.dialogs.adopt import AdoptDialog
from loopmail.ui.dialogs.conflict import ConflictPanel
from loopmail.ui.dialogs.passwords_model import KeyringBar
from loopmail.ui.form.form import TransportForm
from loopmail.ui.widgets.building_blocks import ChoiceBox
from loopmail.ui.window.main_window import MainWindow
from page_apps import mail
from small_app import MakeApp

SOURCES = {
    "plain": mail({"type": "smtp", "host": "a.example", "auth": {"user": "u", "pass": "p"}}),
    "oauth": mail(
        {"type": "smtp", "alias": "one", "auth": {"type": "OAuth2", "user": "u"}, "pool": True},
        {"type": "smtp", "alias": "two", "ignoreTLS": True},
    ),
    "db": {"name": "db", "connector": "memory", "password": "p"},
}


def wheel(widget: QWidget) -> None:
    """Turn the wheel by one notch over a widget."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def turn_over_all(root: QWidget) -> int:
    """Turn the wheel over every box below a widget; return how many there are to choose from."""
    boxes = root.findChildren(QComboBox)
    assert not root.findChildren(QAbstractSpinBox)  # there are none; they would need a class, too
    for box in boxes:
        assert isinstance(box, ChoiceBox), box.objectName()
        before = box.currentIndex()
        wheel(box)
        assert box.currentIndex() == before, box.objectName()
        assert not box.hasFocus() or box.focusPolicy() == Qt.FocusPolicy.StrongFocus
    return sum(box.count() > 1 for box in boxes)


@pytest.fixture
def opened(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> MainWindow:
    path = make_app(datasources=SOURCES, **{"datasources.production": {}})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    return window


def test_no_page_changes_under_the_wheel(opened: MainWindow, qtbot: QtBot) -> None:
    state = opened.state
    assert state.workspace is not None
    before = dict(state.snapshot().texts)
    seen = 0
    for kind, name in (("datasource", "plain"), ("datasource", "oauth"), ("datasource", "db")):
        state.select(kind, name)
        for form in opened.findChildren(TransportForm):
            form.more.unfold(True)
        seen += turn_over_all(opened)
    state.select("bindings", "")
    seen += turn_over_all(opened)
    assert seen >= 12
    assert state.env == "development"
    assert state.snapshot().texts == before
    assert not state.modified


def test_no_dialog_changes_under_the_wheel(opened: MainWindow, qtbot: QtBot) -> None:
    conflict: Any = Conflict("/plain", 1, 2, 3)
    dialogs = [
        AdoptDialog(opened.state, opened),
        KeyringBar(opened),
        ConflictPanel({"datasources.json": [conflict]}, opened),
    ]
    for dialog in dialogs:
        qtbot.addWidget(dialog)
    assert all(turn_over_all(dialog) or dialog.findChildren(QComboBox) for dialog in dialogs)


def test_every_box_of_the_program_is_of_that_class() -> None:
    made = []
    for path in Path(loopmail.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in (
                "QComboBox",
                "QSpinBox",
                "QDoubleSpinBox",
                "QFontComboBox",
                "QDateTimeEdit",
            ):
                made.append(f"{path.name}: {name}")
    assert not made


def test_a_key_that_is_held_down_sends_one_message(window: MainWindow) -> None:
    repeated = {a.objectName() for a in window.menu_actions.all() if a.autoRepeat()}
    names = ("undo", "redo", "next_part", "previous_part")
    assert repeated == {f"action-{name}" for name in names}
