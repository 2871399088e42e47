"""Runs the checks in a worker, a moment after the last change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import single_shot

if TYPE_CHECKING:
    from loopmail.core.app.versions import Versions
    from loopmail.core.app.workspace import Snapshot
    from loopmail.core.checks.fixes import Doubts, Fixed
    from loopmail.core.checks.problem import Problem
    from loopmail.core.loopback.effective import Effective
    from loopmail.core.loopback.memo import EffectiveMemo
    from loopmail.core.loopback.variables import Variables

    Found = Mapping[str | None, Sequence[Problem]]
    Memos = dict[str | None, EffectiveMemo]  # by environment

_PAUSE_MS = 150  # typing should not start a run for every letter


@dataclass(frozen=True, slots=True)
class Question:
    """What to check, as plain data for a worker."""

    snapshot: Snapshot
    versions: Versions
    variables: Mapping[str | None, Variables]  # by environment, the chosen one first
    loaded: Effective | None = None  # what the first of them loads, if that is known already


class ProblemFinder(QObject):
    """Keeps what the checks found last; a newer question makes older answers stale."""

    found = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.found_in: Found = {}  # by environment, the chosen one first
        self._merged: tuple[str | None, Sequence[Problem]] | None = None
        self.known = False  # whether the open app was looked at once
        self.question: Question | None = None  # what was asked last
        self._memos: Memos = {}
        self._job: Job | None = None
        self._timer = single_shot(self, _PAUSE_MS, self._start)

    def forget(self) -> None:
        """Know no problems and drop what is under way."""
        self._timer.stop()
        self._memos = {}
        self.known = False
        self.drop()
        if self.found_in:
            self._know({})

    def look(self, question: Question) -> None:
        """Check this soon; `found` follows."""
        self.question = question
        self.drop()
        self._timer.start()

    def drop(self) -> None:
        """Stop the run that is under way: its answer is stale, and it takes time from the window."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _start(self) -> None:
        question, memos, stop = self.question, self._memos, threading.Event()
        assert question is not None
        self.drop()
        self._job = Job(lambda: check(question, stop.is_set, memos), on_cancel=stop.set)
        self._job.done.connect(self._take)
        self._job.start()

    def everywhere(self, first: str | None) -> Sequence[Problem]:
        """What was found for all environments, each place once; those of `first` count first."""
        if not self.found_in:
            return ()
        if self._merged is None or self._merged[0] != first:
            from loopmail.core.checks.run import merge_problems

            others = [found for env, found in self.found_in.items() if env != first]
            self._merged = (first, merge_problems([self.found_in.get(first, ()), *others]))
        return self._merged[1]

    def _take(self, found: Found) -> None:
        self.known = True
        self._know(found)

    def _know(self, found: Found) -> None:
        self.found_in = found
        self._merged = None
        self.found.emit()


def check(question: Question, stopped: Callable[[], bool], kept: Memos) -> Found:
    """Run all rules for each environment; called on a worker thread.

    `kept` is what the last run computed; a run that was dropped may still use them, too.
    """
    # Late, since the rules bring the JSON Schema library along.
    from loopmail.core.app.git import tracked_files
    from loopmail.core.app.packages import installed_transport_modules
    from loopmail.core.checks.context import Texts
    from loopmail.core.checks.run import CheckRequest, run_checks
    from loopmail.core.loopback.memo import EffectiveMemo

    app, texts = question.snapshot.app, Texts(question.snapshot)
    if question.loaded is not None:
        env, variables = next(iter(question.variables.items()))
        now = (question.snapshot, env, variables, question.versions)
        kept.setdefault(env, EffectiveMemo()).take(*now, question.loaded)
    modules, tracked = installed_transport_modules(app.root), tracked_files(app)
    return {
        env: run_checks(
            CheckRequest(question.snapshot, [env], variables, question.versions, modules, tracked),
            stopped=stopped,
            texts=texts,
            load=kept.setdefault(env, EffectiveMemo()).effective,
        )
        for env, variables in question.variables.items()
    }


def doubts_about(question: Question, stopped: Callable[[], bool]) -> Doubts:
    """Return a function that tells what speaks against a fix; nothing if it is proven to be safe.

    For a worker thread: it looks at the disk.
    """
    from loopmail.core.checks.proof import Circumstances, doubts_under

    app = question.snapshot.app
    return doubts_under(Circumstances.of(app, question.versions, question.variables), stopped)


def fix_question(
    question: Question,
    wanted: Callable[[Problem], bool],
    env: str | None,
    everywhere: bool,
    stopped: Callable[[], bool],
    *,
    proven: bool,
) -> Sequence[Fixed]:
    """Return the fixes of the wanted problems, each fitting what the earlier ones leave behind.

    Called on a worker thread; works on a copy of the files in memory. `proven` leaves out those
    that are not proven to be safe.
    """
    from loopmail.core.app.workspace import Workspace
    from loopmail.core.checks.fixes import fix_all
    from loopmail.core.checks.run import merge_problems

    def find(snapshot: Snapshot) -> Sequence[Problem]:
        if stopped():
            return ()
        variables = question.variables if everywhere else {env: question.variables[env]}
        asked = replace(question, snapshot=snapshot, variables=variables, loaded=None)
        return merge_problems(check(asked, stopped, {}).values())

    workspace = Workspace.detached(question.snapshot)
    return fix_all(workspace, find, wanted, doubts_about(question, stopped) if proven else None)
