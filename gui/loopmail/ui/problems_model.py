"""The problems as a table."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QIcon

from loopmail.core.checks.problem import SECRET_IDS, Problem
from loopmail.ui.icons import icon
from loopmail.ui.state import AppState
from loopmail.ui.text_table import Column, Roles, RowsModel

_ORDER = {"error": 0, "warning": 1, "info": 2}
_IMAGES = {"error": "error", "warning": "warning", "info": "info"}
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
        problems = sorted(self._state.problems, key=lambda one: _ORDER[one.severity])
        if list(map(_words, problems)) == list(map(_words, self.rows)):
            self.rows = problems
        else:
            self.set_rows(problems)

    def problems(self) -> list[Problem]:
        """All problems in the order shown."""
        return list(self.rows)

    def _fix(self, problem: Problem) -> str:
        if problem.fix is None:
            return self.tr("Move to keyring…") if problem.id in SECRET_IDS else ""
        return problem.fix.summary

    def _where(self, problem: Problem) -> str:
        env = problem.env if problem.env != (self._state.env or "") else ""
        place = f"{problem.file}:{problem.line}{problem.pointer and ' ' + problem.pointer}"
        return f"{place} ({env})" if env else place


def _image(problem: Problem) -> QIcon:
    return icon(_IMAGES[problem.severity], _COLOURS[problem.severity])


def _words(problem: Problem) -> tuple[object, ...]:
    """What is shown of a problem (a fix is a function and never equal)."""
    fix = problem.fix.summary if problem.fix is not None else None
    place = (problem.file, problem.line, problem.pointer, problem.env)
    return (problem.severity, *place, problem.text, fix)
