"""One test message at a time on a worker thread."""

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.mail.cancel import Cancel
from loopmail.mail.send import SendRequest, cancelled, send
from loopmail.mail.verdict import Stage, Verdict
from loopmail.ui.widgets import single_shot
from loopmail.ui.worker import Job

# A name look-up cannot be woken; after this long a stopped test is given up.
_GIVE_UP_MS = 600


class TestRun(QObject):
    """Runs a request; its events and its verdict arrive on the GUI thread."""

    __test__ = False  # no test case, whatever pytest thinks of the name

    progressed = Signal(object)
    finished = Signal(object)  # Verdict
    failed = Signal(str)

    def __init__(self, request: SendRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request = request
        self._cancel = Cancel()
        self._over = False
        self._stage: Stage | None = None
        self._job = Job(self._call, on_cancel=self._cancel.cancel)
        self._job.progress.connect(self._on_event)
        self._job.done.connect(self._on_done)
        self._job.failed.connect(self._on_failed)
        self._give_up = single_shot(self, _GIVE_UP_MS, self._abandon)

    def start(self) -> None:
        """Send in a worker: `progressed` for each event, then `finished` or `failed`."""
        self._job.start()

    def stop(self) -> None:
        """Ask to stop; the verdict follows within a second."""
        self._cancel.cancel()
        if not self._over:
            self._give_up.start()

    def _call(self) -> Verdict:
        return send(self.request, self._cancel, self._job.report)

    def _on_event(self, event: object) -> None:
        if self._over:
            return
        self._stage = getattr(event, "stage", self._stage)
        self.progressed.emit(event)

    def _on_done(self, verdict: Verdict) -> None:
        self._end()
        self.finished.emit(verdict)

    def _on_failed(self, error: LoopmailError) -> None:
        self._end()
        self.failed.emit(str(error))

    def _end(self) -> None:
        self._over = True
        self._give_up.stop()

    def _abandon(self) -> None:
        self._end()
        self._job.cancel()
        self.finished.emit(cancelled(self.request, self._stage))
