"""The problems of the whole app, with their fixes."""

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from loopmail.core.checks.fixes import Fixed
from loopmail.core.checks.problem import SECRET_IDS, Fix, Problem, key_of
from loopmail.ui.panel.problem_detail import ProblemDetail
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.problems import Question, fix_question
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import button, column, counted
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import FIT, STRETCH, Column, Index, Roles, RowsModel, plain_table

# --- The problems as a table ----------------------------------------------------------

_ORDER = ("error", "warning", "info")
_COLOURS = {"error": "error", "warning": "warn", "info": "muted"}
WHERE, FIX = 1, 3


class ProblemsModel(RowsModel[Problem]):
    """What the checks found: the worst first."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._severities = {
            "error": self.tr("Error"),
            "warning": self.tr("Warning"),
            "info": self.tr("Note"),
        }
        images: Roles = {Qt.ItemDataRole.DecorationRole: _image}
        self.columns = (
            Column(self.tr("Severity"), lambda one: self._severities[one.severity], images),
            Column(self.tr("Where"), self._where),
            Column(self.tr("Problem"), lambda one: one.text),
            Column(self.tr("Fix"), self._fix),
        )
        state.problems_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Take over the state's problems; nothing happens if they are the same."""
        problems = sorted(self._state.problems, key=lambda one: _ORDER.index(one.severity))
        if list(map(_words, problems)) == list(map(_words, self.rows)):
            self.rows = problems
        else:
            self.set_rows(problems)

    def _fix(self, problem: Problem) -> str:
        if problem.fix is None:
            return self.tr("Move to keyring…") if problem.id in SECRET_IDS else ""
        return problem.fix.summary

    def _where(self, problem: Problem) -> str:
        env = problem.env if problem.env != (self._state.env or "") else ""
        place = f"{problem.file}:{problem.line}{problem.pointer and ' ' + problem.pointer}"
        return f"{place} ({env})" if env else place


def _image(problem: Problem) -> QIcon:
    return icon(problem.severity, _COLOURS[problem.severity])


def _words(problem: Problem) -> tuple[object, ...]:
    """What is shown of a problem (a fix is a function and never equal)."""
    fix = problem.fix.summary if problem.fix is not None else None
    place = (problem.file, problem.line, problem.pointer, problem.env)
    return (problem.severity, *place, problem.text, fix)


# --- The problems of the whole app, with their fixes ----------------------------------


