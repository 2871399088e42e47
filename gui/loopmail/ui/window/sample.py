"""Trying the sample app: a copy of it, opened, with the mail catcher as its mail server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from loopmail.core.errors import LoopmailError
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.messages import MessageBar
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.window.file_actions import FileActions

if TYPE_CHECKING:  # aiosmtpd is loaded when the catcher is first started
    from loopmail.catcher.server import MailCatcher


class SampleApp(QObject):
    """Makes the copy in a worker, opens it, and removes it when the program ends."""

    def __init__(
        self,
        state: AppState,
        messages: MessageBar,
        files: FileActions,
        propose: Callable[[str, str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._messages = messages
        self._files = files
        self._propose = propose  # takes sender and recipient of the test message
        self._host = CatcherHost.of(state)
        self._copies: list[Path] = []
        state.closing.connect(self._clean_up)
        state.changed.connect(self._fill_in)

    def open(self) -> None:
        """Start the catcher, copy the sample app, point it there and open it."""
        if not self._files.may_lose():
            return
        deliver, running = self._host.arrived.emit, self._host.catcher

        def make() -> tuple[MailCatcher, Path]:
            from loopmail.catcher.demo import make_demo_app
            from loopmail.catcher.server import MailCatcher

            catcher = running
            if catcher is None:
                catcher = MailCatcher(0, deliver)
                catcher.start()
            return catcher, make_demo_app(catcher)

        job = Job(make)
        job.done.connect(self._show)
        job.failed.connect(self._explain)
        job.start()

    def _show(self, made: tuple[MailCatcher, Path]) -> None:
        catcher, app = made
        if self._host.catcher is None:
            self._host.adopt(catcher)
        self._copies.append(app)
        self._files.load(app, remember=False)

    def _fill_in(self) -> None:
        """Fill in the addresses, so that pressing Send is all there is to do."""
        workspace = self._state.workspace
        if workspace is not None and workspace.app.root in self._copies:
            from loopmail.catcher.demo import demo_message

            message = demo_message()
            self._propose(message.sender, ", ".join(message.to))

    def _explain(self, error: LoopmailError) -> None:
        self._messages.show_message(
            "sample", "error", self.tr("The sample app cannot be tried."), str(error)
        )

    def _clean_up(self) -> None:
        """Remove the copies (the program ends)."""
        if self._copies:
            from loopmail.catcher.demo import remove_sample_app

            for app in self._copies:
                remove_sample_app(app)


# --- A message has arrived in the mail catcher ----------------------------------------

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
