"""One row of a form: a label, its editor, where the value comes from, what is wrong with it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.checks.problem import SECRET_IDS, Fix, Problem
from loopmail.ui.form.fix_button import FixButton, state_of
from loopmail.ui.widgets.building_blocks import link_button, plain_label

_ROLES = {"error": "error", "warning": "warn", "info": "muted"}


class ProblemLine(QWidget):
    """A problem's text and, below it, the button that fixes it and says how."""

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"problem-{problem.id}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        text = plain_label(problem.text, _ROLES[problem.severity], wrap=True)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        layout.addWidget(text)
        self.button: FixButton | None = None
        if problem.fix is not None:
            self.button = FixButton(problem.fix.verb, problem.fix, self)
            layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.move_button: QPushButton | None = None
        if problem.id in SECRET_IDS:
            self.move_button = QPushButton(self.tr("Move to Keyring"), self)
            layout.addWidget(self.move_button, 0, Qt.AlignmentFlag.AlignLeft)


class FieldRow(QWidget):
    """The right column of a row: editors side by side, then note, sentence and problems.

    A problem's button does its fix, in the state of the card or page that the row stands in.
    """

    move_requested = Signal()  # of the secret in this row, to the keyring
    left = Signal()  # the focus has left a text field of this row

    def __init__(self, *editors: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self.line = QHBoxLayout()
        self.line.setSpacing(10)
        for editor in editors:
            self.line.addWidget(editor)
        self._layout.addLayout(self.line)
        self.note = plain_label("", "muted", wrap=True)
        self.note.hide()
        self._note_line = QHBoxLayout()
        self._note_line.setSpacing(8)
        self._note_line.addWidget(self.note, 1)
        self._layout.addLayout(self._note_line)
        self._go: QPushButton | None = None  # to the file that decides; made when first needed
        self._decides = ""
        self._editors = editors
        self.sentence = self._hidden("warn")
        self.problems: tuple[Problem, ...] = ()  # that are shown
        self._lines: list[ProblemLine] = []
        self._typing = False  # in a text field that has the focus
        self._waiting: Sequence[Problem] | None = None  # what is said when it is left
        self._texts = [one for one in editors if isinstance(one, QLineEdit | QPlainTextEdit)]
        for editor in self._texts:
            editor.textChanged.connect(partial(self._begin_typing, editor))
        application = QApplication.instance()
        if self._texts and isinstance(application, QApplication):
            # Not by the editors' events: each of them would be handled in Python.
            application.focusChanged.connect(self._follow_focus)

    def _hidden(self, role: str) -> QLabel:
        label = plain_label("", role, wrap=True)
        label.hide()
        self._layout.addWidget(label)
        return label

    def add_below(self, widget: QWidget) -> None:
        """Add a widget under the editors, e.g. buttons that belong to a sentence."""
        self._layout.addWidget(widget)

    @property
    def has_text(self) -> bool:
        """Whether there is a note, a sentence or a problem to show."""
        return bool(self.note.text() or self.sentence.text() or self._lines)

    def set_note(self, text: str) -> None:
        """Say in grey where the value comes from; an empty text takes no room."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def set_origin(self, text: str, file: str | None = None) -> None:
        """Say in grey where the value comes from, with a button to the file that decides."""
        self.set_note(text)
        self._decides = file or ""
        if self._go is None and file:
            self._go = link_button(self.tr("Edit There"), self._edit_there)
            self._note_line.addWidget(self._go, 0, Qt.AlignmentFlag.AlignTop)
        if self._go is not None:
            name = self.tr("Edit in {0}").format(file)
            self._go.setAccessibleName(name)
            self._go.setToolTip(name)
            self._go.setVisible(bool(file))

    def _edit_there(self) -> None:
        """Let changes go to the file that decides, and lead to the field."""
        state, file = state_of(self), self._decides
        if state is not None and file:
            state.set_layer(file)
            if self._editors:  # which can be changed now
                self._editors[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def set_sentence(self, text: str) -> None:
        """Say what is odd about the value; an empty text takes no room."""
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def _begin_typing(self, editor: QWidget, *_: object) -> None:
        if editor.hasFocus() and not self._typing:
            self._typing = True
            if (state := state_of(self)) is not None:
                state.testing.connect(self._end_typing)

    def _end_typing(self) -> None:
        """Say what waited until the field was left, or a test began."""
        if not self._typing:
            return
        self._typing = False
        if (state := state_of(self)) is not None:
            state.testing.disconnect(self._end_typing)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.set_problems(waiting)

    def _follow_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if old in self._texts and new is not None:  # else the window has lost it, and gets it back
            self._end_typing()
            self.left.emit()

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Show what the checks found about this field.

        What is new about a text that is being typed waits until the field is left.
        """
        if self._typing:
            self._waiting = problems
            known = {problem.id for problem in self.problems}
            problems = [problem for problem in problems if problem.id in known]
        if tuple(problems) == self.problems:
            return
        self.problems = tuple(problems)
        for line in self._lines:
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [ProblemLine(problem, self) for problem in problems]
        for line in self._lines:
            if line.button is not None:
                line.button.clicked.connect(partial(self._fix, line.button.fix))
            if line.move_button is not None:
                line.move_button.clicked.connect(self.move_requested)
            self._layout.addWidget(line)

    def _fix(self, fix: Fix) -> None:
        state = state_of(self)
        if state is not None:
            state.change(fix.summary, fix.changes, self.set_sentence)
