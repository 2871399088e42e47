"""One row of a form: a label, its editor, where the value comes from, what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.checks.problem import Fix, Problem
from loopmail.ui.form.fix_button import state_of
from loopmail.ui.form.origin import OriginNote
from loopmail.ui.form.problem_card import ProblemCard, tone_of
from loopmail.ui.widgets.building_blocks import link_button, plain_label, set_tone

FieldProblems = Mapping[str, Sequence[Problem]]  # what the checks found, by path

_FEWEST_LETTERS = 12  # of an entry that a box shows


class Note(QLabel):
    """A text on one line if there is room, so that something may stand behind it; else wrapped."""

    def __init__(self, text: str = "", role: str | None = "muted") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("role", role)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)  # it may be wrapped
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the room for one line (Qt's virtual method)."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())


class FieldRow(QWidget):
    """The right column of a row: editors side by side, then note, sentence and problems.

    A problem's button does its fix, in the state of the card or page that the row stands in.
    """

    move_requested = Signal()  # of the secret in this row, to the keyring
    reset_requested = Signal()  # take away what the edited file says
    left = Signal()  # the focus has left a text field of this row

    typed: "ClassVar[FieldRow | None]" = None  # the one in whose text field the user is typing

    def __init__(self, *editors: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self.line = QHBoxLayout()
        self.line.setSpacing(8)
        for editor in editors:
            self.line.addWidget(editor, 1)
            if isinstance(editor, QComboBox):  # as wide as the row, not as its longest entry
                adjust = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
                editor.setSizeAdjustPolicy(adjust)
                editor.setMinimumContentsLength(_FEWEST_LETTERS)
        self._layout.addLayout(self.line)
        self.note = Note()
        self.note.hide()
        self._note_line = QHBoxLayout()
        self._note_line.setSpacing(4)
        self._note_line.addWidget(self.note)
        self._note_line.addStretch(1)
        self._layout.addLayout(self._note_line)
        self._origin = OriginNote()
        self._links: tuple[QPushButton, QPushButton] | None = None  # made when first needed
        self._editors = editors
        self.sentence = self._hidden("warn")
        self.problems: tuple[Problem, ...] = ()  # that are shown
        self.card: ProblemCard | None = None  # made when first needed
        # Shows what the checks found about this row alone, while its text is being typed.
        self.show_found: Callable[[FieldProblems], object] = lambda _found: None
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
        return bool(self.note.text() or self.sentence.text() or self.problems)

    # --- where the value comes from --------------------------------------------------------

    def set_note(self, text: str) -> None:
        """Say in grey where the value comes from; an empty text takes no room."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def set_origin(self, text: str, file: str | None = None, *, own: bool = False) -> None:
        """Say in grey where the value comes from, with a button to that file.

        `own`: with another one that takes away what the edited file says.
        """
        self.set_note(text)
        self._origin = OriginNote(text, file, own)
        if self._links is None and (file or own):
            go = link_button(self.tr("Go There"), self._go_there)
            reset = link_button(self.tr("Reset"), self._reset)
            for link in (go, reset):
                link.setProperty("compact", True)
                at = self._note_line.count() - 1  # before the room that is left
                self._note_line.insertWidget(at, link, 0, Qt.AlignmentFlag.AlignTop)
            self._links = go, reset
        if self._links is not None:
            go, reset = self._links
            for link, shown, name in (
                (go, file, self.tr("Edit in {0}").format(file)),
                (reset, own, self.tr("Reset {0}").format(self._name())),
            ):
                link.setAccessibleName(name)
                link.setToolTip(name)
                link.setVisible(bool(shown))

    def _name(self) -> str:
        return self._editors[0].accessibleName() if self._editors else ""

    def _go_there(self) -> None:
        """Let changes go to the other file, and lead to the field."""
        state, file = state_of(self), self._origin.file
        if state is not None and file:
            state.set_layer(file)
            self.focus_editor()

    def _reset(self) -> None:
        self.reset_requested.emit()
        self.focus_editor()

    def focus_editor(self) -> None:
        """Lead to the field, which can be changed now."""
        if self._editors:
            self._editors[0].setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what is wrong ---------------------------------------------------------------------

    def set_sentence(self, text: str) -> None:
        """Say what is odd about the value; an empty text takes no room."""
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def _begin_typing(self, editor: QWidget, *_: object) -> None:
        if FieldRow.typed is not self and editor.hasFocus():
            FieldRow.typed = self
            if (state := state_of(self)) is not None:
                state.testing.connect(self._end_typing)

    def _end_typing(self) -> None:
        """Say what waited until the field was left, or a test began."""
        if FieldRow.typed is not self:
            return
        FieldRow.typed = None
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

        While its text is being typed nothing new is said, and what is gone keeps its place until
        the field is left, so that nothing moves.
        """
        if FieldRow.typed is self:
            self._waiting = tuple(problems)
            if self.card is not None:
                self.card.keep(problems)
            return
        if tuple(problems) == self.problems:
            return
        self.problems = tuple(problems)
        if self.card is None:
            self.card = ProblemCard(self)
            self.card.fix_wanted.connect(self._fix)
            self.card.move_wanted.connect(self.move_requested)
            self._layout.addWidget(self.card)
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.card.isAncestorOf(focused)
        self.card.say(problems)
        self.mark(problems)
        if had_focus:  # by a button that is gone now
            self.focus_editor()

    def mark(self, problems: Sequence[Problem]) -> None:
        """Give the field the border of its worst problem."""
        tone = tone_of(problems)
        for editor in self._editors[:1]:
            set_tone(editor, tone if tone in ("warn", "error") else None)

    def _fix(self, fix: Fix) -> None:
        state = state_of(self)
        if state is not None:
            state.change(fix.summary, fix.changes, self.set_sentence)
