"""Runs the checks in a worker, a moment after the last change."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from loopmail.core import checks
from loopmail.core.checks.problem import Problem
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Snapshot
from loopmail.ui.worker import Job

_PAUSE_MS = 150  # typing should not start a run for every letter


class ProblemFinder(QObject):
    """Holds what the checks found last; a newer question makes older answers stale."""

    found = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.problems: Sequence[Problem] = ()
        self._question: tuple[Snapshot, Variables, Versions, str | None] | None = None
        self._job: Job | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._start)

    def forget(self) -> None:
        """Know no problems and drop what is under way."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self.problems:
            self.problems = ()
            self.found.emit()

    def look(
        self, snapshot: Snapshot, variables: Variables, versions: Versions, env: str | None
    ) -> None:
        """Check this app soon; `found` follows."""
        self._question = (snapshot, variables, versions, env)
        self._timer.start()

    def _start(self) -> None:
        if self._job is not None:
            self._job.cancel()
        assert self._question is not None
        question = self._question
        job = Job(lambda: _find(*question))
        job.done.connect(self._take)
        self._job = job
        job.start()

    def _take(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        self.found.emit()


def _find(
    snapshot: Snapshot, variables: Variables, versions: Versions, env: str | None
) -> Sequence[Problem]:
    run_checks: Any = getattr(checks, "run_checks", None)
    if run_checks is None:
        return tuple(
            Problem("json-invalid", "error", name, 1, 1, "", None, sentence)
            for name, sentence in snapshot.errors.items()
        )
    return tuple(run_checks(snapshot, variables, versions, env))
