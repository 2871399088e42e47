"""One test: while it runs on a worker thread, and what is kept of it when it is over."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.core.loopback.readiness import Readiness
from loopmail.net.cancel import Cancel
from loopmail.process.ask_app import AppAnswer
from loopmail.smtp.request import Fingerprint, Setting
from loopmail.smtp.send import SendRequest, cancelled, send
from loopmail.smtp.verdict import Stage, Verdict
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import single_shot

Place = tuple[str, str | None]  # a data source and the environment in which it is looked at


@dataclass(frozen=True, slots=True)
class About:
    """What was tested, as it may be shown."""

    server: str = ""  # host and port
    settings: tuple[Setting, ...] = ()
    swaks: str = ""  # the equal command line
    no_swaks: str = ""  # why there is none


@dataclass(slots=True, eq=False)
class Finished:
    """A test of this session, and what it belongs to."""

    datasource: str
    when: datetime
    verdict: Verdict
    concerned: str  # the data source whose problems explain it; another one may stop the start
    env: str | None  # None: the base files only
    fingerprint: Fingerprint
    sends_message: bool  # rather than only signing in
    about: About = About()
    answer: AppAnswer | str | None = None  # of the app itself, or why it could not be asked

    @property
    def place(self) -> Place:
        """Where it was made, and where alone it is shown."""
        return self.datasource, self.env


# A name look-up cannot be woken; after this long a stopped test is given up.
_GIVE_UP_MS = 600


class SendingRun(QObject):
    """Runs a request; its events and its verdict arrive on the GUI thread."""

    progressed = Signal(object)
    finished = Signal(object)  # Verdict
    failed = Signal(str)

    def __init__(
        self,
        request: SendRequest,
        app: Callable[[], Readiness],
        parent: QObject | None = None,
    ) -> None:
        """`app` answers, in the worker, whether the app itself will send."""
        super().__init__(parent)
        self.request = request
        self._cancel = cancel = Cancel()
        self._over = False
        self._stage: Stage | None = None

        def work() -> Verdict:
            return replace(send(request, cancel, job.report), app=app())

        self._job = job = Job(work, on_cancel=cancel.cancel)
        job.progress.connect(self._on_event)
        job.done.connect(self._end)
        job.failed.connect(self._on_failed)
        self._give_up = single_shot(self, _GIVE_UP_MS, self._abandon)

    def start(self) -> None:
        """Send in a worker: `progressed` for each event, then `finished` or `failed`."""
        self._job.start()

    def stop(self) -> None:
        """Ask to stop; the verdict follows within a second."""
        self._cancel.cancel()
        if not self._over:
            self._give_up.start()

    def drop(self) -> None:
        """End without a verdict: nobody waits for it any more."""
        self._over = True
        self._give_up.stop()
        self._job.cancel()

    def _on_event(self, event: object) -> None:
        if not self._over:
            self._stage = getattr(event, "stage", self._stage)
            self.progressed.emit(event)

    def _on_failed(self, error: LoopmailError) -> None:
        self._over = True
        self._give_up.stop()
        self.failed.emit(str(error))

    def _abandon(self) -> None:
        self._job.cancel()
        self._end(cancelled(self.request, self._stage))

    def _end(self, verdict: Verdict) -> None:
        self._over = True
        self._give_up.stop()
        self.finished.emit(verdict)
