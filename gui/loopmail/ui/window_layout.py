"""How the window is divided: tree, page and test panel above, problems and JSON below."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from loopmail.ui.actions import Actions, Spec
from loopmail.ui.messages import MessageBar
from loopmail.ui.pages import Pages
from loopmail.ui.panel import Panel
from loopmail.ui.settings import Settings
from loopmail.ui.state import AppState
from loopmail.ui.test_place import TestPlace

if TYPE_CHECKING:
    from loopmail.ui.app_tree import AppTree
    from loopmail.ui.json_view import JsonView
    from loopmail.ui.outlook_panel import OutlookPanel
    from loopmail.ui.problems_panel import ProblemsPanel
    from loopmail.ui.run_pane import RunPane


def _entry(text: str) -> str:
    """Mark the text of a menu entry for translation."""
    return str(QT_TRANSLATE_NOOP("Actions", text))


def _title(text: str) -> str:
    """Mark a panel's title for translation."""
    return str(QT_TRANSLATE_NOOP("WindowLayout", text))


@dataclass(frozen=True, slots=True)
class LowerPanel:
    """All that is said of a panel below the page.

    `action` opens and closes it, from the menu View and, if `in_status_bar`, from the status
    bar; under its name the settings keep whether it is open. `make` gives the content, which
    is made when the panel is opened first. `width` is its share where all are open.
    """

    action: Spec
    title: str
    make: "Callable[[WindowLayout], QWidget]"
    width: int
    in_status_bar: bool = True


PANELS = (
    LowerPanel(
        Spec("view_problems", _entry("&Problems"), "Ctrl+Shift+M", checkable=True),
        _title("Problems"),
        lambda parts: parts.problems,
        860,
    ),
    LowerPanel(
        Spec(
            "view_outlook",
            _entry("What &LoopBack Would Do"),
            "Ctrl+L",
            tip=_entry("The plan in words, each value with its origin, environments side by side"),
            checkable=True,
        ),
        _title("What LoopBack Would Do"),
        lambda parts: parts.outlook,
        580,
    ),
    LowerPanel(
        Spec("view_json", _entry("&JSON"), "Ctrl+J", checkable=True),
        _title("JSON"),
        lambda parts: parts.json,
        580,
    ),
    LowerPanel(
        Spec("view_run", _entry("App &Output"), "Ctrl+Shift+R", checkable=True),
        _title("Run App"),
        lambda parts: parts.run,
        700,
        in_status_bar=False,
    ),
)


class WindowLayout(QSplitter):
    """The window's parts and the lines between them, whose places are remembered.

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
        self.test = TestPlace(state, actions)
        self.pages.transport_shown.connect(self.test.show_transport)
        self._panels: dict[str, Panel] = {}
        self.top_part = self._make_upper(messages)
        self.bottom_part = self._make_lower()
        self._dress(self, "whole")
        self.addWidget(self.top_part)
        self.addWidget(self.bottom_part)
        self.setStretchFactor(0, 1)
        self.setSizes([620, 230])
        self.top_part.splitterMoved.connect(self._note_moved)
        state.opened.connect(self._show_lower)

    def _make_upper(self, messages: MessageBar) -> QSplitter:
        middle = QWidget()
        middle.setMinimumWidth(420)
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(messages)
        rows.addWidget(self.pages, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        self._dress(splitter, "upper")
        QVBoxLayout(self.tree_place).setContentsMargins(0, 0, 0, 0)
        self.tree_place.setMinimumWidth(150)
        for part in (self.tree_place, middle, self.test):
            splitter.addWidget(part)
        splitter.setStretchFactor(1, 1)
        return splitter

    def _make_lower(self) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        self._dress(splitter, "lower")
        for spec in PANELS:
            name = spec.action.name
            panel = Panel(self.tr(spec.title), partial(spec.make, self), self._actions[name])
            self._panels[name] = panel
            splitter.addWidget(panel)
            self._actions[name].toggled.connect(self._show_lower)
        splitter.setSizes([spec.width for spec in PANELS])
        splitter.hide()
        return splitter

    @cached_property
    def tree(self) -> "AppTree":
        """The tree at the left."""
        from loopmail.ui.app_tree import AppTree

        tree = AppTree(self._state)
        layout = self.tree_place.layout()
        assert layout is not None
        layout.addWidget(tree)
        return tree

    @cached_property
    def problems(self) -> "ProblemsPanel":
        """The table of problems."""
        from loopmail.ui.problem_focus import go_to_problem
        from loopmail.ui.problems_area import ProblemsArea
        from loopmail.ui.problems_panel import ProblemsPanel

        problems = ProblemsPanel(self._state, self._messages)
        problems.place_wanted.connect(
            lambda problem: go_to_problem(self._state, self.pages, problem)
        )
        area = ProblemsArea(self._state, problems)
        panel = self._panels["view_problems"]
        for button in (area.all_environments, problems.fix, problems.fix_all):
            panel.buttons.addWidget(button)
        panel.fill(area)
        return problems

    @cached_property
    def outlook(self) -> "OutlookPanel":
        """What LoopBack would do."""
        from loopmail.ui.outlook_panel import OutlookPanel

        outlook = OutlookPanel(self._state)
        self._panels["view_outlook"].fill(outlook)
        return outlook

    @cached_property
    def json(self) -> "JsonView":
        """The text of the file that is edited."""
        from loopmail.ui.json_view import JsonView

        text = JsonView(self._state)
        panel = self._panels["view_json"]
        text.file_changed.connect(panel.title.setText)
        panel.fill(text)
        return text

    @cached_property
    def run(self) -> "RunPane":
        """The app's output."""
        from loopmail.ui.run_pane import RunPane

        run = RunPane(self._state)
        run.use(self._settings)
        self._panels["view_run"].fill(run)
        return run

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

    def _dress(self, splitter: QSplitter, name: str) -> None:
        splitter.setObjectName(f"splitter-{name}")
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)

    def _splitters(self) -> dict[str, QSplitter]:
        return {"upper": self.top_part, "lower": self.bottom_part, "whole": self}

    def restore(self, settings: Settings) -> None:
        """Take the places of the lines from the last run."""
        for name, splitter in self._splitters().items():
            saved = settings.bytes(f"splitter-{name}")
            if saved is not None:
                splitter.restoreState(saved)
                splitter.setHandleWidth(1)
                self._moved |= name == "upper"
        for name in self._panels:
            self._actions[name].setChecked(settings.flag(name, False))

    def remember(self, settings: Settings) -> None:
        """Keep the places of the lines for the next run."""
        for name, splitter in self._splitters().items():
            if name == "upper" and not self._moved:
                continue
            settings.set_bytes(f"splitter-{name}", splitter.saveState())
        for name in self._panels:
            settings.set_flag(name, self._actions[name].isChecked())
