"""Before a save: every line that it would write, every entry of the keyring, secrets masked."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QFrame, QTextEdit, QWidget

from loopmail.core.app.difference import DifferingLine, UnsavedFile, unsaved_files
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    ReadOnlyText,
    button,
    column,
    connect_all,
    counted,
    em,
    plain_label,
    primary_button,
    row,
    single_shot,
)
from loopmail.ui.widgets.text_view import displayable, whole_line
from loopmail.ui.widgets.theme import colours

_PAUSE_MS = 200
_MOST_LINES = 3000  # of all files together

# --- The lines ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """A line of the text: a heading, or one that goes, comes or stays."""

    text: str
    kind: str  # "heading", "note", "-", "+" or " "


Differences = Sequence[tuple[UnsavedFile, Sequence[DifferingLine]]]


class ReviewText(ReadOnlyText):
    """What differs, file by file; lines that go and come have a sign, a number and a ground."""

    def __init__(self) -> None:
        super().__init__("", wrap=False)
        self.setAccessibleName(self.tr("Changes"))
        self.setObjectName("reviewText")
        self.setFrameShape(QFrame.Shape.NoFrame)

    def show_changes(self, files: Differences, entries: Sequence[str]) -> None:
        """Show these files and entries of the keyring."""
        shown = [line for file, lines in files for line in self._of_file(file, lines)]
        shown += [_Shown(text, "heading") for text in entries]
        if len(shown) > _MOST_LINES:
            shown = [*shown[:_MOST_LINES], _Shown(self.tr("… and more"), "note")]
        text = displayable("\n".join(one.text for one in shown))
        if text != self.toPlainText():
            self.setPlainText(text)
        grounds = {"+": colours().ok_soft, "-": colours().error_soft, "heading": colours().window}
        self.setExtraSelections(
            [
                whole_line(self, number, grounds[one.kind])
                for number, one in enumerate(shown, 1)
                if one.kind in grounds
            ]
            + [self._bold(number) for number, one in enumerate(shown, 1) if one.kind == "heading"]
        )

    def _of_file(self, file: UnsavedFile, lines: Sequence[DifferingLine]) -> list[_Shown]:
        count = sum(one.sign != " " for one in lines)
        changed = counted(count, self.tr("1 line"), self.tr("{0} lines"))
        if file.old is None:
            heading = self.tr("{0} (new file, {1})").format(file.name, changed)
        elif lines:
            heading = self.tr("{0} ({1})").format(file.name, changed)
        else:
            heading = self.tr("{0} (too large to compare)").format(file.name)
        width = max((len(str(one.number)) for one in lines), default=1)
        numbered = [
            _Shown(f" {one.number or '':>{width}} {one.sign} {one.text}", one.sign) for one in lines
        ]
        return [_Shown(heading, "heading"), *numbered]

    def _bold(self, number: int) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        made.cursor = QTextCursor(self.document().findBlockByNumber(number - 1))
        made.cursor.select(QTextCursor.SelectionType.LineUnderCursor)
        made.format = QTextCharFormat()
        made.format.setForeground(QColor(colours().accent))
        return made


# --- The dialog -----------------------------------------------------------------------


class ReviewDialog(QDialog):
    """Follows the changes while it is open; not modal. *Save* writes all of them."""

    save_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self._job: Job | None = None
        self.setObjectName("review")
        self.setWindowTitle(self.tr("Review Changes"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.number = plain_label("", "heading")
        self.number.setObjectName("reviewNumber")
        self.text = ReviewText()
        self.why = plain_label("", "error", wrap=True)
        self.save = primary_button(self.tr("&Save"), self.save_wanted, name="reviewSave")
        self.save.setDefault(True)
        self.close_button = button(self.tr("&Close"), self.close)
        self.close_button.setAutoDefault(False)
        buttons = row((self.why, 1), self.close_button, self.save, spacing=8)
        margins = (14, 12, 14, 12)
        column(self.number, (self.text, 1), buttons, spacing=10, margins=margins, inside=self)
        self.resize(em(100), em(70))
        self._soon = single_shot(self, _PAUSE_MS, self.refresh)
        connect_all(self._soon.start, state.changed, state.undo_changed, state.opened)
        self.refresh()

    def refresh(self) -> None:
        """Look at what is not saved; the lines are compared in a worker."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        state = self._state
        files = unsaved_files(state.workspace) if state.workspace is not None else []
        self._say(len(files), len(state.entries.values()))
        self._job = Job(lambda: [(file, file.lines()) for file in files])
        self._job.done.connect(self._show)
        self._job.start()

    def _say(self, files: int, entries: int) -> None:
        told = []
        if files:
            told.append(counted(files, self.tr("1 file"), self.tr("{0} files")))
        if entries:
            one, many = self.tr("1 entry of the keyring"), self.tr("{0} entries of the keyring")
            told.append(counted(entries, one, many))
        self.number.setText(", ".join(told) or self.tr("Nothing is waiting to be saved."))
        errors = self._state.drafts.errors()
        self.why.setText(
            "\n".join(
                self.tr("{0} is no JSON in line {1}: mend it first.").format(file, error.line)
                for file, error in errors.items()
            )
        )
        self.save.setEnabled(self._state.modified and not errors)

    def _show(self, files: Differences) -> None:
        self._job = None
        self.text.show_changes(files, self._entries())

    def _entries(self) -> list[str]:
        """Name the keyring's entries that a save would write or delete; never what they hold."""
        written, deleted = self.tr("Keyring: {0} (new value)"), self.tr("Keyring: {0} (deleted)")
        return [
            (deleted if secret is None else written).format(user)
            for (_, user), secret in self._state.entries.values().items()
        ]
