"""Telling everybody of a change: at once, or when the typing pauses in an app that is large."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from loopmail.ui.widgets import single_shot

LARGE = 60_000  # characters of all files; telling takes longer than a frame of the screen then
_PAUSE_MS = 120


class CatchUp(QObject):
    """Does its work at every change, but only after the last letter in a large app."""

    def __init__(self, work: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._pause = single_shot(self, _PAUSE_MS, self.now)

    def now(self) -> None:
        """Do the work at once, in place of a wait that is under way."""
        self._pause.stop()
        self._work()

    def when_typed(self, size: int) -> bool:
        """Wait for a pause in the typing if the files are large; tell whether that is so."""
        if size > LARGE:
            self._pause.start()
        return size > LARGE

    def forget(self) -> None:
        """Another app is open: there is nothing to tell of the old one."""
        self._pause.stop()
