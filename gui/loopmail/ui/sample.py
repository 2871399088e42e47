"""Trying the sample app: a copy of it, opened, with the mail catcher as its mail server."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from loopmail.core.errors import LoopmailError
from loopmail.ui.catcher_page_host import CatcherHost
from loopmail.ui.messages import MessageBar
from loopmail.ui.opener import Opener
from loopmail.ui.state import AppState
from loopmail.ui.worker import Job


class SampleApp(QObject):
    """Makes the copy in a worker, opens it, and removes it when the program ends."""

    def __init__(
        self,
        state: AppState,
        messages: MessageBar,
        opener: Opener,
        propose: Callable[[str, str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self._opener = opener
        self._propose = propose  # takes sender and recipient of the test message
        self._copies: list[Path] = []
        self._job: Job | None = None
        state.closing.connect(self._clean_up)
        state.changed.connect(self._fill_in)

    def open(self) -> None:
        """Start the catcher, copy the sample app, point it there and open it."""
        if not self._opener.may_lose():
            return
        host = CatcherHost.of(self._state)
        deliver = host.arrived.emit
        running = host.catcher

        def make() -> tuple[object, Path]:
            from loopmail.mail.catcher import MailCatcher
            from loopmail.mail.demo import make_demo_app

            catcher = running
            if catcher is None:
                catcher = MailCatcher(0, deliver)
                catcher.start()
            return catcher, make_demo_app(catcher)

        job = Job(make)
        job.done.connect(self._show)
        job.failed.connect(self._explain)
        self._job = job
        job.start()

    def _show(self, made: tuple[object, Path]) -> None:
        from loopmail.mail.catcher import MailCatcher

        catcher, app = made
        host = CatcherHost.of(self._state)
        assert isinstance(catcher, MailCatcher)
        if host.catcher is None:
            host.adopt(catcher)
        self._copies.append(app)
        self._opener.load(app, remember=False)

    def _fill_in(self) -> None:
        """Fill in the addresses, so that pressing Send is all there is to do."""
        workspace = self._state.workspace
        if workspace is not None and workspace.app.root in self._copies:
            from loopmail.mail.demo import demo_message

            message = demo_message()
            self._propose(message.sender, ", ".join(message.to))

    def _explain(self, error: LoopmailError) -> None:
        self._messages.show_message(
            "sample", "error", self.tr("The sample app cannot be tried."), str(error)
        )

    def _clean_up(self) -> None:
        """Remove the copies (the program ends)."""
        if self._copies:
            from loopmail.mail.demo import remove_sample_app

            for app in self._copies:
                remove_sample_app(app)
