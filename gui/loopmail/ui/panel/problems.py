"""The problems of the whole app, with their fixes."""

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QCheckBox,
    QFrame,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from loopmail.core.checks.fixes import Fixed
from loopmail.core.checks.problem import SECRET_IDS, Fix, Key, Problem, key_of
from loopmail.core.edit.places import joined, place_words
from loopmail.ui.panel.problem_detail import ProblemDetail
from loopmail.ui.panel.problem_rows import ROW, ProblemDelegate, ProblemRow
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.problems import Question, fix_question
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import button, column, counted, em
from loopmail.ui.widgets.table import STRETCH, Column, Roles, RowsModel, plain_table

# --- The problems as a table ----------------------------------------------------------

_ORDER = ("error", "warning", "info")
FIX_KEY = QKeySequence("Ctrl+.")  # fixes what is selected in the table
_WIDTHS = (3, 24, STRETCH, 24)  # of the columns, in digits: every cell shows a part of its row


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
        more: Roles = {ROW: self._row, Qt.ItemDataRole.ToolTipRole: lambda one: one.text}
        self.columns = (
            Column(self.tr("Severity"), lambda one: self._severities[one.severity], more),
            Column(self.tr("Where"), self._where, more),
            Column(self.tr("Problem"), lambda one: one.text, more),
            Column(self.tr("Fix"), self._fix, more),
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
        return problem.fix.summary if problem.fix is not None else self.verb(problem)

    def verb(self, problem: Problem) -> str:
        """Return what a button does about a problem; an empty text if nothing."""
        if problem.fix is not None:
            return problem.fix.verb
        return self.tr("Move to Keyring…") if problem.id in SECRET_IDS else ""

    def place(self, problem: Problem) -> str:
        """Return where a problem is, in the words of the window's fields."""
        workspace = self._state.workspace
        values = self._state.snapshot().values if workspace is not None else None
        return joined(place_words(problem.file, problem.pointer, values))

    def _environment(self, problem: Problem) -> str:
        return problem.env if problem.env and problem.env != (self._state.env or "") else ""

    def _where(self, problem: Problem) -> str:
        place, env = self.place(problem), self._environment(problem)
        line = f"{problem.file}:{problem.line}"
        if env:
            return self.tr("{0} ({1}, {2})").format(place, env, line)
        return self.tr("{0} ({1})").format(place, line)

    def _row(self, problem: Problem) -> ProblemRow:
        place, env = self.place(problem), self._environment(problem)
        return ProblemRow(problem, place, env, self.verb(problem))


def _words(problem: Problem) -> tuple[object, ...]:
    """What is shown of a problem (a fix is a function and never equal)."""
    fix = problem.fix.summary if problem.fix is not None else None
    place = (problem.file, problem.line, problem.pointer, problem.env)
    return (problem.severity, *place, problem.text, fix)


# --- The problems of the whole app, with their fixes ----------------------------------


class ProblemsPanel(QTableView):
    """A table of rows of two lines; Return goes to a problem's place, a row's button fixes it."""

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
        self.drawn = ProblemDelegate(self)
        widths = [em(one) if isinstance(one, int) else one for one in _WIDTHS]
        height = self.drawn.row_height()
        plain_table(self, self.rows, self.tr("Problems"), widths, row_height=height)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().hide()  # every row tells what it is; the columns are for readers
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(self.drawn)
        self.setMinimumHeight(height)
        self.drawn.fix_wanted.connect(self._fix_row)
        self.go = button(self.tr("Go There"), self._go_to_selected, name="goButton")
        self.fix = button(self.tr("Fix"), self.fix_selected, name="fixButton")
        self.fix_all = button(self.tr("Fix All Safe"), self.fix_all_safe, name="fixAllButton")
        self.activated.connect(self._go)
        self._chosen: set[Key] = set()  # what was selected before the rows changed
        self._at = -1  # its first row
        self._mended = False  # by this table: what is next is selected then
        self.rows.modelAboutToBeReset.connect(self._note_chosen)
        self.rows.modelReset.connect(self._choose_again)
        self.rows.modelReset.connect(self._enable)
        self.selectionModel().selectionChanged.connect(self._enable)
        self._enable()

    def selected(self) -> list[Problem]:
        """The problems of the selected rows."""
        return [self.rows.rows[one.row()] for one in self.selectionModel().selectedRows()]

    def choose(self, problem: Problem) -> None:
        """Select a problem, if it is still there."""
        for row, one in enumerate(self.rows.rows):
            if key_of(one) == key_of(problem):
                self.setCurrentIndex(self.rows.index(row, 0))
                return

    def _note_chosen(self) -> None:
        rows = self.selectionModel().selectedRows()
        self._chosen = {key_of(self.rows.rows[one.row()]) for one in rows}
        self._at = min((one.row() for one in rows), default=-1)

    def _choose_again(self) -> None:
        """Select what was selected before, or what follows a problem that was fixed here."""
        rows = [at for at, one in enumerate(self.rows.rows) if key_of(one) in self._chosen]
        if not rows and self._mended and self._at >= 0 and self.rows.rows:
            rows = [min(self._at, len(self.rows.rows) - 1)]
        self._mended = False
        if rows:
            self.setCurrentIndex(self.rows.index(rows[0], 0))
        for row in rows[1:]:
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().select(self.rows.index(row, 0), flags.Select | flags.Rows)

    def _hand_on_focus(self) -> None:
        """Take the focus from a button that goes when its problem does."""
        self._mended = True
        if self.fix.hasFocus():
            self.setFocus()

    def fix_selected(self) -> None:
        """Apply the selected problems' fixes as one undo step."""
        self._hand_on_focus()
        chosen = [one for one in self.selected() if one.fix is not None]
        secrets = [one for one in self.selected() if one.id in SECRET_IDS]
        if secrets and not chosen:
            self._state.adopt_wanted.emit(secrets[0].file, secrets[0].pointer)
        if len(chosen) == 1:
            self.fix_one(chosen[0])
        elif chosen:
            keys = {key_of(one) for one in chosen}
            self._fix_wanted(lambda problem: key_of(problem) in keys)

    def _fix_row(self, row: int) -> None:
        """Do what the button of a row says."""
        self._hand_on_focus()
        problem = self.rows.rows[row]
        if problem.fix is not None:
            self.fix_one(problem)
        else:
            self._state.adopt_wanted.emit(problem.file, problem.pointer)

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
        return QSize(em(70), self.verticalHeader().defaultSectionSize() * 5)

    def _go(self, index: QModelIndex) -> None:
        self.place_wanted.emit(self.rows.rows[index.row()])

    def _go_to_selected(self) -> None:
        for problem in self.selected()[:1]:
            self.place_wanted.emit(problem)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer what can be done about what is selected (Qt's virtual method)."""
        chosen = self.selected()
        if not chosen:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.fix.isEnabled():
            menu.addAction(self.fix.text().replace("&", "&&"), FIX_KEY, self.fix_selected)
        if len(chosen) == 1:
            menu.addAction(self.go.text(), self._go_to_selected)
        menu.addAction(self.tr("Copy"), self._copy)
        menu.popup(event.globalPos())

    def _copy(self) -> None:
        lines = [
            ": ".join(self.rows.index(one.row(), column).data() for column in (0, 1, 2))
            for one in self.selectionModel().selectedRows()
        ]
        QApplication.clipboard().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Fix what is selected, or copy it (Qt's virtual method)."""
        if QKeySequence(event.keyCombination()) == FIX_KEY:
            if self.fix.isEnabled():
                self.fix_selected()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def _enable(self) -> None:
        chosen = self.selected()
        fixes = [one.fix for one in chosen if one.fix is not None]
        self.go.setEnabled(len(chosen) == 1)
        self.fix.setEnabled(bool(fixes) or any(one.id in SECRET_IDS for one in chosen))
        self.fix.setText(self._verb(chosen, fixes))
        self.fix_all.setEnabled(any(one.fix is not None and one.fix.safe for one in self.rows.rows))

    def _verb(self, chosen: Sequence[Problem], fixes: Sequence[Fix]) -> str:
        """Return what the button does with what is selected."""
        if len(fixes) == 1:
            return fixes[0].verb
        if fixes:
            return self.tr("Fix {0} Problems").format(len(fixes))
        return next(filter(None, map(self.rows.verb, chosen)), self.tr("Fix"))


# --- The panel: table and detail ------------------------------------------------------

_DETAIL = 58  # digits that the detail is wide beside the table
_WIDE = 120  # digits from which there is room for both


class ProblemsArea(QWidget):
    """Puts table and detail together and has the switch for all environments."""

    def __init__(
        self, state: AppState, table: ProblemsPanel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.table = table
        self.detail = ProblemDetail(state, (table.fix, table.go))
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
        wide = event.size().width() >= em(_WIDE)
        direction = QBoxLayout.Direction
        self._parts.setDirection(direction.LeftToRight if wide else direction.TopToBottom)
        most = event.size().height() * 6 // 10
        self.detail.arrange(beside=wide, width=em(_DETAIL), most=most)

    def _show_detail(self) -> None:
        """Show what is selected in full; the row stays in sight."""
        chosen = self.table.selected()
        if len(chosen) > 1:
            self.detail.show_number(len(chosen))
        else:
            self.detail.show_problem(chosen[0] if chosen else None)
        QTimer.singleShot(0, self, self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if len(rows) == 1:
            self.table.scrollTo(rows[0])
