"""The problems of the whole app, with their fixes."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QTableView, QWidget

from loopmail.core.checks.problem import Problem
from loopmail.core.errors import LoopmailError
from loopmail.ui.messages import MessageBar
from loopmail.ui.problems_model import FIX, PROBLEM, SEVERITY, WHERE, ProblemsModel
from loopmail.ui.state import AppState
from loopmail.ui.widgets import counted


class ProblemsPanel(QTableView):
    """A table; a double click goes to the problem's place, the buttons mend."""

    place_wanted = Signal(object)  # the Problem whose place should be shown

    def __init__(
        self, state: AppState, messages: MessageBar, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self.setObjectName("problems")
        self.setAccessibleName(self.tr("Problems"))
        self.rows = ProblemsModel(state, self)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)
        self._size_columns()
        self.fix = QPushButton(self.tr("Fix"))
        self.fix.setObjectName("fixButton")
        self.fix_all = QPushButton(self.tr("Fix All Safe"))
        self.fix_all.setObjectName("fixAllButton")
        self.fix.clicked.connect(self.fix_selected)
        self.fix_all.clicked.connect(self.fix_all_safe)
        self.activated.connect(self._go)
        self.rows.modelReset.connect(self._enable)
        self.selectionModel().selectionChanged.connect(self._enable)
        self._enable()

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(SEVERITY, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(WHERE, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(PROBLEM, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(FIX, QHeaderView.ResizeMode.Interactive)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width: the problem itself gets most (Qt's virtual method)."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            for column in (WHERE, FIX):
                self.horizontalHeader().resizeSection(column, event.size().width() * 2 // 9)

    def selected(self) -> list[Problem]:
        """The problems of the selected rows."""
        return [self.rows.problem(one.row()) for one in self.selectionModel().selectedRows()]

    def fix_selected(self) -> None:
        """Apply the selected problems' fixes as one undo step."""
        self._mend([one for one in self.selected() if one.fix is not None])

    def fix_all_safe(self) -> None:
        """Apply all fixes that are safe as one undo step."""
        self._mend([one for one in self.rows.problems() if one.fix is not None and one.fix.safe])

    def _mend(self, problems: Sequence[Problem]) -> None:
        if not problems or self._state.workspace is None:
            return
        try:
            with self._state.macro(
                counted(len(problems), self.tr("Fix 1 problem"), self.tr("Fix {0} problems"))
            ):
                for problem in problems:
                    assert problem.fix is not None
                    changes = problem.fix.changes(self._state.workspace)
                    self._state.push(problem.fix.summary, changes)
        except LoopmailError as error:
            self._messages.show_message("fix", "error", self.tr("That did not work."), str(error))

    def _go(self, index: QModelIndex) -> None:
        self.place_wanted.emit(self.rows.problem(index.row()))

    def _enable(self) -> None:
        self.fix.setEnabled(any(one.fix is not None for one in self.selected()))
        self.fix_all.setEnabled(
            any(one.fix is not None and one.fix.safe for one in self.rows.problems())
        )
