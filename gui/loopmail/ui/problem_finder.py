"""Runs the checks in a worker, a moment after the last change."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from loopmail.core.checks.problem import Problem
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Snapshot
from loopmail.ui.worker import Job

_PAUSE_MS = 150  # typing should not start a run for every letter


@dataclass(frozen=True, slots=True)
class Question:
    """What to check, as plain data for a worker."""

    snapshot: Snapshot
    versions: Versions
    variables: Mapping[str | None, Variables]  # by environment, the chosen one first


class ProblemFinder(QObject):
    """Holds what the checks found last; a newer question makes older answers stale."""

    found = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.problems: Sequence[Problem] = ()
        self.known = False  # whether the open app was looked at once
        self._question: Question | None = None
        self._job: Job | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._start)

    def forget(self) -> None:
        """Know no problems and drop what is under way."""
        self._timer.stop()
        self.known = False
        self._drop()
        if self.problems:
            self.problems = ()
            self.found.emit()

    def look(self, question: Question) -> None:
        """Check this soon; `found` follows."""
        self._question = question
        self._timer.start()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _start(self) -> None:
        question = self._question
        assert question is not None
        self._drop()
        stop = threading.Event()
        self._job = Job(lambda: find_problems(question, stop.is_set), on_cancel=stop.set)
        self._job.done.connect(self._take)
        self._job.start()

    def _take(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        self.known = True
        self.found.emit()


def find_problems(question: Question, stopped: Callable[[], bool]) -> Sequence[Problem]:
    """Run all rules for all environments; called on a worker thread."""
    # Late, since the rules bring the JSON Schema library along.
    from loopmail.core.checks.run import CheckRequest, merge_problems, run_checks
    from loopmail.core.git_tracked import tracked_files
    from loopmail.core.transport_modules import installed_transport_modules

    app = question.snapshot.app
    modules, tracked = installed_transport_modules(app.root), tracked_files(app)
    return merge_problems(
        run_checks(
            CheckRequest(question.snapshot, [env], variables, question.versions, modules, tracked),
            stopped=stopped,
        )
        for env, variables in question.variables.items()
    )
