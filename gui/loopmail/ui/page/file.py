"""The page of a file that has no form: broken JSON as text, scripts and unreadable files."""

from functools import partial

from PySide6.QtWidgets import QWidget

from loopmail.core.app.document import Document
from loopmail.core.app.folder import kind_of
from loopmail.core.app.workspace import Change
from loopmail.core.errors import LoopmailError
from loopmail.core.json_masking import HiddenPart
from loopmail.ui.session.hidden_parts import PartsFinder
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGINS,
    Banner,
    chip,
    column,
    heading,
    plain_label,
    row,
)
from loopmail.ui.widgets.json_colouring import JsonColouring
from loopmail.ui.widgets.text_view import displayable, edit_between
from loopmail.ui.widgets.veiled_view import VeiledTextView


class FilePage(QWidget):
    """A text to fix by hand; every letter goes through the undo stack as an edit."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.name = ""  # of the file that is shown
        self._anew = True  # another file than before is shown
        self.setObjectName("filePage")
        self.setProperty("role", "page")
        self.title = heading()
        self.kind = chip()
        self.banner = Banner("error")
        self.banner.setObjectName("fileBanner")
        self.text = VeiledTextView()
        self.text.setObjectName("fileText")
        self.text.setAccessibleName(self.tr("File text"))
        self.text.edited.connect(self._take)
        self.text.refused.connect(self._say_refused)
        self.note = plain_label("", "warn", wrap=True)
        self.note.setObjectName("fileNote")
        self.note.hide()
        self._colouring = JsonColouring(self.text)
        self._finder = PartsFinder(self)
        head = row(self.title, self.kind, 1)
        rows = (head, self.banner, self.note, (self.text, 1))
        column(*rows, spacing=GAP, margins=PAGE_MARGINS, inside=self)
        state.changed.connect(self._refresh)

    def show_file(self, name: str) -> None:
        """Show a file of the app by its name."""
        self._anew = name != self.name
        self.name = name
        self.title.setText(name)
        self._refresh(jump=True)

    def _refresh(self, jump: bool = False) -> None:
        workspace = self._state.workspace
        if workspace is None or self._state.selection != ("file", self.name):
            return
        file = workspace.app.file(self.name)
        if file is not None and file.script:
            try:
                text: str | None = Document.load(file.path).text
            except LoopmailError:
                text = None
            self._show(text, self.tr("script"))
            title = self.tr("This script is not executed.")
            sentence = self.tr(
                "LoopBack runs it when the app starts, so what it sets is not known here. If there"
                " is a .json file of the same name, LoopBack does not read it."
            )
            self.banner.say(title, sentence, "warn")
        elif self.name in workspace.unreadable:
            self._show(None, self.tr("cannot be read"))
            title = self.tr("{0} cannot be read.").format(self.name)
            self.banner.say(title, workspace.unreadable[self.name], "error")
        elif self.name in workspace.documents:
            self._show_document(workspace.documents[self.name], jump)
        else:
            self._show(None, self.tr("missing"))
            sentence = self.tr("The app has no file of this name.")
            self.banner.say(self.tr("There is no {0}.").format(self.name), sentence, "warn")

    def _show_document(self, document: Document, jump: bool) -> None:
        error = document.error
        self._show(document.text, "JSON", editable=True)
        if error is None and kind_of(self.name) not in ("datasources", "model-config"):
            title = self.tr("{0} has no form.").format(self.name)
            sentence = self.tr("Change it here as text; nothing is written before you save.")
            self.banner.say(title, sentence, "info")
            return
        if error is None:
            title = self.tr("This is valid JSON now.")
            sentence = self.tr("Its data sources and bindings are in the tree again.")
            self.banner.say(title, sentence, "ok")
            return
        self.text.mark_error(error.line)
        sentence = self.tr(
            "LoopBack cannot start with this file. Fix the text here; nothing is written"
            " before you save."
        )
        self.banner.say(str(error), sentence, "error")
        if jump:
            self.text.go_to(error.line, error.column)

    def _show(self, text: str | None, kind: str, *, editable: bool = False) -> None:
        self.kind.setText(kind)
        self.text.setVisible(text is not None)
        self.text.mark_error(None)
        anew, self._anew = self._anew, False
        if text is None or (not anew and displayable(text) == self.text.plain):
            self._finder.drop()
            self.text.setReadOnly(not editable)
            return
        self.note.hide()
        self.text.setReadOnly(True)  # of a long text the secrets are not known at once
        if anew:
            self.text.show_plain("", (), anew=True)
        self._finder.find(displayable(text), partial(self._take_over, text, editable))

    def _take_over(self, text: str, editable: bool, parts: list[HiddenPart]) -> None:
        self.text.show_plain(text, parts)
        self.text.setReadOnly(not editable)

    def _say_refused(self) -> None:
        self.note.setText(self.text.refusal())
        self.note.show()

    def _take(self) -> None:
        """Turn what was typed into an edit of the document."""
        workspace = self._state.workspace
        if workspace is None or self.name not in workspace.documents:
            return
        self.note.hide()
        edit = edit_between(workspace.documents[self.name].text, self.text.plain)
        if edit is not None:
            self._state.push(
                self.tr("Edit {0}").format(self.name),
                [Change(self.name, edit)],
                merge_key=f"text:{self.name}",
            )
