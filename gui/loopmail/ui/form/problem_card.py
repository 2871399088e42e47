"""The card below a field that says what is wrong with it: icon, sentence, button with a verb."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from loopmail.core.checks.problem import SECRET_IDS, Problem, Severity
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.widgets.building_blocks import Tone, column, dim, em, plain_label, row, set_tone
from loopmail.ui.widgets.icons import severity_icon

_TONES: dict[Severity, Tone] = {"error": "error", "warning": "warn", "info": "info"}
_MANY_WORDS = 18  # em, of a button beside the text
_WORST_FIRST: tuple[Severity, ...] = ("error", "warning", "info")


class Sign(QWidget):
    """An icon as large as the text, in the theme's colours of the moment."""

    def __init__(self, severity: Severity, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = severity_icon(severity)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the room it takes (Qt's virtual method)."""
        return QSize(em(2), em(2))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint it (Qt's virtual method)."""
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


class ProblemLine(QWidget):
    """A problem's sentence and beside it the buttons that mend it."""

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        self.setObjectName(f"problem-{problem.id}")
        names = {"error": self.tr("Error"), "warning": self.tr("Warning"), "info": self.tr("Note")}
        sign = Sign(problem.severity, names[problem.severity], self)
        self.text = plain_label(problem.text, wrap=True)
        if self.isRightToLeft():  # a label goes by its text's direction, and these are English
            self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = column(spacing=4)
        self._below = row(1, spacing=4)  # buttons with many words would leave the text no room
        words = column(self.text, self._below, spacing=4)
        row(sign, (words, 1), self._buttons, spacing=8, inside=self)
        sign_at = self.layout()
        assert sign_at is not None
        sign_at.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        sign_at.setAlignment(self._buttons, Qt.AlignmentFlag.AlignTop)
        self.button: FixButton | None = None
        if problem.fix is not None:
            self.button = FixButton(problem.fix.verb, problem.fix, self)
            self.add(self.button)
        self.move_button: QPushButton | None = None
        if problem.id in SECRET_IDS:
            self.move_button = QPushButton(self.tr("Move to Keyring"), self)
            self.add(self.move_button)

    def add(self, button: QPushButton) -> None:
        """Put a button at the end."""
        button.setProperty("compact", True)
        if button.fontMetrics().horizontalAdvance(button.text()) > em(_MANY_WORDS):
            self._below.insertWidget(self._below.count() - 1, button)
        else:
            self._buttons.addWidget(button)

    def keep(self, holds: bool) -> None:
        """Stay as it is, dimmed where it does not hold any longer: new words may take more lines."""
        dim(self, not holds)
        for button in (self.button, self.move_button):
            if button is not None:
                button.setEnabled(holds)


class ProblemCard(QFrame):
    """All problems of one field in one card."""

    move_wanted = Signal()  # of the secret to the keyring
    fix_wanted = Signal(object)  # the fix to do

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "problem")
        self.lines: list[ProblemLine] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(10, 7, 8, 7)
        self._layout.setSpacing(8)

    def say(self, problems: Sequence[Problem]) -> None:
        """Show these problems, the worst in the card's colour."""
        for line in self.lines:
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [ProblemLine(problem, self) for problem in problems]
        for line in self.lines:
            if line.button is not None:
                line.button.clicked.connect(partial(self.fix_wanted.emit, line.button.fix))
            if line.move_button is not None:
                line.move_button.clicked.connect(self.move_wanted)
            self._layout.addWidget(line)
        set_tone(self, tone_of(problems))
        self.setVisible(bool(problems))

    def keep(self, problems: Sequence[Problem]) -> None:
        """Show what of the same problems is left, without moving what stands below."""
        left = {problem.id for problem in problems}
        for line in self.lines:
            line.keep(line.problem.id in left)

    def add_help(self, ids: frozenset[str], text: str, open_help: Callable[[], object]) -> bool:
        """Add a button that opens help to the first of these problems; tell whether it is there."""
        line = next((one for one in self.lines if one.problem.id in ids), None)
        if line is None:
            return False
        if line.findChild(QPushButton, "problem-help") is None:
            made = QPushButton(text, line)
            made.setObjectName("problem-help")
            made.clicked.connect(open_help)
            line.add(made)
        return True


def tone_of(problems: Sequence[Problem]) -> Tone | None:
    """Return the colour of the worst problem, None where there is none."""
    found = {problem.severity for problem in problems}
    return next((_TONES[severity] for severity in _WORST_FIRST if severity in found), None)
