"""One undo step: changes of documents with their inverses, and what goes with them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

if TYPE_CHECKING:
    from loopmail.core.app.workspace import Change


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the user was: undo and redo lead back there."""

    kind: str
    name: str
    layer: str


@dataclass(slots=True)
class UndoStep:
    """What an undo step does and how it is undone.

    `inverses` are in the order to apply. `redo` and `undo` go with the step for what is not in
    a document (entries of the keyring) and come before its changes, so that whoever hears of
    these sees both; they hold any secret in their closure, never in a text.
    """

    changes: list[Change]
    inverses: list[Change]
    before: Selection
    after: Selection
    merge_key: str | None = None
    redo: Callable[[], object] | None = None
    undo: Callable[[], object] | None = None


class EditCommand(QUndoCommand):
    """A step on the undo stack whose changes have been applied already.

    They are applied before the command exists, so that an EditError reaches the caller instead
    of Qt; the stack's first call of `redo` therefore does nothing.
    """

    def __init__(
        self,
        text: str,
        step: UndoStep,
        apply: Callable[[Sequence[Change], Selection], None],
    ) -> None:
        super().__init__(text)
        self._step = step
        self._apply = apply
        self._fresh = True

    def redo(self) -> None:
        """Do the step again (Qt's virtual method)."""
        if self._fresh:
            self._fresh = False
            return
        if self._step.redo is not None:
            self._step.redo()
        self._apply(self._step.changes, self._step.after)

    def undo(self) -> None:
        """Undo the step (Qt's virtual method)."""
        if self._step.undo is not None:
            self._step.undo()
        self._apply(self._step.inverses, self._step.before)

    def id(self) -> int:
        """Return the merge key as the number Qt wants; -1 never merges."""
        key = self._step.merge_key
        return -1 if key is None else zlib.crc32(key.encode()) & 0x7FFFFFFF

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802  Qt's virtual method
        """Take over a following step of the same merge key."""
        if not isinstance(other, EditCommand) or other._step.merge_key != self._step.merge_key:
            return False
        mine, theirs = self._step, other._step
        mine.changes, mine.inverses = _join(mine, theirs)
        mine.redo = theirs.redo or mine.redo
        mine.undo = mine.undo or theirs.undo
        mine.after = theirs.after
        if mine.redo is None and mine.undo is None and len(mine.changes) == len(mine.inverses) == 1:
            typed_and_taken_back = mine.changes[0].edit.content == mine.inverses[0].edit.content
            self.setObsolete(typed_and_taken_back)
        return True


def _join(first: UndoStep, second: UndoStep) -> tuple[list[Change], list[Change]]:
    """Return the changes of both steps; typing on in one value stays one change."""
    if len(first.changes) == len(second.changes) == 1:
        (a,), (b,) = first.changes, second.changes
        same_span = a.edit.offset == b.edit.offset and b.edit.length == len(a.edit.content)
        if a.file == b.file and same_span:
            (back,) = first.inverses
            forth = replace(a, edit=replace(a.edit, content=b.edit.content))
            return [forth], [replace(back, edit=replace(back.edit, length=len(b.edit.content)))]
    return first.changes + second.changes, second.inverses + first.inverses
