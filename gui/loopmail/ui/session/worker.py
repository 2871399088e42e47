"""Work off the GUI thread: plain data in, plain data out.

self._job = Job(lambda: store.get(service, user))
self._job.done.connect(self._show)        # slots run on the GUI thread
self._job.failed.connect(self._explain)   # gets a LoopmailError, also for surprises
self._job.start()
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, Signal, SignalInstance

from loopmail.core.errors import LoopmailError
from loopmail.log import only_places

_log = logging.getLogger(__name__)

# Jobs that have begun and not yet reported their end: keeps them alive without a parent.
_running: set["Job"] = set()


class Abandoned(LoopmailError):
    """Nobody waits any more for what a worker does."""


class Job(QObject):
    """One call on a worker thread.

    `cancel()` marks the job stale (its signals stay silent but for `finished`) and calls the
    given `on_cancel`. Keeps itself alive until it has finished. The thread is a daemon: a call
    that blocks for good (a keyring's prompt) does not keep the program from ending.
    """

    done = Signal(object)
    failed = Signal(object)
    progress = Signal(object)  # emitted by the call through `report`
    finished = Signal()

    # Everything crosses the threads here, so that any kind of slot runs on the GUI thread.
    _posted = Signal(str, object)

    def __init__(
        self, call: Callable[[], Any], *, on_cancel: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self._call = call
        self._on_cancel = on_cancel
        self._stale = False
        self._thread = threading.Thread(target=self._run, name="loopmail-job", daemon=True)
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether the job has begun and has not reported its end yet."""
        return self in _running

    def start(self) -> None:
        """Begin; a job runs once."""
        _running.add(self)
        self._thread.start()

    def report(self, value: object) -> None:
        """Emit `progress`; to be called by the call itself, from the worker thread."""
        self._post("progress", value)

    def cancel(self) -> None:
        """Make the job stale and call `on_cancel`."""
        if self._stale:
            return
        self._stale = True
        if self._on_cancel is not None:
            self._on_cancel()

    def _run(self) -> None:
        try:
            self._post("done", self._call())
        except LoopmailError as error:
            self._post("failed", error)
        except Exception as error:  # noqa: BLE001  a surprise must end the job, not the program
            # Without its text: that of a foreign error may hold a secret.
            kind = type(error).__name__
            _log.error("A job failed unexpectedly: %s", kind, extra=only_places(error))
            surprise = LoopmailError(f"Something unexpected happened ({type(error).__name__}).")
            surprise.__cause__ = error
            self._post("failed", surprise)

    def _post(self, what: str, value: object) -> None:
        try:
            self._posted.emit(what, value)
        except RuntimeError:  # the program is ending and Qt's side of the object is gone
            _log.debug("A job ended after the window")

    def _deliver(self, what: str, value: object) -> None:
        if not self._stale:
            getattr(self, what).emit(value)
        if what != "progress":
            _running.discard(self)
            self.finished.emit()

    def wait(self, milliseconds: int) -> bool:
        """Block until the call has ended or the time is up; tell whether it ended."""
        self._thread.join(milliseconds / 1000)
        return not self._thread.is_alive()


def work_through(call: Callable[[], Any], stop: SignalInstance | None = None) -> Any:
    """Run the call in a Job and return its result while the window goes on living.

    For what must be known before going on (was it saved?): a loop of its own keeps painting and
    taking events, so the caller guards itself against being called again meanwhile. Raise the
    call's LoopmailError, or Abandoned if the program ends first, or `stop` is emitted.
    """
    results: list[Any] = []
    errors: list[LoopmailError] = []
    loop = QEventLoop()
    job = Job(call)
    job.done.connect(results.append)
    job.failed.connect(errors.append)
    job.finished.connect(loop.quit)
    if stop is not None:
        stop.connect(loop.quit)
        stop.connect(job.cancel)
    job.start()
    loop.exec()
    if errors:
        raise errors[0]
    if not results:
        raise Abandoned("Nobody waited until the work was done.")
    return results[0]


def wait_for_all(milliseconds: int = 2000) -> bool:
    """Cancel and wait for every job still running (closing the window); tell whether all ended."""
    jobs = list(_running)
    for job in jobs:
        job.cancel()
    deadline = time.monotonic() + milliseconds / 1000
    ended = True
    for job in jobs:
        left = max(0, int((deadline - time.monotonic()) * 1000))
        ended &= job.wait(left)
        QCoreApplication.sendPostedEvents(job, QEvent.Type.MetaCall.value)
    return ended
