"""What LoopBack would do with the chosen data source: plan, values, environments, upgrade."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from loopmail.core.loopback.forecast import Forecast, make_forecast
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    ReadOnlyText,
    connect_all,
    single_shot,
)
from loopmail.ui.widgets.table import TextTable

_PAUSE_MS = 200  # after the last change; typing should not compute for every letter


class Foresight(QObject):
    """Four views of one answer, computed off the GUI thread while one of them is visible."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._job: Job | None = None
        self._datasource = ""
        setting = self.tr("Setting")
        self.plan = ReadOnlyText(self.tr("Plan"), prose=True)
        columns = (setting, self.tr("Value"), self.tr("From"))
        self.values = TextTable(self.tr("Values"), columns)
        self.environments = TextTable(self.tr("Environments"), (setting,))
        columns = (self.tr("Where"), self.tr("LoopBack 2"), self.tr("LoopBack 3"))
        self.upgrade = TextTable(self.tr("LoopBack 2 to 3"), columns)
        self.views = (self.plan, self.values, self.environments, self.upgrade)
        for view in self.views:
            view.installEventFilter(self)
        self._timer = single_shot(self, _PAUSE_MS, self._start)
        connect_all(
            self._later,
            state.opened,
            state.changed,
            state.selection_changed,
            state.environment_changed,
            state.variables_changed,
        )

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
            self.plan.setPlainText(self.tr("Choose a data source."))
            for table in (self.values, self.environments, self.upgrade):
                table.rows.show([])
            return
        view, environments = self._state.view().again(), self._state.environments()
        self._job = Job(lambda: make_forecast(view, name, environments))
        self._job.done.connect(self._show)
        self._job.start()

    def _show(self, forecast: Forecast) -> None:
        text = self._plan_text(forecast)
        if text != self.plan.toPlainText():
            self.plan.setPlainText(text)
        self.values.rows.show([(v.setting, v.text, v.origin) for v in forecast.values])
        self.environments.rows.show(
            [(row.pointer[1:], *row.values) for row in forecast.environments],
            [self.tr("Setting"), *self._state.environments()],
            [number for number, row in enumerate(forecast.environments) if row.differs],
        )
        changes = [(c.subject, c.before, c.after) for c in forecast.upgrade]
        nothing = [("", self.tr("Nothing would change."), "")]
        self.upgrade.rows.show(changes or nothing)
        for table in (self.values, self.environments, self.upgrade):
            table.share_width()

    def _plan_text(self, forecast: Forecast) -> str:
        if forecast.error is not None:
            return self.tr("The app does not start: {0}").format(forecast.error)
        parts = []
        for section in forecast.plan:
            lines = [section.title] if section.title else []
            lines += [f"• {sentence}" for sentence in section.sentences]
            if section.offers:
                lines += ["", self.tr("Signing in, foreseen:")]
                lines += [f"• {sentence}" for sentence in section.offers]
            parts.append("\n".join(lines))
        if not parts:
            parts = [self.tr("This is no mail data source; its values stand under Values.")]
        read = self.tr("Files, in the order in which LoopBack merges them:")
        parts.append("\n".join([read, *(f"• {file}" for file in forecast.files)]))
        return "\n\n".join(parts)
