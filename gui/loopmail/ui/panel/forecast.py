"""What LoopBack would do with the chosen data source: plan, values, environments, upgrade."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QFrame, QWidget

from loopmail.core.app.folder import kind_of, layer_name
from loopmail.core.edit.layers import copy_values
from loopmail.core.edit.places import SECURITY_KEYS, joined, place_words
from loopmail.core.jsontext.pointer import array_index, format_pointer, parse_pointer
from loopmail.core.loopback.forecast import Forecast, make_forecast
from loopmail.core.loopback.transport import Transport
from loopmail.core.loopback.view import AppView
from loopmail.ui.panel.environments import EnvironmentsTable
from loopmail.ui.panel.plan import PlanView
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import connect_all, single_shot
from loopmail.ui.widgets.table import TextTable

BASE = "datasources.json"
_PAUSE_MS = 200  # after the last change; typing should not compute for every letter


class Foresight(QObject):
    """Four views of one answer, computed off the GUI thread while one of them is visible."""

    failed = Signal(str)  # why a value was not copied

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._job: Job | None = None
        self._datasource = ""
        self._forecast: Forecast | None = None
        setting = self.tr("Setting")
        self.plan = PlanView()
        columns = (setting, self.tr("Value"), self.tr("From"))
        self.values = TextTable(self.tr("Values"), columns)
        self.environments = EnvironmentsTable()
        columns = (self.tr("Where"), self.tr("LoopBack 2"), self.tr("LoopBack 3"))
        self.upgrade = TextTable(self.tr("LoopBack 2 to 3"), columns)
        self.views = (self.plan, self.values, self.environments, self.upgrade)
        for view in self.views:
            view.setFrameShape(QFrame.Shape.NoFrame)
            view.installEventFilter(self)
        self.environments.copy_wanted.connect(self._copy)
        self._timer = single_shot(self, _PAUSE_MS, self._start)
        connect_all(
            self._later,
            state.opened,
            state.changed,
            state.selection_changed,
            state.environment_changed,
            state.variables_changed,
        )
        state.problems_changed.connect(self._show_plan)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Catch up when a view is shown (Qt's virtual method)."""
        if event.type() == QEvent.Type.Show:
            self._start()
        return super().eventFilter(watched, event)

    def _later(self) -> None:
        if any(view.isVisible() for view in self.views):
            self._timer.start()

    def _start(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        kind, name = self._state.selection
        if kind == "datasource":
            self._datasource = name
        name = self._datasource
        if not name or self._state.workspace is None:
            self._forecast = None
            self.plan.say(self.tr("Choose a data source."))
            for table in (self.values, self.upgrade):
                table.rows.show([])
            self.environments.show_environments([], [])
            return
        view, environments = self._state.view().again(), self._state.environments()
        self._job = Job(lambda: make_forecast(view, name, environments))
        self._job.done.connect(self._show)
        self._job.start()

    def _show(self, forecast: Forecast) -> None:
        self._forecast = forecast
        self._show_plan()
        self.values.rows.show(
            [(self._words(f"/{v.setting}"), v.text, v.origin) for v in forecast.values]
        )
        rows = [(self._words(row.pointer), *row.values) for row in forecast.environments]
        pointers = [row.pointer for row in forecast.environments]
        self.environments.show_environments(rows, self._state.environments(), pointers)
        changes = [(c.subject, c.before, c.after) for c in forecast.upgrade]
        nothing = [("", self.tr("Nothing would change."), "")]
        self.upgrade.rows.show(changes or nothing)
        for table in (self.values, self.upgrade):
            table.share_width()

    def _words(self, pointer: str) -> str:
        """Return a setting of the data source in the words of the fields."""
        found = self._state.effective().datasources.get(self._datasource)
        values = {BASE: {self._datasource: found.settings}} if found is not None else None
        whole = format_pointer([self._datasource]) + pointer
        words, key = joined(place_words(BASE, whole, values)[1:]), pointer.rpartition("/")[2]
        return f"{words} ({key})" if key in SECURITY_KEYS else words  # whose value stands beside

    def _copy(self, pointer: str, env: str, to: str) -> None:
        """Let the file of another environment say what is in use in this one."""
        state = self._state
        if state.workspace is None:
            return
        tokens = parse_pointer(pointer)
        index: int | None = None
        if len(tokens) > 2 and tokens[0] == "transports":
            index, tokens = array_index(tokens[1]), tokens[2:]
        elif len(tokens) > 1 and tokens[0] == "transport":
            index, tokens = 0, tokens[1:]
        view = AppView(state.snapshot(), env, state.variables_for(env), state.versions)
        loaded = view.effective.datasources.get(self._datasource)
        source = Transport(view.snapshot, BASE, self._datasource, index, loaded=loaded)
        file = layer_name("datasources", "env", to)
        path = format_pointer(tokens)
        text = self.tr("Copy {0} to {1}").format(self._words(pointer), file)
        state.change(
            text, lambda workspace: copy_values(workspace, source, [path], file), self.failed.emit
        )

    def _show_plan(self) -> None:
        """Show the plan, with what the checks say of the data source in this environment."""
        if self._state.workspace is None or self._forecast is None or not self.plan.isVisible():
            return
        place = format_pointer([self._datasource])
        found = self._state.finder.found_in.get(self._state.env, ())
        values = self._state.snapshot().values
        dangers = [
            (one, joined(place_words(one.file, one.pointer, values)))
            for one in found
            if one.severity != "info"
            and f"{one.pointer}/".startswith(f"{place}/")
            and kind_of(one.file) == "datasources"
        ]
        self.plan.show_plan(self._forecast, dangers)
