"""The window's one mail catcher: started from the welcome page, the catcher page or a preset."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from loopmail.ui.session.state import AppState

if TYPE_CHECKING:  # aiosmtpd is loaded when the catcher is first started
    from collections.abc import Collection, Sequence

    from loopmail.catcher.received import CaughtMessage
    from loopmail.catcher.server import MailCatcher


class CatcherHost(QObject):
    """Owns the MailCatcher and brings its messages to the GUI thread.

    There is one per state: `CatcherHost.of(state)`.
    """

    changed = Signal()  # started or stopped
    arrived = Signal(object)  # a CaughtMessage

    def __init__(self, state: AppState) -> None:
        super().__init__(state)
        self.catcher: MailCatcher | None = None  # while it listens

    @classmethod
    def of(cls, state: AppState) -> "CatcherHost":
        """Return the state's catcher host, making it at the first call."""
        return state.findChild(cls) or cls(state)

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self.catcher is not None

    @property
    def address(self) -> str:
        """The address it listens on, or an empty text."""
        return self.catcher.host if self.catcher is not None else ""

    @property
    def port(self) -> int:
        """The port it listens on, or 0."""
        return self.catcher.port if self.catcher is not None else 0

    def start(self, port: int = 0) -> None:
        """Listen, if it does not yet; raise SendError if the port cannot be opened."""
        if self.catcher is not None:
            return
        from loopmail.catcher.server import MailCatcher

        catcher = MailCatcher(port, self._deliver)
        catcher.start()
        self.catcher = catcher
        self.changed.emit()

    def adopt(self, catcher: "MailCatcher") -> None:
        """Take over a catcher that listens already (its messages are read by `messages`)."""
        self.catcher = catcher
        self.changed.emit()

    def stop(self) -> None:
        """Stop listening; what has arrived is forgotten."""
        if self.catcher is None:
            return
        catcher, self.catcher = self.catcher, None
        catcher.stop()
        self.changed.emit()

    def messages(self) -> "list[CaughtMessage]":
        """What has arrived, oldest first."""
        return self.catcher.messages() if self.catcher is not None else []

    def remove(self, numbers: "Collection[int]") -> "list[CaughtMessage]":
        """Forget the messages with these numbers; return them, for `put_back`."""
        return self.catcher.remove(numbers) if self.catcher is not None else []

    def put_back(self, messages: "Sequence[CaughtMessage]") -> None:
        """Keep removed messages again."""
        if self.catcher is not None:
            self.catcher.put_back(messages)

    def _deliver(self, message: "CaughtMessage") -> None:
        self.arrived.emit(message)  # from the catcher's thread: Qt queues it
