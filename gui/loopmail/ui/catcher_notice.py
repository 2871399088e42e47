"""Says that a message has arrived in the mail catcher, and leads there."""

from PySide6.QtCore import QObject

from loopmail.ui.catcher_page_host import CatcherHost
from loopmail.ui.messages import MessageBar
from loopmail.ui.state import AppState

_KEY = "arrived"


class CatcherNotice(QObject):
    """A banner for the newest message, unless the catcher's page is in view."""

    def __init__(self, state: AppState, messages: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self.host = CatcherHost.of(state)
        self.host.arrived.connect(self._announce)
        state.selection_changed.connect(self._hush)
        state.closing.connect(self.host.stop)

    def _announce(self, message: object) -> None:
        if self._state.selection[0] == "catcher":
            return
        subject = getattr(message, "subject", "") or self.tr("(no subject)")
        self._messages.show_message(
            _KEY,
            "ok",
            self.tr("A message arrived in the mail catcher."),
            subject,
            [(self.tr("Read It"), lambda: self._state.select("catcher"))],
        )

    def _hush(self) -> None:
        if self._state.selection[0] == "catcher":
            self._messages.close_message(_KEY)
