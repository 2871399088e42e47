"""The tab JSON: the text, what is wrong with it, the file to show, and finding in it."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QLineEdit, QTextEdit, QToolButton, QWidget

from loopmail.core.errors import InvalidJson
from loopmail.ui.panel.json import JsonView
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    Banner,
    ChoiceBox,
    buddy_label,
    button,
    column,
    connect_all,
    em,
    plain_label,
    single_shot,
)
from loopmail.ui.widgets.text_view import utf16
from loopmail.ui.widgets.theme import colours

# --- Finding --------------------------------------------------------------------------

_MOST_FOUND = 1000
_PAUSE_MS = 120  # after the last change of the text
Span = tuple[int, int]  # start and end, as Qt counts


class FindEdit(QLineEdit):
    """Where the words to find are typed; Return goes on, Shift+Return back, Escape leaves."""

    stepped = Signal(int)  # 1: to the next place, -1: to the one before
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take the keys that have a meaning here (Qt's virtual method)."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(-1 if back else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)


class Finder(QWidget):
    """Finds words in what the view shows, in which secrets are dots."""

    def __init__(self, view: JsonView) -> None:
        super().__init__()
        self._view = view
        self._found: list[Span] = []
        self.edit = FindEdit()
        self.edit.setObjectName("findJson")
        self.edit.setPlaceholderText(self.tr("Find"))
        self.edit.setAccessibleName(self.tr("Find in JSON"))
        self.edit.setClearButtonEnabled(True)
        self.edit.setMinimumWidth(em(8))
        self.edit.setMaximumWidth(em(18))
        self.case = QToolButton()
        self.case.setText(self.tr("Aa"))
        self.case.setCheckable(True)
        self.case.setAutoRaise(True)
        self.case.setToolTip(self.tr("Match case"))
        self.case.setAccessibleName(self.tr("Match case"))
        self.count = plain_label("", "muted")
        self.count.setObjectName("findCount")
        self.count.hide()
        self._soon = single_shot(self, _PAUSE_MS, self._look)
        self.edit.textChanged.connect(self._begin)
        self.edit.stepped.connect(self.step)
        self.edit.left.connect(view.setFocus)
        self.case.toggled.connect(self._begin)
        view.textChanged.connect(self._look_later)

    def start(self) -> None:
        """Take the focus, with what is selected in the text to be found."""
        chosen = self._view.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:  # Qt's line end
            self.edit.setText(chosen)
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    def _begin(self) -> None:
        """Show the first place from where the cursor is."""
        self._look()
        if self._found:
            self._show(self._from(self._view.textCursor().selectionStart()))

    def _look_later(self) -> None:
        if self.edit.text():
            self._soon.start()

    def _look(self) -> None:
        """Find all places and mark them."""
        wanted, text = self.edit.text(), self._view.toPlainText()
        self._found = []
        if wanted:
            flags = re.NOFLAG if self.case.isChecked() else re.IGNORECASE
            counted = units = 0
            for match in re.finditer(re.escape(wanted), text, flags):
                units += utf16(text[counted : match.start()])
                counted = match.start()
                self._found.append((units, units + utf16(match.group())))
                if len(self._found) == _MOST_FOUND:
                    break
        self._view.mark("found", [self._marked(span) for span in self._found])
        self._tell(-1)

    def _marked(self, span: Span) -> QTextEdit.ExtraSelection:
        marked = QTextEdit.ExtraSelection()
        marked.cursor = self._cursor(span)
        marked.format.setBackground(QColor(colours().warn_soft))
        return marked

    def _cursor(self, span: Span) -> QTextCursor:
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(span[0])
        cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _from(self, place: int) -> int:
        """Return the number of the first place found from there on."""
        return next((at for at, (start, _) in enumerate(self._found) if start >= place), 0)

    def step(self, direction: int) -> None:
        """Go to the next place, or to the one before."""
        self._look()
        if not self._found:
            return
        cursor = self._view.textCursor()
        if direction > 0:
            at = self._from(cursor.selectionEnd())
        else:
            before = [start for start, _ in self._found if start < cursor.selectionStart()]
            at = len(before) - 1
        self._show(at % len(self._found))

    def _show(self, at: int) -> None:
        self._view.setTextCursor(self._cursor(self._found[at]))
        self._view.ensureCursorVisible()
        self._tell(at)

    def _tell(self, at: int) -> None:
        number = len(self._found)
        more = "+" if number == _MOST_FOUND else ""
        if not number:
            text = self.tr("Not found")
        elif at < 0:
            text = self.tr("{0} found").format(f"{number}{more}")
        else:
            text = self.tr("{0} of {1}").format(at + 1, f"{number}{more}")
        self.count.setText(text)
        self.count.setVisible(bool(self.edit.text()))


# --- The tab --------------------------------------------------------------------------


_ROOMY = 110  # digits


class JsonArea(QWidget):
    """What is wrong, above the text; `tools` belong into the row of the tabs."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.view = JsonView(state)
        self.finder = Finder(self.view)
        self.finder.setParent(self)
        self.finder.hide()  # its parts stand among the tools
        self.files = ChoiceBox()
        self.files.setObjectName("jsonFile")
        self.files.setAccessibleName(self.tr("File"))
        self.files.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
        self.files.activated.connect(self._choose)
        label = buddy_label(self.tr("File"), self.files, "muted")
        find = (self.finder.count, self.finder.edit, self.finder.case)
        self.tools: Sequence[QWidget] = (label, self.files, *find)
        self.spare: list[QWidget] = [
            label
        ]  # of the tools, those that go where there is little room
        self.banner = Banner("error")
        self.banner.setObjectName("jsonBanner")
        self.go = button(self.tr("Go There"), self._go)
        self.drop = button(self.tr("Drop the Text"), self._drop)
        for one in (self.go, self.drop):
            self.banner.add_button(one)
        self.banner.hide()
        self.note = plain_label("", "warn", wrap=True)
        self.note.setObjectName("jsonNote")
        self.note.setContentsMargins(14, 4, 14, 4)
        self.note.hide()
        column(self.banner, self.note, (self.view, 1), spacing=0, inside=self)
        self._error: InvalidJson | None = None
        self.view.error_changed.connect(self._show_error)
        self.view.said.connect(self._say)
        self.view.file_changed.connect(self._list)
        connect_all(self._list, state.opened, state.saved)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Do without some tools in a narrow window (Qt's virtual method)."""
        super().resizeEvent(event)
        for one in self.spare:
            one.setVisible(event.size().width() >= em(_ROOMY))

    def _list(self) -> None:
        """List the files, the one that is shown chosen."""
        workspace = self._state.workspace
        names = list(workspace.documents) if workspace is not None else []
        if self.view.file and self.view.file not in names:
            names.append(self.view.file)
        with QSignalBlocker(self.files):
            self.files.clear()
            self.files.addItems(names)
            self.files.setCurrentText(self.view.file)

    def _choose(self, at: int) -> None:
        self.view.show_file(self.files.itemText(at))

    def _show_error(self, error: InvalidJson | None) -> None:
        """Say what is wrong with the text, and what that means."""
        self._error = error
        self.banner.setVisible(error is not None)
        if error is None:
            return
        draft = self._state.drafts.get(self.view.file) is not None
        self.drop.setVisible(draft)
        title = self.tr("Line {0}, column {1}: {2}.")
        means = self.tr("LoopBack would not start with it.")
        if draft:
            means = self.tr("Nothing is written while it is no JSON; the form shows the last text.")
        self.banner.say(title.format(error.line, error.column, error.reason), means)

    def _go(self) -> None:
        if self._error is not None:
            self.view.go_to(self._error.line, self._error.column)
            self.view.setFocus()

    def _drop(self) -> None:
        self.view.setFocus()  # the button goes with the text
        self.view.drop_draft()

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))
