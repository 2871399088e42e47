"""The text as it will be saved, to be changed by hand; the lines marked that differ from the disk."""

from dataclasses import replace
from difflib import SequenceMatcher
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QShowEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QWidget

from loopmail.core.app.document import Document
from loopmail.core.app.merge import differing
from loopmail.core.app.workspace import Change
from loopmail.core.errors import LoopmailError
from loopmail.core.json_masking import HiddenPart
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.ui.session.drafts import Draft, merged_edit
from loopmail.ui.session.hidden_parts import PartsFinder
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import connect_all, single_shot
from loopmail.ui.widgets.json_colouring import JsonColouring
from loopmail.ui.widgets.text_view import displayable, edit_between, whole_line
from loopmail.ui.widgets.theme import colours
from loopmail.ui.widgets.veiled_view import VeiledTextView
from loopmail.ui.widgets.veils import Veil

_PAUSE_MS = 60
# Beyond this the comparison by lines would be felt; whole blocks are marked instead.
_COMPARE_LINES = 20_000
_MOST_STEPS = 500  # of a draft that can be taken back


class JsonView(VeiledTextView):
    """Follows the selection: the layer that is edited, the bindings, or the file; secrets hidden.

    What is typed is a change of the file as soon as it is JSON. Until then it is a draft: the
    file stays as it is, and so does what the forms show.
    """

    file_changed = Signal(str)  # the name of the file that is shown now
    error_changed = Signal(object)  # InvalidJson of what is shown, or None
    said = Signal(str)  # why a change was not made; empty when one was
    field_wanted = Signal(str, str)  # show the field of this file and JSON Pointer

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._file = ""
        self._chosen = ""  # a file that is shown whatever is selected
        self._place: tuple[str, str] = ("", "")
        self._steps: list[tuple[str, list[Veil]]] = []  # what a draft was, letter by letter
        self._last: tuple[str, list[Veil]] = ("", [])
        self._typed = False  # since the secrets were looked for
        self.setObjectName("json")
        self.setAccessibleName(self.tr("JSON"))
        self._colouring = JsonColouring(self)
        self._finder = PartsFinder(self)
        self._timer = single_shot(self, _PAUSE_MS, self.refresh)
        self.edited.connect(self._take)
        self.refused.connect(lambda: self.said.emit(self.refusal()))
        connect_all(self._later, state.opened, state.changed, state.drafts.changed)
        connect_all(self._follow, state.layer_changed, state.selection_changed)

    # -- what is shown -------------------------------------------------------------------------

    @property
    def file(self) -> str:
        """The name of the file that is shown."""
        return self._file

    def show_file(self, name: str) -> None:
        """Show this file until something else is selected."""
        self._chosen = name
        self.refresh()

    def _follow(self) -> None:
        self._chosen = ""
        self._later()

    def _later(self) -> None:
        if self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """A hidden view does no work; catch up (Qt's virtual method)."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Stop working (Qt's virtual method)."""
        self._timer.stop()
        super().hideEvent(event)

    def _wanted(self) -> str:
        workspace = self._state.workspace
        if workspace is None:
            return ""
        if self._chosen in workspace.documents:
            return self._chosen
        kind, name = self._state.selection
        return {"bindings": "model-config.json", "file": name}.get(kind, self._state.layer)

    def refresh(self) -> None:
        """Show the file that belongs to the selection, or what is typed for it."""
        workspace, wanted = self._state.workspace, self._wanted()
        document = workspace.documents.get(wanted) if workspace is not None else None
        draft = self._state.drafts.get(wanted)
        text = document.text if document is not None else ""
        text = draft.text if draft is not None else text
        place = None
        kind, name = self._state.selection
        if kind == "datasource" and document is not None and (wanted, name) != self._place:
            place = document.position(format_pointer([name]))  # broken JSON has no places
            self._place = (wanted, name)
        if wanted == self._file and displayable(text) == self.plain:
            self._finder.drop()
            self._show_state(document)
            if place is not None:
                self.go_to(*place)
            return
        if wanted != self._file:
            self.show_plain("", (), anew=True)
        self.setReadOnly(True)  # of a long text the secrets are not known at once
        shown = partial(self._show_file, wanted, text, document, place)
        self._finder.find(displayable(text), shown)

    def _show_file(
        self,
        file: str,
        text: str,
        document: Document | None,
        place: tuple[int, int] | None,
        parts: list[HiddenPart],
    ) -> None:
        anew, self._file = file != self._file, file
        if anew:
            self._steps.clear()
            self.mark("field", [])
        self.show_plain(text, parts, anew=anew)
        self._last, self._typed = self.veiled_now(), False
        if anew:
            self.file_changed.emit(file)
        self._show_state(document)
        if place is not None:
            self.go_to(*place)

    def _show_state(self, document: Document | None) -> None:
        """Mark what differs from the disk, and say what is wrong."""
        state = self._state
        draft = state.drafts.get(self._file)
        saved = document.saved_text if document is not None else None
        text = document.text if document is not None else ""
        self.mark_changed(changed_lines(saved, draft.text if draft is not None else text))
        may_type = document is not None or self._file in state.layers()
        self.setReadOnly(not may_type or state.workspace is None)
        error = document.error if document is not None else None
        error = draft.error if draft is not None else error
        self.mark_error(error.line if error is not None else None)
        self.error_changed.emit(error)

    # -- typing --------------------------------------------------------------------------------

    def _take(self) -> None:
        """Make what was typed a change of the file if it is JSON, else a draft."""
        self._typed = True
        before, self._last = self._last, self.veiled_now()
        workspace, file = self._state.workspace, self._file
        if workspace is None:
            return
        try:
            document = workspace.document(file, create=True)
        except LoopmailError as failed:
            self._refuse(str(failed))
            return
        self.said.emit("")
        draft = self._state.drafts.get(file)
        base = draft.base if draft is not None else document.text
        edit = edit_between(base, self.plain)
        if edit is None:
            self._settle(file)
            return
        begun = document if base is document.text else Document.new(document.path, base)
        error = begun.after(edit).error
        if error is not None:
            self._steps = [*self._steps, before][-_MOST_STEPS:]
            self._state.drafts.keep(file, Draft(base, self.plain, error))
            self._show_state(workspace.documents.get(file))
            return
        if draft is not None:
            edit = merged_edit(document, draft, edit)
        self._settle(file)
        text = self.tr("Edit {0}").format(file)
        changes = [Change(file, edit)]
        self._state.change(text, lambda _: changes, self._refuse, merge_key=f"text:{file}")
        self._show_state(workspace.documents.get(file))

    def _settle(self, file: str) -> None:
        self._steps.clear()
        self._state.drafts.drop(file)
        self._later()

    def _refuse(self, why: str) -> None:
        """Show the file again as it is, and say why."""
        self._settle(self._file)
        self.refresh()
        self.said.emit(why)

    def drop_draft(self) -> None:
        """Show the file's own text again."""
        self._settle(self._file)
        self.refresh()

    def _step_back(self) -> None:
        """Take back the last step of a draft."""
        plain, veils = self._steps.pop()
        draft = self._state.drafts.get(self._file)
        self.show_veiled(plain, veils)
        self._last = self.veiled_now()
        if draft is None or not self._steps:
            self._settle(self._file)
            self.refresh()
        else:
            self._take_again(draft)

    def _take_again(self, draft: Draft) -> None:
        begun = Document.new(draft.error.path, draft.base)
        edit = edit_between(draft.base, self.plain)
        error = begun.after(edit).error if edit is not None else None
        self._state.drafts.keep(
            self._file, replace(draft, text=self.plain, error=error or draft.error)
        )
        workspace = self._state.workspace
        self._show_state(workspace.documents.get(self._file) if workspace is not None else None)

    # -- between text and form -----------------------------------------------------------------

    def mark_field(self, file: str, pointer: str, *, go: bool = False) -> None:
        """Mark the line of a field's value, or of what it would stand in; `go` there with it."""
        workspace = self._state.workspace
        if workspace is None or file not in workspace.documents:
            self.mark("field", [])
            return
        if go and file != self._file:
            self.show_file(file)
        if file != self._file or self._state.drafts.get(file) is not None:
            self.mark("field", [])
            return
        place = position_near(workspace.documents[file], pointer)
        self.mark("field", [whole_line(self, place[0], colours().hover)])
        if go or not self._in_view(place[0]):
            self.go_to(*place)

    def _in_view(self, line: int) -> bool:
        first = self.firstVisibleBlock().blockNumber() + 1
        last = self.cursorForPosition(self.viewport().rect().bottomRight()).blockNumber() + 1
        return first <= line <= last

    def show_in_form(self) -> None:
        """Ask for the field of the value that the cursor is in."""
        workspace = self._state.workspace
        document = workspace.documents.get(self._file) if workspace is not None else None
        if document is not None and self._state.drafts.get(self._file) is None:
            pointer = document.pointer_at(self._offset(document.text))
            if pointer:
                self.field_wanted.emit(self._file, pointer)

    def _offset(self, text: str) -> int:
        """Return where the cursor is in the file's text, whose line ends may be longer."""
        place, before = self.place_of_cursor(), 0
        if "\r\n" in text:
            before = self.plain.count("\n", 0, place)
        return place + before

    # -- Qt's virtual methods ------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Leave the keys for undo and redo to the window, but for a draft (Qt's virtual method)."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            undo = event.matches(keys.Undo)
            if undo or event.matches(keys.Redo):
                event.setAccepted(undo and bool(self._steps))
                return True
        return super().eventFilter(watched, event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Watch the keys (Qt's virtual method)."""
        super().focusInEvent(event)
        self.installEventFilter(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take back a draft's step; begin a new line below the last one (Qt's virtual method)."""
        if event.matches(QKeySequence.StandardKey.Undo) and self._steps:
            self._step_back()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.isReadOnly():
            line = self.textCursor().block().text()[: self.textCursor().positionInBlock()]
            self.insertPlainText("\n" + line[: len(line) - len(line.lstrip())])
            self.ensureCursorVisible()
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show the field of a value that is clicked with Ctrl (Qt's virtual method)."""
        super().mouseReleaseEvent(event)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.show_in_form()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer the field, too (Qt's virtual method)."""
        menu = self.createStandardContextMenu(event.pos())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if event.reason() == QContextMenuEvent.Reason.Mouse and not self._in_selection(event.pos()):
            self.setTextCursor(self.cursorForPosition(event.pos()))
        menu.addSeparator()
        menu.addAction(self.tr("Show in Form"), self.show_in_form)
        menu.popup(event.globalPos())

    def _in_selection(self, place: QPoint) -> bool:
        chosen: QTextCursor = self.textCursor()
        at = self.cursorForPosition(place).position()
        return chosen.hasSelection() and chosen.selectionStart() <= at <= chosen.selectionEnd()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Hide the secrets that were typed (Qt's virtual method)."""
        super().focusOutEvent(event)
        self.removeEventFilter(self)
        if self._typed and event.reason() != Qt.FocusReason.PopupFocusReason:
            self._typed = False
            plain = self.plain
            self._finder.find(plain, lambda parts: self.show_plain(plain, parts))


def position_near(document: Document, pointer: str) -> tuple[int, int]:
    """Return line and column of a value, or of the nearest one around it that is there."""
    tokens = parse_pointer(pointer)
    for length in range(len(tokens), -1, -1):
        place = document.position(format_pointer(tokens[:length]))
        if place is not None:
            return place
    return (1, 1)


def changed_lines(saved: str | None, text: str) -> set[int]:
    """Return the lines of `text` (from 1) that are not the same in `saved` (None: no file yet)."""
    if saved == text:
        return set()
    new = text.splitlines()
    if saved is None:
        return set(range(1, len(new) + 1))
    old = saved.splitlines()
    start, end_old, end_new = differing(old, new)
    if max(end_old, end_new) - start > _COMPARE_LINES:
        return set(range(start + 1, end_new + 1))
    changed: set[int] = set()
    matcher = SequenceMatcher(None, old[start:end_old], new[start:end_new], autojunk=False)
    for tag, _, _, first, last in matcher.get_opcodes():
        if tag == "delete":  # nothing is left of it: mark the line that now stands there
            changed.add(min(start + first + 1, max(len(new), 1)))
        elif tag != "equal":
            changed.update(range(start + first + 1, start + last + 1))
    return changed
