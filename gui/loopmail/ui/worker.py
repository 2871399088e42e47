"""Work off the GUI thread. STUB.

self._job = Job(lambda: store.get(service, user))
self._job.done.connect(self._show)        # slots run on the GUI thread
self._job.failed.connect(self._explain)   # gets the LoopmailError (or a wrapped surprise)
self._job.start()
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal


class Job(QObject):
    """One call on a worker thread: plain data in, plain data out.

    `cancel()` marks the job stale (its signals stay silent but for `finished`) and calls the
    given `on_cancel`. Keeps itself alive until it has finished.
    """

    done = Signal(object)
    failed = Signal(object)
    progress = Signal(object)  # emitted by the call through `report`
    finished = Signal()

    def __init__(
        self, call: Callable[[], Any], *, on_cancel: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def start(self) -> None:
        """Begin."""
        raise NotImplementedError

    def report(self, value: object) -> None:
        """Emit `progress` from the worker thread."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Make the job stale and call `on_cancel`."""
        raise NotImplementedError


def wait_for_all(milliseconds: int = 2000) -> bool:
    """Cancel and wait for every job still running (closing the window); tell whether all ended."""
    raise NotImplementedError
