"""The problem that is chosen, in full: what it means, where it stands, what its fix changes."""

import threading
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSizePolicy, QWidget

from loopmail.core.app.difference import DifferingLine
from loopmail.core.checks.fixes import preview
from loopmail.core.checks.problem import Problem
from loopmail.ui.session.problems import doubts_about
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import ReadOnlyText, bare, column, plain_label, row
from loopmail.ui.widgets.text_view import displayable, whole_line
from loopmail.ui.widgets.theme import colours

# --- Preview of a fix -----------------------------------------------------------------


class FixPreviewView(ReadOnlyText):
    """A read-only text; lines that go are red, lines that come are green, both with a sign."""

    def __init__(self) -> None:
        super().__init__("", wrap=False)
        self.setAccessibleName(self.tr("Preview of the fix"))
        self.setObjectName("fixPreview")
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_lines(self, lines: Sequence[DifferingLine]) -> None:
        """Show a preview without the indent that all its lines share."""
        indent = _common_indent(lines)
        texts = [f"{line.sign} {line.text[indent:]}" for line in lines]
        self.setPlainText(displayable("\n".join(texts)))
        rows = self.fontMetrics().lineSpacing() * max(len(texts), 1)
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(rows + 2 * round(self.document().documentMargin()) + bar)
        grounds = {"+": colours().ok_soft, "-": colours().error_soft}
        self.setExtraSelections(
            [
                whole_line(self, number, grounds[line.sign])
                for number, line in enumerate(lines, 1)
                if line.sign != " "
            ]
        )


def _common_indent(lines: Sequence[DifferingLine]) -> int:
    texts = [line.text for line in lines if line.text.strip() and line.text != "…"]
    if not texts or any(text[:1] not in (" ", "\t") for text in texts):
        return 0
    return min(len(text) - len(text.lstrip()) for text in texts)


# --- The chosen problem ---------------------------------------------------------------

_DOUBTS = 3  # sentences that speak against a fix, of those that are shown
_LINES = 4  # of text that the low strip has room for
_ANY = 16_777_215  # Qt's QWIDGETSIZE_MAX


class ProblemDetail(QWidget):
    """The text, the lines before and after, what can be done; below the table or beside it."""

    def __init__(
        self, state: AppState, buttons: Sequence[QWidget] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._job: Job | None = None
        self.text = plain_label("", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.place = plain_label("", "muted", wrap=True)
        self.summary = plain_label("", "muted", wrap=True)
        self.preview = FixPreviewView()
        inner = QWidget()
        inner.setProperty("role", "page")
        words = column(self.text, self.place, 1, spacing=4)
        self.change = QWidget()
        column(self.summary, self.preview, 1, spacing=4, inside=self.change)
        margins = (14, 8, 14, 4)
        self._parts = row(words, self.change, 0, spacing=8, margins=margins, inside=inner)
        scroll = bare(QScrollArea())
        scroll.setWidget(inner)
        scroll.setMinimumHeight(1)  # the buttons below it stay in sight
        actions = row(*buttons, 1, spacing=8, margins=(14, 4, 14, 8))
        column((scroll, 1), actions, spacing=0, inside=self)
        self.arrange(beside=False, width=0, most=_ANY)
        self.show_problem(None)

    def arrange(self, *, beside: bool, width: int, most: int) -> None:
        """Stand beside the table, this wide, or below it as a low strip, at `most` this high."""
        direction = QBoxLayout.Direction
        self._parts.setDirection(direction.TopToBottom if beside else direction.LeftToRight)
        for at, share in enumerate((0, 0, 1) if beside else (1, 1, 0)):
            self._parts.setStretch(at, share)
        low = min(self.fontMetrics().lineSpacing() * _LINES + 60, most)
        self.setMinimumSize(width if beside else 0, 0)
        policies = QSizePolicy.Policy
        self.setSizePolicy(policies.Preferred, policies.Preferred if beside else policies.Maximum)
        self.setMaximumSize(width if beside else _ANY, _ANY if beside else low)

    def show_problem(self, problem: Problem | None) -> None:
        """Show a problem; None hides the pane."""
        self.setVisible(problem is not None)
        if problem is None:
            return
        self._drop_job()
        self.text.setText(problem.text)
        where = self.tr("{0}, line {1}, column {2}")
        place = where.format(problem.file, problem.line, problem.column)
        env = self.tr("; environment {0}").format(problem.env) if problem.env else ""
        self.place.setText(f"{place}{env}  ·  {problem.id}")
        workspace, fix = self._state.workspace, problem.fix
        lines = preview(workspace, fix) if workspace is not None and fix is not None else []
        self.change.setVisible(bool(lines))
        if fix is not None and lines:
            self.summary.setText(fix.summary)
            self.preview.show_lines(lines)
            self._prove(problem)

    def show_number(self, count: int) -> None:
        """Say that so many problems are chosen, which the button fixes at once."""
        self._drop_job()
        self.text.setText(self.tr("{0} problems are selected.").format(count))
        self.place.setText("")
        self.change.hide()
        self.show()

    def _drop_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _prove(self, problem: Problem) -> None:
        """Try the fix in a worker and say what came of it."""
        question, stop = self._state.finder.question, threading.Event()
        if question is None or problem.fix is None:
            return
        summary = problem.fix.summary
        self._job = Job(
            lambda: doubts_about(question, stop.is_set)(question.snapshot, problem),
            on_cancel=stop.set,
        )
        self._job.done.connect(lambda doubts: self._say_proof(summary, problem, doubts))
        self._job.start()

    def _say_proof(self, summary: str, problem: Problem, doubts: Sequence[str]) -> None:
        self._job = None
        if problem.fix is not None and problem.fix.safe and not doubts:
            text = self.tr("{0}. Proven safe: tried in every environment.").format(summary)
        else:
            said = doubts or [self.tr("It is for you to decide; nothing speaks against it.")]
            lines = "\n".join(f"• {doubt}" for doubt in said[:_DOUBTS])
            text = self.tr("{0}. Look first, it is no part of “Fix All Safe”:\n{1}").format(
                summary, lines
            )
        self.summary.setText(text)
