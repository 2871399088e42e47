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
    """A one-click fix: a line for the button, and the changes it makes."""

    summary: str
    safe: bool
    changes: Callable[[Workspace], list[Change]]


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
