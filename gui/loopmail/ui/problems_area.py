"""The panel of the problems: the table, and below it the chosen problem in full."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QWidget

from loopmail.ui.problem_detail import ProblemDetail
from loopmail.ui.problems_panel import ProblemsPanel
from loopmail.ui.state import AppState

_WIDE = 1000  # device-independent pixels


class ProblemsArea(QWidget):
    """Puts table and detail together and holds the switch for all environments."""

    def __init__(
        self, state: AppState, table: ProblemsPanel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.table = table
        self.detail = ProblemDetail(state)
        self.all_environments = QCheckBox(self.tr("All environments"))
        self.all_environments.setObjectName("allEnvironments")
        self.all_environments.setToolTip(
            self.tr("Tell the problems of every environment, not only of the chosen one")
        )
        self.all_environments.setChecked(state.everywhere)
        self.all_environments.toggled.connect(state.show_everywhere)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(0)
        self._parts.addWidget(table, 1)
        self._parts.addWidget(self.detail)
        table.selectionModel().selectionChanged.connect(self._show_detail)
        table.rows.modelReset.connect(self._show_detail)
        self._show_detail()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Put the detail beside the table where there is room (Qt's virtual method)."""
        super().resizeEvent(event)
        wide = event.size().width() >= _WIDE
        direction = QBoxLayout.Direction
        self._parts.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        self.detail.arrange(beside=wide, width=event.size().width() * 34 // 100)

    def _show_detail(self) -> None:
        chosen = self.table.selected()
        self.detail.show_problem(chosen[0] if len(chosen) == 1 else None)