class _PlaceDelegate(QStyledItemDelegate):
    """Shortens a place in its middle: the file and the key say most."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Set where the text is cut (Qt's virtual method)."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class ProblemsPanel(QTableView):
    """A table; a double click goes to the problem's place, the buttons fix it."""

    place_wanted = Signal(object)  # the Problem whose place should be shown

    def __init__(
        self, state: AppState, messages: MessageBar, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self._job: Job | None = None
        self.setObjectName("problems")
        self.rows = ProblemsModel(state, self)
        height = self.fontMetrics().height() + 12
        widths = (FIT, 160, STRETCH, 140)
        plain_table(self, self.rows, self.tr("Problems"), widths, row_height=height)
        self.setItemDelegateForColumn(WHERE, _PlaceDelegate(self))
        self.fix = button(self.tr("Fix"), self.fix_selected, name="fixButton")
        self.fix_all = button(self.tr("Fix All Safe"), self.fix_all_safe, name="fixAllButton")
        self.activated.connect(self._go)
        self.rows.modelReset.connect(self._enable)
        self.selectionModel().selectionChanged.connect(self._enable)
        self._enable()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the width: the problem itself gets most (Qt's virtual method)."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            width = event.size().width()
            self.horizontalHeader().resizeSection(WHERE, width * 24 // 100)
            self.horizontalHeader().resizeSection(FIX, width * 21 // 100)

    def selected(self) -> list[Problem]:
        """The problems of the selected rows."""
        return [self.rows.rows[one.row()] for one in self.selectionModel().selectedRows()]

    def fix_selected(self) -> None:
        """Apply the selected problems' fixes as one undo step."""
        chosen = [one for one in self.selected() if one.fix is not None]
        secrets = [one for one in self.selected() if one.id in SECRET_IDS]
        if secrets and not chosen:
            self._state.adopt_wanted.emit(secrets[0].file, secrets[0].pointer)
        if len(chosen) == 1:
            self.fix_one(chosen[0])
        elif chosen:
            keys = {key_of(one) for one in chosen}
            self._fix_wanted(lambda problem: key_of(problem) in keys)

    def fix_all_safe(self) -> None:
        """Apply all fixes that are safe as one undo step."""
        self._fix_wanted(lambda problem: problem.fix is not None and problem.fix.safe, proven=True)

    def fix_one(self, problem: Problem) -> None:
        """Apply one problem's fix; a sentence says why it does not fit."""
        if problem.fix is not None:
            self._state.change(problem.fix.summary, problem.fix.changes, self._say)

    def _fix_wanted(self, wanted: Callable[[Problem], bool], *, proven: bool = False) -> None:
        """Work several fixes out in a worker: each is judged by what the others leave behind."""
        question = self._state.finder.question
        if question is None or (self._job is not None and self._job.running):
            return
        stop = threading.Event()
        env, everywhere = self._state.env, self._state.everywhere
        self._job = Job(
            lambda: fix_question(question, wanted, env, everywhere, stop.is_set, proven=proven),
            on_cancel=stop.set,
        )
        self._job.done.connect(lambda done: self._apply(question, done, proven=proven))
        self._job.start()

    def _apply(self, question: Question, done: Sequence[Fixed], *, proven: bool) -> None:
        if not done:
            if proven:
                text = self.tr("Select a problem to see what its fix would change besides.")
                title = self.tr("No fix was proven to be safe.")
                self._messages.show_message("fix", "info", title, text)
            return
        if self._state.finder.question is not question:
            self._say(self.tr("The files have changed meanwhile. Please try again."))
            return
        text = counted(len(done), self.tr("Fix 1 problem"), self.tr("Fix {0} problems"))
        changes = [change for one in done for change in one.changes]
        self._state.change(text, lambda _: changes, self._say)

    def _say(self, text: str) -> None:
        self._messages.show_message("fix", "error", self.tr("That did not work."), text)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Have room for some rows (Qt's virtual method)."""
        return QSize(600, self.verticalHeader().defaultSectionSize() * 5)

    def _go(self, index: QModelIndex) -> None:
        self.place_wanted.emit(self.rows.rows[index.row()])

    def _enable(self) -> None:
        chosen = self.selected()
        fixes = [one.fix for one in chosen if one.fix is not None]
        self.fix.setEnabled(bool(fixes) or any(one.id in SECRET_IDS for one in chosen))
        self.fix.setText(self._verb(chosen, fixes))
        self.fix_all.setEnabled(any(one.fix is not None and one.fix.safe for one in self.rows.rows))

    def _verb(self, chosen: Sequence[Problem], fixes: Sequence[Fix]) -> str:
        """Return what the button does with what is selected."""
        if len(fixes) == 1:
            return fixes[0].verb
        if fixes:
            return self.tr("Fix {0} Problems").format(len(fixes))
        if any(one.id in SECRET_IDS for one in chosen):
            return self.tr("Move to Keyring…")
        return self.tr("Fix")


# --- The panel: table and detail ------------------------------------------------------

_WIDE = 1000  # device-independent pixels


class ProblemsArea(QWidget):
    """Puts table and detail together and has the switch for all environments."""

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
            self.tr("Show the problems of every environment, not only of the chosen one")
        )
        self.all_environments.setChecked(state.everywhere)
        self.all_environments.toggled.connect(state.show_everywhere)
        self._parts = column((table, 1), self.detail, spacing=0, inside=self)
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
