"""How the window is divided: tree, page and test panel above, the panel with tabs below."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QMenu, QSplitter, QWidget

from loopmail.ui.session.actions import Actions
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import add_choices, column, em, set_role
from loopmail.ui.widgets.theme import APPEARANCES, Appearance, choose_appearance
from loopmail.ui.window.bottom import BottomPanel
from loopmail.ui.window.pages import Pages, SendingDock

if TYPE_CHECKING:
    from loopmail.core.checks.problem import Problem
    from loopmail.ui.page.tree import AppTree

# --- The division of the window -------------------------------------------------------


# Widths in digits of the font: of the tree, the page and the test panel beside each other.
_TREE, _PAGE, _TEST = 26, 56, 50
_WIDEST_TEST = 62
_TEST_SHARE = 32  # of a hundred, in a wide window
_DRAWER_SHARE = 70  # of a hundred, at most


class WindowLayout(QSplitter):
    """The window's parts and the dividers between them, whose positions are remembered.

    Where the test panel has no room beside the page it is a drawer over it, closed until it is
    wanted. What the welcome page does not need (the tree) is imported and made when it is
    first asked for.
    """

    drawer_changed = Signal(bool)  # whether the test panel is one

    def __init__(
        self, state: AppState, actions: Actions, messages: MessageBar, settings: Settings
    ) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._actions = actions
        self._state = state
        self._messages = messages
        self._settings = settings
        self._moved = False  # by the user, whose places stay
        self.drawer = False
        self._test_wanted = True  # beside the page; as a drawer it begins closed
        self.tree_place = QWidget()
        self.pages = Pages(state)
        self.test = SendingDock(state, actions)
        self.pages.transport_shown.connect(self.test.show_transport)
        self.bottom = BottomPanel(state, actions, messages, settings)
        self.bottom.place_wanted.connect(self._go_to_problem)
        self.bottom.field_wanted.connect(self._go_to_place)
        self.bottom.place_of = self._place_of_field
        self._middle = QWidget()
        column(messages, (self.pages, 1), spacing=0, inside=self._middle)
        self._tree_room = column(inside=self.tree_place)
        side_by_side = Qt.Orientation.Horizontal
        self.top_part = _divided(
            QSplitter(side_by_side), "upper", self.tree_place, self._middle, self.test
        )
        self.top_part.setStretchFactor(1, 1)
        self._upper = QWidget()
        column(self.top_part, inside=self._upper)
        self._lower = _divided(QSplitter(side_by_side), "lower", self.bottom)
        self._lower.hide()
        _divided(self, "whole", self._upper, self._lower)
        self.setStretchFactor(0, 1)
        self.setSizes([620, 230])
        self._measure()
        self.top_part.splitterMoved.connect(self._note_moved)
        self._sizes: list[int] = []  # of the upper parts, while the panel covers them
        self.bottom.shown.connect(self._lower.setVisible)
        self.bottom.maximised.connect(self._maximise)

    @cached_property
    def tree(self) -> AppTree:
        """The tree at the left."""
        from loopmail.ui.page.tree import AppTree

        tree = AppTree(self._state)
        self._tree_room.addWidget(tree)
        return tree

    def _go_to_problem(self, problem: Problem) -> None:
        from loopmail.ui.window.places import go_to_problem

        go_to_problem(self._state, self.pages, problem)

    def _go_to_place(self, file: str, pointer: str) -> None:
        from loopmail.ui.window.places import go_to_place

        go_to_place(self._state, self.pages, file, pointer)

    def _place_of_field(self, field: QWidget) -> tuple[str, str] | None:
        from loopmail.ui.window.places import place_of_field

        return place_of_field(self.pages, field)

    def parts(self) -> list[QWidget]:
        """The parts that F6 goes through, in the order of reading."""
        return [self.tree_place, self.pages, self.test, self.bottom]

    def _note_moved(self) -> None:
        self._moved = True

    def _maximise(self, on: bool) -> None:
        """Let the lower panel cover page and test; the tree stands beside it then."""
        focus = QApplication.focusWidget()
        if on:
            self._sizes = self.top_part.sizes()
        (self._lower if on else self.top_part).insertWidget(0, self.tree_place)
        self._upper.setHidden(on)
        if on:
            self._lower.setSizes([self._sizes[0], self.width() - self._sizes[0]])
        else:
            self.top_part.setSizes(self._sizes)
        if focus is not None and self.tree_place.isAncestorOf(focus):
            focus.setFocus()  # which it has lost on its way

    # -- the room of each part ------------------------------------------------------------------

    def _measure(self) -> None:
        """Give the parts the widths below which their texts would be cut."""
        self.tree_place.setMinimumWidth(em(18))
        self._middle.setMinimumWidth(em(38))
        self.test.setMinimumWidth(em(40))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Measure again when the text gets another size (Qt's virtual method)."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()
            self._share(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width (Qt's virtual method)."""
        super().resizeEvent(event)
        self._share(event.size().width())

    def _share(self, width: int) -> None:
        """Share the width until the user has said how; without room the test is a drawer."""
        drawer = width < em(_TREE + _PAGE + _TEST)
        if drawer != self.drawer:
            self._change_drawer(drawer)
        if drawer:
            self._place_drawer()
        if not self._moved:
            test = min(max(width * _TEST_SHARE // 100, em(_TEST)), em(_WIDEST_TEST))
            sizes = [em(_TREE), width - em(_TREE) - (0 if drawer else test)]
            self.top_part.setSizes(sizes if drawer else [*sizes, test])

    def _change_drawer(self, drawer: bool) -> None:
        action = self._actions["view_test"]
        self.drawer = drawer
        if drawer:
            self._test_wanted = action.isChecked()
            self.test.setParent(self._upper)
        else:
            self.top_part.addWidget(self.test)
        set_role(self.test, "drawer" if drawer else "")
        action.setChecked(self._test_wanted and not drawer)
        self.test.place()
        self.drawer_changed.emit(drawer)

    def _place_drawer(self) -> None:
        """Put the drawer at the end of the page, above it."""
        room = self._upper.rect()
        width = max(min(em(_TEST), room.width() * _DRAWER_SHARE // 100), em(40))
        width = min(width, room.width())
        start = 0 if self.isRightToLeft() else room.width() - width
        self.test.setGeometry(start, 0, width, room.height())
        self.test.raise_()

    def _splitters(self) -> dict[str, QSplitter]:
        return {"upper": self.top_part, "whole": self}

    def restore(self) -> None:
        """Restore the positions of the dividers from the last run."""
        for name, splitter in self._splitters().items():
            saved = self._settings.bytes(f"splitter-{name}")
            if saved is not None:
                splitter.restoreState(saved)
                splitter.setHandleWidth(1)
                self._moved |= name == "upper"
        self.bottom.restore()

    def remember(self) -> None:
        """Remember the positions of the dividers for the next run."""
        self.bottom.maximise.setChecked(False)
        for name, splitter in self._splitters().items():
            if name == "upper" and (self.drawer or not self._moved):
                continue
            self._settings.set_bytes(f"splitter-{name}", splitter.saveState())
        self.bottom.remember()


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
