"""The tool bar shows what applies, whole texts where there is room, and that this is production."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from loopmail.ui.widgets.building_blocks import environment_tone
from loopmail.ui.window.bars import ToolBar
from loopmail.ui.window.main_window import MainWindow


@pytest.fixture
def large_text(window: MainWindow) -> Iterator[None]:
    """Text half as large again, as desktops set it."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.font()
    larger = app.font()
    larger.setPointSizeF(before.pointSizeF() * 1.5)
    app.setFont(larger)
    yield
    app.setFont(before)


def _parts(tools: ToolBar) -> list[QWidget]:
    shown = (tools.widgetForAction(one) for one in tools.actions() if one.isVisible())
    return [one for one in shown if one is not None]


def _settle(window: MainWindow, qtbot: QtBot, width: int) -> None:
    window.resize(width, 700)
    qtbot.waitUntil(lambda: window.tools.width() == width)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def _assert_nothing_is_cut(tools: ToolBar) -> None:
    for part in _parts(tools):
        assert part.isVisible(), part.objectName()
        assert part.width() >= part.sizeHint().width(), part.objectName()
        assert part.geometry().right() <= tools.width()


@pytest.mark.parametrize("width", [1024, 1100, 1240, 1280, 1440, 1920])
def test_no_text_of_the_tool_bar_is_cut_at_any_width(
    open_window: MainWindow, qtbot: QtBot, width: int
) -> None:
    open_window.state.set_environment("production")
    open_window.state.set_layer("datasources.production.json")
    _settle(open_window, qtbot, width)
    _assert_nothing_is_cut(open_window.tools)
    assert open_window.tools.environment.currentText() == "production"


@pytest.mark.parametrize("width", [1024, 1280, 1920])
def test_nor_where_the_text_is_large(
    open_window: MainWindow, qtbot: QtBot, large_text: None, width: int
) -> None:
    open_window.state.set_environment("production")
    _settle(open_window, qtbot, width)
    tools = open_window.tools
    for combo in (tools.environment, tools.layer):
        assert combo.width() >= combo.sizeHint().width()


def test_texts_are_left_out_in_the_order_in_which_they_are_needed_least(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    tools = open_window.tools
    _settle(open_window, qtbot, 2200)
    assert tools.version.text().startswith("LoopBack")
    seen = []
    for width in range(2200, 800, -20):
        _settle(open_window, qtbot, width)
        open_texted = tools.widgetForAction(open_window.menu_actions["open"])
        assert open_texted is not None
        seen.append((tools.version.text(), tools._environment_label.isVisible(), width))
    versions = [version.startswith("LoopBack") for version, _, _ in seen]
    labels = [label for _, label, _ in seen]
    assert versions == sorted(versions, reverse=True)
    assert labels == sorted(labels, reverse=True)
    assert sum(versions) <= sum(labels)


def test_without_an_app_there_is_only_what_can_be_used(window: MainWindow) -> None:
    names = {part.objectName() for part in _parts(window.tools)}
    assert not {"environment", "editIn", "versionChip"} & names
    assert not any("toolbar-" in name for name in names)
    # The menus keep what cannot be used, so that one knows that it is there.
    assert window.menu_actions["save"].isVisible()


def test_the_tests_stand_in_the_tool_bar_only_while_their_panel_is_hidden(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    _settle(open_window, qtbot, 1440)
    tools = open_window.tools
    assert not tools.send.isVisible()
    open_window.menu_actions["view_test"].setChecked(False)
    _settle(open_window, qtbot, 1440)
    assert tools.send.isVisible()
    assert tools.check.isVisible()
    open_window.state.select("bindings", "")
    _settle(open_window, qtbot, 1440)
    assert not tools.send.isVisible()


@pytest.mark.parametrize(
    ("name", "tone"),
    [
        ("production", "production"),
        ("prod", "production"),
        ("eu-prod", "production"),
        ("live", "production"),
        ("staging", "staging"),
        ("pre-prod", "staging"),
        ("preprod", "staging"),
        ("prod_test", "staging"),
        ("uat", "staging"),
        ("development", "info"),
        ("product", "info"),
        ("latest", "info"),
        (None, "info"),
    ],
)
def test_environments_are_told_by_what_people_call_them(name: str | None, tone: str) -> None:
    assert environment_tone(name) == tone


def test_production_colours_the_whole_bar(open_window: MainWindow) -> None:
    tools = open_window.tools
    open_window.state.set_environment("production")
    assert tools.property("tone") == "production"
    open_window.state.set_environment("development")
    assert tools.property("tone") is None


def test_what_cannot_be_done_is_grey_in_the_bar_too(open_window: MainWindow) -> None:
    actions = open_window.menu_actions
    shown = {one.defaultAction(): one for one in open_window.tools.findChildren(QToolButton)}
    for name in ("save", "undo", "redo"):
        assert not actions[name].isEnabled()
        assert not shown[actions[name]].isEnabled()
