"""The text as it will be saved, with the lines marked that differ from the disk."""

from difflib import SequenceMatcher
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from loopmail.core.app.merge import differing
from loopmail.core.json_masking import HiddenPart
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.ui.session.hidden_parts import PartsFinder
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import connect_all, single_shot
from loopmail.ui.widgets.text_view import displayable
from loopmail.ui.widgets.veiled_view import VeiledTextView

_PAUSE_MS = 60
# Beyond this the comparison by lines would be felt; whole blocks are marked instead.
_COMPARE_LINES = 20_000


class JsonView(VeiledTextView):
    """Follows the selection: the layer that is edited, the bindings, or the file; secrets hidden."""

    file_changed = Signal(str)  # the name of the file that is shown now

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._file = ""
        self._place: tuple[str, str] = ("", "")
        self.setObjectName("json")
        self.setAccessibleName(self.tr("JSON"))
        self.setReadOnly(True)
        self._finder = PartsFinder(self)
        self._timer = single_shot(self, _PAUSE_MS, self.refresh)
        connect_all(
            self._later,
            state.opened,
            state.changed,
            state.layer_changed,
            state.selection_changed,
        )

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

    def refresh(self) -> None:
        """Show the file that belongs to the selection."""
        workspace = self._state.workspace
        kind, name = self._state.selection
        wanted = {"bindings": "model-config.json", "file": name}.get(kind, self._state.layer)
        document = workspace.documents.get(wanted) if workspace is not None else None
        file = wanted if workspace is not None else ""
        text = document.text if document is not None else ""
        place = None
        if kind == "datasource" and document is not None and (file, name) != self._place:
            place = document.position(format_pointer([name]))  # broken JSON has no places
            self._place = (file, name)
        saved = document.saved_text if document is not None else None
        self._finder.find(displayable(text), partial(self._show_file, file, text, saved, place))

    def _show_file(
        self,
        file: str,
        text: str,
        saved: str | None,
        place: tuple[int, int] | None,
        parts: list[HiddenPart],
    ) -> None:
        anew = file != self._file
        self._file = file
        self.show_plain(text, parts, anew=anew)
        if anew:
            self.file_changed.emit(file)
        self.mark_changed(changed_lines(saved, text))
        if place is not None:
            self.go_to(*place)


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
