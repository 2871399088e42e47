"""A problem that a check found, and the edit that fixes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from loopmail.core.app.workspace import Change, Workspace

Severity = Literal["error", "warning", "info"]
# Plain secrets: no edit of the file alone fixes these, the secret must move.
SECRET_IDS = frozenset({"secret-in-file", "secret-in-git"})


@dataclass(frozen=True, slots=True)
class Fix:
    """A one-click fix: a line for the button, and the changes it makes.

    `safe` is what the rule claims, or, with problems that `proven` returned, what was proven;
    `doubts` are the sentences that speak against it then. `removes`: it does nothing but take away
    what the user has set.
    """

    summary: str
    safe: bool
    changes: Callable[[Workspace], list[Change]]
    doubts: tuple[str, ...] = ()
    removes: bool = False

    @property
    def verb(self) -> str:
        """What it does in a few words, for a button: the summary without its details."""
        return self.summary.partition(": ")[0].partition(" (")[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, what LoopBack will do because of it."""

    id: str  # of the check, see core/checks/rule.py
    severity: Severity
    file: str
    line: int
    column: int
    pointer: str
    env: str | None
    text: str
    fix: Fix | None = None


Key = tuple[str, str, str]


def key_of(problem: Problem) -> Key:
    """Return what makes a problem the same one in the next run."""
    return problem.id, problem.file, problem.pointer
