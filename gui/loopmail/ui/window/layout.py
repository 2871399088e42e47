"""How the window is divided: tree, page and test panel above, problems and JSON below."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMenu, QSplitter, QWidget

from loopmail.ui.session.actions import Actions, Spec
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    QT_TRANSLATE_NOOP,
    add_choices,
    close_button,
    column,
    plain_label,
    row,
)
from loopmail.ui.widgets.theme import APPEARANCES, Appearance, choose_appearance
from loopmail.ui.window.focus import go_to_problem
from loopmail.ui.window.pages import Pages, SendingDock

if TYPE_CHECKING:
    from loopmail.ui.page.tree import AppTree
    from loopmail.ui.panel.forecast import ForecastPanel
    from loopmail.ui.panel.json import JsonView
    from loopmail.ui.panel.problems import ProblemsPanel
    from loopmail.ui.panel.run import RunPane


Content = TypeVar("Content", bound=QWidget)

# --- A part that can be closed --------------------------------------------------------


class Panel(QWidget):
    """Title, room for buttons, a close button; below it the content, made when first wanted.

    `make` makes the content and hands it to `fill`.
    """

    def __init__(self, title: str, make: Callable[[], object], switch: QAction) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._make = make
        self.title = plain_label(title, "heading")
        self.buttons = row(spacing=6)
        close = close_button(self.tr("Close {0}").format(title), lambda: switch.setChecked(False))
        header = row(self.title, 1, self.buttons, close, margins=(12, 6, 6, 4))
        self._rows = column(header, spacing=0, inside=self)
        self._action = switch
        switch.toggled.connect(self._switch)
        self._switch(switch.isChecked())

    def fill(self, content: Content) -> Content:
        """Take the content and return it."""
        self._rows.addWidget(content, 1)
        return content

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes the panel (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Escape:
            self._action.setChecked(False)
        else:
            super().keyPressEvent(event)

    def _switch(self, on: bool) -> None:
        if on:
            self._make()
        self.setVisible(on)


# --- The division of the window -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LowerPanel:
    """All that is said of a panel below the page.

    `action` opens and closes it, from the menu View and, if `in_status_bar`, from the status
    bar; under its name the settings keep whether it is open. `make` gives the content, which
    is made when the panel is opened first. `width` is its share where all are open.
    """

    action: Spec
    title: str
    make: Callable[[WindowLayout], QWidget]
    width: int
    in_status_bar: bool = True


PANELS = (
    LowerPanel(
        Spec(
            "view_problems",
            QT_TRANSLATE_NOOP("Actions", "&Problems"),
            "Ctrl+Shift+M",
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("WindowLayout", "Problems"),
        lambda parts: parts.problems,
        860,
    ),
    LowerPanel(
        Spec(
            "view_forecast",
            QT_TRANSLATE_NOOP("Actions", "What &LoopBack Would Do"),
            "Ctrl+L",
            tip=QT_TRANSLATE_NOOP(
                "Actions",
                "The plan in words, each value with its origin, environments side by side",
            ),
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("WindowLayout", "What LoopBack Would Do"),
        lambda parts: parts.forecast,
        580,
    ),
    LowerPanel(
        Spec("view_json", QT_TRANSLATE_NOOP("Actions", "&JSON"), "Ctrl+J", checkable=True),
        QT_TRANSLATE_NOOP("WindowLayout", "JSON"),
        lambda parts: parts.json,
        580,
    ),
    LowerPanel(
        Spec(
            "view_run", QT_TRANSLATE_NOOP("Actions", "App &Output"), "Ctrl+Shift+R", checkable=True
        ),
        QT_TRANSLATE_NOOP("WindowLayout", "Run App"),
        lambda parts: parts.run,
        700,
        in_status_bar=False,
    ),
)


class WindowLayout(QSplitter):
    """The window's parts and the dividers between them, whose positions are remembered.

    What the welcome page does not need (tree and lower panels) is imported and made when it is
    first asked for.
    """

    def __init__(
        self, state: AppState, actions: Actions, messages: MessageBar, settings: Settings
    ) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._actions = actions
        self._state = state
        self._messages = messages
        self._settings = settings
        self._moved = False  # by the user, whose places stay
        self.tree_place = QWidget()
        self.pages = Pages(state)
        self.test = SendingDock(state, actions)
        self.pages.transport_shown.connect(self.test.show_transport)
        self._panels: dict[str, Panel] = {}
        middle = QWidget()
        middle.setMinimumWidth(420)
        column(messages, (self.pages, 1), spacing=0, inside=middle)
        self._tree_room = column(inside=self.tree_place)
        self.tree_place.setMinimumWidth(150)
        side_by_side = Qt.Orientation.Horizontal
        self.top_part = _divided(
            QSplitter(side_by_side), "upper", self.tree_place, middle, self.test
        )
        self.top_part.setStretchFactor(1, 1)
        for spec in PANELS:
            name = spec.action.name
            make = partial(spec.make, self)
            self._panels[name] = Panel(self.tr(spec.title), make, actions[name])
            actions[name].toggled.connect(self._show_lower)
        self.bottom_part = _divided(QSplitter(side_by_side), "lower", *self._panels.values())
        self.bottom_part.setSizes([spec.width for spec in PANELS])
        self.bottom_part.hide()
        _divided(self, "whole", self.top_part, self.bottom_part)
        self.setStretchFactor(0, 1)
        self.setSizes([620, 230])
        self.top_part.splitterMoved.connect(self._note_moved)
        state.opened.connect(self._show_lower)

    @cached_property
    def tree(self) -> AppTree:
        """The tree at the left."""
        from loopmail.ui.page.tree import AppTree

        tree = AppTree(self._state)
        self._tree_room.addWidget(tree)
        return tree

    @cached_property
    def problems(self) -> ProblemsPanel:
        """The table of problems."""
        from loopmail.ui.panel.problems import ProblemsArea, ProblemsPanel

        problems = ProblemsPanel(self._state, self._messages)
        problems.place_wanted.connect(partial(go_to_problem, self._state, self.pages))
        area = ProblemsArea(self._state, problems)
        panel = self._panels["view_problems"]
        for button in (area.all_environments, problems.fix, problems.fix_all):
            panel.buttons.addWidget(button)
        panel.fill(area)
        return problems

    @cached_property
    def forecast(self) -> ForecastPanel:
        """What LoopBack would do."""
        from loopmail.ui.panel.forecast import ForecastPanel

        return self._panels["view_forecast"].fill(ForecastPanel(self._state))

    @cached_property
    def json(self) -> JsonView:
        """The text of the file that is edited."""
        from loopmail.ui.panel.json import JsonView

        text = JsonView(self._state)
        panel = self._panels["view_json"]
        text.file_changed.connect(panel.title.setText)
        return panel.fill(text)

    @cached_property
    def run(self) -> RunPane:
        """The app's output."""
        from loopmail.ui.panel.run import RunPane

        return self._panels["view_run"].fill(RunPane(self._state, self._settings))

    def parts(self) -> list[QWidget]:
        """The parts that F6 goes through, in the order of reading."""
        return [self.tree_place, self.pages, self.test, *self._panels.values()]

    def _show_lower(self) -> None:
        wanted = (self._actions[name].isChecked() for name in self._panels)
        self.bottom_part.setVisible(any(wanted) and self._state.workspace is not None)

    def _note_moved(self) -> None:
        self._moved = True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width until the user has said how (Qt's virtual method)."""
        super().resizeEvent(event)
        if not self._moved:
            width = event.size().width()
            tree = min(max(width // 6, 160), 250)
            test = min(max(width * 32 // 100, 348), 460)
            self.top_part.setSizes([tree, width - tree - test, test])

    def _splitters(self) -> dict[str, QSplitter]:
        return {"upper": self.top_part, "lower": self.bottom_part, "whole": self}

    def restore(self) -> None:
        """Restore the positions of the dividers from the last run."""
        for name, splitter in self._splitters().items():
            saved = self._settings.bytes(f"splitter-{name}")
            if saved is not None:
                splitter.restoreState(saved)
                splitter.setHandleWidth(1)
                self._moved |= name == "upper"
        for name in self._panels:
            self._actions[name].setChecked(self._settings.flag(name, False))

    def remember(self) -> None:
        """Remember the positions of the dividers for the next run."""
        for name, splitter in self._splitters().items():
            if self._moved or name != "upper":
                self._settings.set_bytes(f"splitter-{name}", splitter.saveState())
        for name in self._panels:
            self._settings.set_flag(name, self._actions[name].isChecked())


def _divided(splitter: QSplitter, name: str, *parts: QWidget) -> QSplitter:
    """Put parts into a splitter and give it the look of all."""
    splitter.setObjectName(f"splitter-{name}")
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    for part in parts:
        splitter.addWidget(part)
    return splitter


# --- View › Appearance: as the system, light, dark or high contrast ----------------------------------

_KEY = "appearance"
_VARIABLE = "LOOPMAIL_APPEARANCE"  # for one run, e.g. for pictures; beats the setting


class AppearanceMenu:
    """Fills the menu and keeps the choice between runs."""

    def __init__(self, menu: QMenu, settings: Settings) -> None:
        self._settings = settings
        texts = (
            menu.tr("As the &System"),
            menu.tr("&Light"),
            menu.tr("&Dark"),
            menu.tr("High &Contrast"),
        )
        self.actions = add_choices(menu, list(zip(APPEARANCES, texts, strict=True)), self.choose)
        wanted = os.environ.get(_VARIABLE) or settings.text(_KEY, "system")
        chosen: Appearance = next((one for one in APPEARANCES if one == wanted), "system")
        self.actions[chosen].setChecked(True)
        if chosen != "system":
            self._wear(chosen)

    def choose(self, name: Appearance) -> None:
        """Show all windows like this, now and at the next start."""
        self._settings.set_text(_KEY, name)
        self.actions[name].setChecked(True)
        self._wear(name)

    def _wear(self, name: Appearance) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        choose_appearance(app, name)
