"""What happens when another program changed a file of the open app."""

from PySide6.QtCore import QObject, Signal

from loopmail.ui.messages import MessageBar
from loopmail.ui.opener import Opener
from loopmail.ui.state import AppState
from loopmail.ui.watcher import Watcher


class DiskChanges(QObject):
    """Loads what is unmodified here, and asks (without getting in the way) about the rest."""

    told = Signal(str)  # a word for the status bar

    def __init__(
        self, state: AppState, messages: MessageBar, opener: Opener, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self._opener = opener
        self._watcher = Watcher(state, self)
        self._watcher.changed.connect(self._notice)

    def check(self) -> None:
        """Compare with the disk now."""
        self._watcher.check()

    def _notice(self, names: list[str]) -> None:
        listed = ", ".join(names)
        if not self._state.modified:
            self._opener.load_theirs()
            self.told.emit(self.tr("Loaded again, for it changed on disk: {0}").format(listed))
            return
        self._messages.show_message(
            "disk",
            "warn",
            self.tr("Changed on disk: {0}").format(listed),
            self.tr("Another program changed it while you have unsaved changes here."),
            [
                (self.tr("Keep Mine"), lambda: self._opener.keep_mine(names)),
                (self.tr("Load Theirs"), self._opener.load_theirs),
            ],
        )
