"""Tab goes through the whole window in the order of reading, and no focus is lost."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loopmail.ui.window.focus import move_focus, stops
from loopmail.ui.window.main_window import MainWindow


@pytest.fixture
def whole_window(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with all its parts, the late ones made last."""
    with qtbot.waitActive(open_window):
        open_window.activateWindow()
    for name in ("view_problems", "view_json"):
        open_window.menu_actions[name].setChecked(True)
    qtbot.waitUntil(lambda: open_window.parts.test.panel is not None)
    return open_window


def _walk(window: QWidget, key: Qt.Key) -> Iterator[QWidget]:
    first = QApplication.focusWidget()
    for _ in range(500):
        focus = QApplication.focusWidget()
        assert focus is not None
        yield focus
        QTest.keyClick(focus, key)
        if QApplication.focusWidget() is first:
            return
    raise AssertionError("Tab never came round")


def _part(window: MainWindow, widget: QWidget) -> str:
    parts = {
        "tree": window.parts.tree_place,
        "page": window.parts.pages,
        "test": window.parts.test,
        "status": window.statusBar(),
        "tools": window.tools,
    }
    return next((name for name, one in parts.items() if one.isAncestorOf(widget)), "below")


def test_tab_goes_from_the_tree_to_the_page_to_the_test_and_round(
    whole_window: MainWindow,
) -> None:
    whole_window.parts.tree.setFocus()
    walked = list(_walk(whole_window, Qt.Key.Key_Tab))
    order = [_part(whole_window, one) for one in walked]
    turns = [one for at, one in enumerate(order) if at == 0 or order[at - 1] != one]
    assert turns == ["tree", "page", "test", "below", "status", "tools"]
    back = list(_walk(whole_window, Qt.Key.Key_Backtab))
    assert back == [walked[0], *reversed(walked[1:])]


def test_every_stop_is_visible_and_has_a_name(whole_window: MainWindow) -> None:
    buddies = {label.buddy() for label in whole_window.findChildren(QLabel)}
    whole_window.parts.tree.setFocus()
    for one in _walk(whole_window, Qt.Key.Key_Tab):
        assert one.isVisible()
        assert type(one) is not QScrollArea
        named = one.accessibleName() or (one.text() if isinstance(one, QAbstractButton) else "")
        assert named or one in buddies, one


def test_fields_follow_each_other_down_the_page(whole_window: MainWindow) -> None:
    page = whole_window.parts.pages
    places = [one.mapTo(page, QPoint(0, 0)).y() for one in stops(page)]
    # Fields that stand beside each other differ by a few pixels.
    assert all(later > sooner - 40 for sooner, later in zip(places, places[1:], strict=False))


@pytest.fixture
def two_parts(qtbot: QtBot) -> tuple[QWidget, list[QWidget]]:
    """A window of two parts, each with a field, a button under it and another field."""
    window = QWidget()
    qtbot.addWidget(window)
    across = QHBoxLayout(window)
    parts = []
    for name in ("left", "right"):
        part = QWidget()
        part.setObjectName(name)
        down = QVBoxLayout(part)
        # made in another order than they stand
        last, button, first = QLineEdit(), QPushButton("Fix"), QLineEdit()
        for one in (first, button, last):
            down.addWidget(one)
        across.addWidget(part)
        parts.append(part)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window, parts


@pytest.mark.parametrize("how", ["hidden", "disabled", "hidden with what holds it"])
def test_a_button_that_goes_hands_the_focus_to_the_field_above_it(
    two_parts: tuple[QWidget, list[QWidget]], how: str
) -> None:
    window, parts = two_parts
    field, fix, _ = stops(parts[1])
    fix.setFocus()
    with_window(window, parts)
    match how:
        case "hidden":
            fix.hide()
        case "disabled":
            fix.setEnabled(False)
        case _:
            parts[1].hide()
    assert move_focus(window, parts, parts[0], True)
    focus = window.focusWidget()
    assert focus is (stops(parts[0])[0] if how.startswith("hidden with") else field)


def with_window(window: QWidget, parts: list[QWidget]) -> None:
    """Keep Qt from moving the focus on its own, as the main window does."""
    assert window.focusWidget() is not None
    window.focusNextPrevChild = lambda _next: True  # type: ignore[method-assign]
