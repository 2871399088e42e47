"""How the window is divided: tree, page and test panel above, the panel with tabs below."""

from __future__ import annotations

import os
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QMenu, QSplitter, QWidget

from loopmail.ui.session.actions import Actions
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import add_choices, column
from loopmail.ui.widgets.theme import APPEARANCES, Appearance, choose_appearance
from loopmail.ui.window.bottom import BottomPanel
from loopmail.ui.window.focus import go_to_place, go_to_problem, place_of_field
from loopmail.ui.window.pages import Pages, SendingDock

if TYPE_CHECKING:
    from loopmail.ui.page.tree import AppTree

# --- The division of the window -------------------------------------------------------


class WindowLayout(QSplitter):
    """The window's parts and the dividers between them, whose positions are remembered.

    What the welcome page does not need (the tree) is imported and made when it is
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
        self.bottom = BottomPanel(state, actions, messages, settings)
        self.bottom.place_wanted.connect(partial(go_to_problem, state, self.pages))
        self.bottom.field_wanted.connect(partial(go_to_place, state, self.pages))
        self.bottom.place_of = partial(place_of_field, self.pages)
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
        _divided(self, "whole", self.top_part, self.bottom)
        self.setStretchFactor(0, 1)
        self.setSizes([620, 230])
        self.top_part.splitterMoved.connect(self._note_moved)
        self.bottom.maximised.connect(self.top_part.setHidden)

    @cached_property
    def tree(self) -> AppTree:
        """The tree at the left."""
        from loopmail.ui.page.tree import AppTree

        tree = AppTree(self._state)
        self._tree_room.addWidget(tree)
        return tree

    def parts(self) -> list[QWidget]:
        """The parts that F6 goes through, in the order of reading."""
        return [self.tree_place, self.pages, self.test, self.bottom]

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
        for name, splitter in self._splitters().items():
            if self._moved or name != "upper":
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
