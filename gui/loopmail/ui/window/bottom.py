"""The lower part of the window: a panel with tabs, from the problems to the app's output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from loopmail.ui.session.actions import Actions, Spec
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    QT_TRANSLATE_NOOP,
    button,
    close_button,
    column,
    connect_all,
    row,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.window.focus import focus_stop

if TYPE_CHECKING:
    from loopmail.core.checks.problem import Problem
    from loopmail.ui.panel.forecast import Foresight
    from loopmail.ui.panel.json import JsonView
    from loopmail.ui.panel.json_area import JsonArea
    from loopmail.ui.panel.problems import ProblemsPanel
    from loopmail.ui.panel.run import RunPane

# --- The tabs -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LowerPanel:
    """All that is said of a tab of the lower panel.

    `action` raises it, and closes the panel when the tab is raised already; it stands in the
    menu View and, if `in_status_bar`, in the status bar. `make` gives the content, which is
    made when the tab is raised first. `offered` tells whether it has something to show.
    """

    action: Spec
    title: str
    make: Callable[[BottomPanel], object]
    offered: Callable[[AppState], bool] = lambda state: state.workspace is not None
    in_status_bar: bool = True


def _has_sources(state: AppState) -> bool:
    return state.workspace is not None and bool(state.datasources())


def _may_upgrade(state: AppState) -> bool:
    return _has_sources(state) and state.versions.major == 2


PANELS = (
    LowerPanel(
        Spec(
            "view_problems",
            QT_TRANSLATE_NOOP("Actions", "&Problems"),
            "Ctrl+Shift+M",
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("BottomPanel", "Problems"),
        lambda bottom: bottom.problems,
    ),
    LowerPanel(
        Spec(
            "view_forecast",
            QT_TRANSLATE_NOOP("Actions", "What &LoopBack Would Do"),
            "Ctrl+L",
            tip=QT_TRANSLATE_NOOP("Actions", "The plan in words, dangers first"),
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("BottomPanel", "Plan"),
        lambda bottom: bottom.foresight,
        _has_sources,
    ),
    LowerPanel(
        Spec(
            "view_values",
            QT_TRANSLATE_NOOP("Actions", "Val&ues"),
            tip=QT_TRANSLATE_NOOP("Actions", "Each value that is used, with its origin"),
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("BottomPanel", "Values"),
        lambda bottom: bottom.foresight,
        _has_sources,
    ),
    LowerPanel(
        Spec(
            "view_environments",
            QT_TRANSLATE_NOOP("Actions", "&Environments"),
            tip=QT_TRANSLATE_NOOP("Actions", "The environments side by side"),
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("BottomPanel", "Environments"),
        lambda bottom: bottom.foresight,
        _has_sources,
    ),
    LowerPanel(
        Spec("view_json", QT_TRANSLATE_NOOP("Actions", "&JSON"), "Ctrl+J", checkable=True),
        QT_TRANSLATE_NOOP("BottomPanel", "JSON"),
        lambda bottom: bottom.json_area,
    ),
    LowerPanel(
        Spec(
            "view_upgrade",
            QT_TRANSLATE_NOOP("Actions", "LoopBack &2 → 3"),
            tip=QT_TRANSLATE_NOOP("Actions", "What LoopBack 3 would do otherwise"),
            checkable=True,
        ),
        QT_TRANSLATE_NOOP("BottomPanel", "LoopBack 2 → 3"),
        lambda bottom: bottom.foresight,
        _may_upgrade,
        in_status_bar=False,
    ),
    LowerPanel(
        Spec(
            "view_run", QT_TRANSLATE_NOOP("Actions", "App &Output"), "Ctrl+Shift+R", checkable=True
        ),
        QT_TRANSLATE_NOOP("BottomPanel", "App Output"),
        lambda bottom: bottom.run,
        in_status_bar=False,
    ),
)


def panel_switches(actions: Actions) -> Iterator[QToolButton]:
    """Make the buttons of the status bar that raise the tabs and show the test panel."""
    panels = [panel.action.name for panel in PANELS if panel.in_status_bar]
    for name in (*panels, "view_test"):
        switch = QToolButton()
        switch.setDefaultAction(actions[name])
        switch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        yield switch


class _Tab:
    """One tab: its place in the stack, its buttons in the header, whether its content is made."""

    def __init__(self, panel: LowerPanel) -> None:
        self.panel = panel
        self.page = QWidget()
        self.content = column(spacing=0, inside=self.page)
        self.corner = QWidget()
        self.buttons = row(spacing=8, inside=self.corner)
        self.corner.hide()


# --- The panel ------------------------------------------------------------------------

_RAISED = "lower-panel"  # the setting: the action of the tab that is raised, empty if none
_LINES = 6  # of text that the content keeps room for, however low the panel is made


class BottomPanel(QWidget):
    """Tabs, of which the actions of `PANELS` raise one or none; then the panel is hidden."""

    place_wanted = Signal(object)  # the Problem whose place should be shown
    field_wanted = Signal(str, str)  # the field of this file and JSON Pointer
    shown = Signal(bool)  # a tab is raised, or none
    maximised = Signal(bool)  # over page and test

    def __init__(
        self, state: AppState, actions: Actions, messages: MessageBar, settings: Settings
    ) -> None:
        super().__init__()
        self._state = state
        self._actions = actions
        self._messages = messages
        self._settings = settings
        self._major = 0  # of the LoopBack for which tabs are offered
        # Tells which file and JSON Pointer a field of the page stands for.
        self.place_of: Callable[[QWidget], tuple[str, str] | None] = lambda _: None
        self._raised = ""  # the action of the tab in view
        self._before: QWidget | None = None  # had the focus before the panel got it
        self.setObjectName("bottomPanel")
        self.setProperty("role", "page")
        self._tabs = {panel.action.name: _Tab(panel) for panel in PANELS}
        self._names = list(self._tabs)
        self.bar = QTabBar()
        self.stack = QStackedWidget()
        self.maximise = QToolButton()
        self._lay_out()
        for name in self._names:
            actions[name].toggled.connect(self._show)
            actions[name].triggered.connect(partial(self._give_focus, name))
        self.bar.currentChanged.connect(self._chosen)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._note_focus)
        state.problems_changed.connect(self._count_problems)
        connect_all(self._offer, state.opened, state.selection_changed, state.environment_changed)
        self._offer()

    def _lay_out(self) -> None:
        self.bar.setAccessibleName(self.tr("Lower panel"))
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        # The page in view does not decide how high the panel is: whoever drags the divider does.
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.stack.setMinimumHeight(self.fontMetrics().lineSpacing() * _LINES)
        self.maximise.setObjectName("maximisePanel")
        self.maximise.setCheckable(True)
        self.maximise.setAutoRaise(True)
        self.maximise.toggled.connect(self._maximise)
        self._maximise(False)
        close = close_button(self.tr("Close the panel"), self.close_panel)
        corners = row(*(tab.corner for tab in self._tabs.values()))
        parts = ((self.bar, 1), corners, self.maximise, close)
        header = row(*parts, spacing=8, margins=(8, 3, 8, 3))
        column(header, (self.stack, 1), spacing=0, inside=self)
        for name, tab in self._tabs.items():
            title = self.tr(tab.panel.title)
            self._actions[name].setIconText(title)  # of the switch in the status bar
            self.bar.addTab(title)
            self.stack.addWidget(tab.page)

    # -- the contents, made when they are raised first ------------------------------------------

    @cached_property
    def problems(self) -> ProblemsPanel:
        """The table of problems."""
        from loopmail.ui.panel.problems import ProblemsArea, ProblemsPanel

        problems = ProblemsPanel(self._state, self._messages)
        problems.place_wanted.connect(self.place_wanted)
        area = ProblemsArea(self._state, problems)
        tab = self._tabs["view_problems"]
        for one in (area.all_environments, problems.fix_all):
            tab.buttons.addWidget(one)
        tab.content.addWidget(area)
        return problems

    @cached_property
    def foresight(self) -> Foresight:
        """What LoopBack would do: four tabs of one answer."""
        from loopmail.ui.panel.forecast import Foresight

        made = Foresight(self._state, self)
        views = {
            "view_forecast": made.plan,
            "view_values": made.values,
            "view_environments": made.environments,
            "view_upgrade": made.upgrade,
        }
        for name, view in views.items():
            self._tabs[name].content.addWidget(view)
        for one in (made.environments.differing, made.environments.copy):
            self._tabs["view_environments"].buttons.addWidget(one)
        made.failed.connect(self._say_not_copied)
        made.plan.problem_wanted.connect(self._show_problem)
        return made

    def _say_not_copied(self, why: str) -> None:
        self._messages.show_message("copy", "error", self.tr("Not copied."), why)

    def _show_problem(self, problem: Problem) -> None:
        self._actions["view_problems"].setChecked(True)
        self.problems.choose(problem)
        self.problems.setFocus()

    @cached_property
    def json_area(self) -> JsonArea:
        """The tab JSON."""
        from loopmail.ui.panel.json_area import JsonArea

        area = JsonArea(self._state)
        area.view.field_wanted.connect(self.field_wanted)
        tab = self._tabs["view_json"]
        review = self._actions["review"]
        reviewing = button(self.tr("Review Changes"), review.trigger, name="jsonReview")
        reviewing.setEnabled(review.isEnabled())
        review.enabledChanged.connect(reviewing.setEnabled)
        area.spare.append(reviewing)
        for tool in (*area.tools, reviewing):
            tab.buttons.addWidget(tool)
        tab.content.addWidget(area)
        for keys, step in (("FindNext", 1), ("FindPrevious", -1)):
            self._add_shortcut(QKeySequence.StandardKey[keys], partial(area.finder.step, step))
        self._add_shortcut(QKeySequence.StandardKey.Find, self._find)
        return area

    @property
    def json(self) -> JsonView:
        """The text of the file that is edited."""
        return self.json_area.view

    def _add_shortcut(self, keys: QKeySequence.StandardKey, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)

    def _find(self) -> None:
        """Find in the JSON text, from whichever tab."""
        self._actions["view_json"].setChecked(True)
        self.json_area.finder.start()

    def show_draft(self, file: str) -> None:
        """Show what was typed for a file and is no JSON yet, at its error."""
        self._actions["view_json"].setChecked(True)
        self.json.show_file(file)
        self.json_area.go.click()

    def between_form_and_json(self) -> None:
        """Go from the text to the field of the value there, or from a field to its text."""
        focus = QApplication.focusWidget()
        if focus is None or (self._raised == "view_json" and self.isAncestorOf(focus)):
            self.json.show_in_form()
            return
        place = self.place_of(focus)
        if place is not None:
            self._actions["view_json"].setChecked(True)
            self.json.mark_field(*place, go=True)
            self.json.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @cached_property
    def run(self) -> RunPane:
        """The app's output."""
        from loopmail.ui.panel.run import RunPane

        pane = RunPane(self._state, self._settings)
        self._tabs["view_run"].content.addWidget(pane)
        return pane

    # -- which tab is raised -------------------------------------------------------------------

    def _show(self) -> None:
        """Raise the tab whose action is checked, hide the panel if none is or no app is open."""
        checked = [name for name in self._names if self._actions[name].isChecked()]
        wanted = next((name for name in checked if name != self._raised), "")
        if not wanted and checked:
            wanted = checked[0]
        if not wanted and self._raised:
            self._leave()
        self._raised = wanted
        for name in checked:
            self._actions[name].setChecked(name == wanted)
        if wanted and self._state.workspace is not None:
            tab = self._tabs[wanted]
            tab.panel.make(self)
            at = self._names.index(wanted)
            self.bar.setTabVisible(at, True)
            self.bar.setCurrentIndex(at)
            if self.stack.isAncestorOf(QApplication.focusWidget() or self):
                self.bar.setFocus()  # else Qt would look for a place outside the panel
            self.stack.setCurrentWidget(tab.page)
            for name, one in self._tabs.items():
                one.corner.setVisible(name == wanted and one.buttons.count() > 0)
        self._count_problems()
        shown = bool(wanted) and self._state.workspace is not None
        if not shown:
            self.maximise.setChecked(False)
        self.setVisible(shown)
        self.shown.emit(shown)

    def _chosen(self, at: int) -> None:
        """Another tab was chosen in the bar."""
        if self.isVisible() and at >= 0:
            self._actions[self._names[at]].setChecked(True)

    def _offer(self) -> None:
        """Show the tabs that have something to show; enable their actions."""
        state = self._state
        self._major = state.versions.major
        offered = {name: tab.panel.offered(state) for name, tab in self._tabs.items()}
        self._actions.enable(offered)
        if self._raised and not offered[self._raised] and state.workspace is not None:
            self._actions["view_json"].setChecked(True)
        raised = self._raised
        for at, (name, there) in enumerate(offered.items()):
            asked = name != "view_run" or "run" in vars(self)  # it shows what was started once
            self.bar.setTabVisible(at, (there and asked) or name == raised)
        self._show()

    def _count_problems(self) -> None:
        """Say in the tab how many problems there are, while it is in sight."""
        if self._state.versions.major != self._major:
            self._offer()
        if not self._raised:
            return  # nothing is done at every letter for what nobody sees
        count = sum(1 for one in self._state.problems if one.severity != "info")
        title = self.tr(PANELS[0].title)
        text = self.tr("{0}  {1}").format(title, count) if count else title
        if self.bar.tabText(0) != text:
            self.bar.setTabText(0, text)

    def close_panel(self) -> None:
        """Hide the panel; the focus goes back to where it was before."""
        if self._raised:
            self._actions[self._raised].setChecked(False)

    # -- height --------------------------------------------------------------------------------

    def _maximise(self, on: bool) -> None:
        text = self.tr("Restore the panel") if on else self.tr("Maximise the panel")
        self.maximise.setIcon(icon("restore" if on else "max", "muted"))
        self.maximise.setAccessibleName(text)
        self.maximise.setToolTip(text)
        self.maximised.emit(on)

    def restore(self) -> None:
        """Raise the tab that was raised at the end of the last run."""
        name = self._settings.text(_RAISED, "")
        if name in self._tabs:
            self._actions[name].setChecked(True)

    def remember(self) -> None:
        """Remember for the next run which tab is raised."""
        self._settings.set_text(_RAISED, self._raised)

    # -- the focus -----------------------------------------------------------------------------

    def _note_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """Keep in mind where the focus was before it came into the panel."""
        if new is None or old is None or not isValid(old) or old.window() is not self.window():
            return
        if self.isAncestorOf(new):
            if not self.isAncestorOf(old):
                self._before = old
        elif self._raised == "view_json" and self.isVisible():
            place = self.place_of(new)
            if place is not None:
                self.json.mark_field(*place)

    def _give_focus(self, name: str) -> None:
        """Put the focus into the content of the tab that an action has raised."""
        if self._actions[name].isChecked() and self.isVisible():
            stop = focus_stop(self._tabs[name].page)
            (stop or self.bar).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave(self) -> None:
        """Restore what the panel covers, and give the focus back, before the panel is hidden."""
        self.maximise.setChecked(False)  # what is covered cannot take the focus
        focus = QApplication.focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            return
        before = self._before
        if before is not None and isValid(before) and before.isVisible() and before.isEnabled():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes the panel (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)
