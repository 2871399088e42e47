"""The problems as a table."""

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from loopmail.core.checks.problem import SECRET_IDS, Problem
from loopmail.ui.icons import icon
from loopmail.ui.state import AppState
from loopmail.ui.tips import for_role

Index = QModelIndex | QPersistentModelIndex

_ORDER = {"error": 0, "warning": 1, "info": 2}
_IMAGES = {"error": "error", "warning": "warning", "info": "info"}
_COLOURS = {"error": "error", "warning": "warn", "info": "muted"}
SEVERITY, WHERE, PROBLEM, FIX = range(4)


class ProblemsModel(QAbstractTableModel):
    """What the checks found: the worst first."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._problems: list[Problem] = []
        state.problems_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Take over the state's problems; nothing happens if they are the same."""
        problems = sorted(self._state.problems, key=lambda one: _ORDER[one.severity])
        if list(map(_words, problems)) == list(map(_words, self._problems)):
            self._problems = problems
            return
        self.beginResetModel()
        self._problems = problems
        self.endResetModel()

    def problem(self, row: int) -> Problem:
        """Return the problem in this row."""
        return self._problems[row]

    def problems(self) -> list[Problem]:
        """All problems in the order shown."""
        return list(self._problems)

    # -- Qt's virtual methods -----------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """One row for each problem."""
        return 0 if parent.isValid() else len(self._problems)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Severity, where, problem, fix."""
        return 0 if parent.isValid() else 4

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            names = (self.tr("Severity"), self.tr("Where"), self.tr("Problem"), self.tr("Fix"))
            return names[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, icons and tool tips."""
        if not index.isValid():
            return None
        problem = self._problems[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return for_role(self._text(problem, index.column()), role)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == SEVERITY:
            return icon(_IMAGES[problem.severity], _COLOURS[problem.severity])
        return None

    def _text(self, problem: Problem, column: int) -> str:
        match column:
            case 0:
                words = {
                    "error": self.tr("Error"),
                    "warning": self.tr("Warning"),
                    "info": self.tr("Note"),
                }
                return words[problem.severity]
            case 1:
                return self._where(problem)
            case 2:
                return problem.text
            case _ if problem.fix is None and problem.id in SECRET_IDS:
                return self.tr("Move to keyring…")
            case _:
                return problem.fix.summary if problem.fix is not None else ""

    def _where(self, problem: Problem) -> str:
        env = problem.env if problem.env != (self._state.env or "") else ""
        place = f"{problem.file}:{problem.line}{problem.pointer and ' ' + problem.pointer}"
        return f"{place} ({env})" if env else place


def _words(problem: Problem) -> tuple[object, ...]:
    """What is shown of a problem (a fix is a function and never equal)."""
    fix = problem.fix.summary if problem.fix is not None else None
    place = (problem.file, problem.line, problem.pointer, problem.env)
    return (problem.severity, *place, problem.text, fix)
