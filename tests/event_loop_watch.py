"""Watches the event loop: no handler of an event may keep it from going on for long.

Measured is the time a handler computes or waits (for a disk, a lock, a server), not the time the
machine's other processes take away: the scheduler's own account of waiting for a processor is
taken off, the lateness of a reference thread, Python's collector (it walks through pytest's
memory) and what this watch costs. On a busy machine the limit grows with the load.
"""

import contextlib
import faulthandler
import gc
import os
import re
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject
from PySide6.QtWidgets import QApplication

LIMIT = 0.100  # seconds
_SAMPLE = 0.04  # seconds between two looks of the reference thread
_TRIAL = 30_000  # rounds of the reference
_DEPTH = 12  # innermost calls of ours that are named
_THREAD = re.compile(r"^(?:Current thread|Thread) 0x([0-9a-f]+)")
_CALL = re.compile(r'^  File "(.*)", line (\d+) in (.*)$')
# The window is hidden then: it waits for its workers, and goes.
_AFTERWARDS = (QEvent.Type.Close, QEvent.Type.DeferredDelete)
# Opened once: a test may have replaced what the os module has when the watch looks.
_dump = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as the tests run
_dumping = threading.Lock()


@dataclass
class Blockage:
    """A handler that took too long."""

    seconds: float
    receiver: str
    event: str
    where: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        places = "".join(f"\n    {place}" for place in self.where)
        return f"{self.seconds * 1000:.0f} ms in {self.event} of {self.receiver}{places}"


def _reference() -> float:
    begin = time.thread_time()
    sum(range(_TRIAL))
    return time.thread_time() - begin


def _busy() -> float:
    """Return how many programs want each processor: that much longer everything may take."""
    with contextlib.suppress(OSError):
        return min(5.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
    return 1.0


class _Clock:
    """Wall time of this thread without the time it waited for a processor."""

    def __init__(self) -> None:
        self._account: int | None = None
        self._collecting = 0.0
        self._collected = 0.0
        gc.callbacks.append(self._on_collection)
        with contextlib.suppress(OSError):
            path = f"/proc/self/task/{threading.get_native_id()}/schedstat"
            self._account = os.open(path, os.O_RDONLY)

    def _on_collection(self, phase: str, _info: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self._collected += time.perf_counter() - self._collecting

    def now(self) -> float:
        """Return seconds that only count what this thread did or waited for of its own accord."""
        waited = 0
        if self._account is not None:
            waited = int(os.pread(self._account, 80, 0).split()[1])
        return time.perf_counter() - waited / 1e9 - self._collected


class WatchedApplication(QApplication):
    """Notes every event whose handling takes longer than LIMIT."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.blockages: list[Blockage] = []
        self.patient = False
        self._depth = 0
        self._begin = 0.0
        self._begin_computing = 0.0
        self._begin_late = 0.0
        self._late = 0.0  # seconds that the reference thread has come too late, in all
        self._told = threading.Condition()  # that it has come
        self._wall = 0.0
        self._where: list[str] = []
        self._clock = _Clock()
        self._nested = 0  # events sent within the handler
        self._own_cost = 0.0  # seconds that this watch adds to each of them
        self._usual = min(_reference() for _ in range(20))
        self._main = threading.get_ident()
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        # A handler that runs a loop of its own (a dialog) blocks nothing while that loop sleeps.
        dispatcher.aboutToBlock.connect(self._rest)
        dispatcher.awake.connect(self._start)
        self._own_cost = self._measure_own_cost()
        threading.Thread(target=self._look, name="event-loop-watch", daemon=True).start()

    def _measure_own_cost(self) -> float:
        receiver, count = QObject(), 500
        self._depth = 1
        begin = time.thread_time()
        for _ in range(count):
            self.notify(receiver, QEvent(QEvent.Type.User))
        self._depth = 0
        return (time.thread_time() - begin) / count

    def _start(self) -> None:
        self._begin, self._wall, self._where = self._clock.now(), time.perf_counter(), []
        self._begin_computing, self._begin_late = time.thread_time(), self._late

    def _rest(self) -> None:
        if self._depth:
            self._judge("a nested loop", "its events")
        self._wall = 0.0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver an event (Qt's virtual method)."""
        if self._depth:
            self._nested += 1
            return self._deliver(receiver, event)
        kind, name = event.type(), type(receiver).__name__
        self._depth, self._nested = 1, 0
        self._start()
        try:
            return self._deliver(receiver, event)
        finally:
            self._depth = 0
            if kind not in _AFTERWARDS:
                self._judge(name, str(kind))
            self._wall = 0.0

    def _deliver(self, receiver: QObject, event: QEvent) -> bool:
        try:
            return bool(super().notify(receiver, event))
        except TypeError:
            return False  # PySide took an object that is gone for the receiver

    def _judge(self, receiver: str, event: str) -> None:
        if self.patient:
            return
        spent = self._clock.now() - self._begin - self._nested * self._own_cost
        if spent <= LIMIT:
            return
        computed = time.thread_time() - self._begin_computing
        with self._told:  # what kept the reference thread is known only once it has come
            self._told.wait(1.0)
        # Where the reference thread is late, too, it is the machine that is busy.
        waited = spent - computed - (self._late - self._begin_late)
        # The processor is slower than usual when its twin or its caches are busy.
        slowness = max(1.0, sorted(_reference() for _ in range(5))[2] / self._usual)
        seconds = max(computed / slowness, waited)
        if seconds > LIMIT * _busy():
            self.blockages.append(Blockage(seconds, receiver, event, self._where))

    def _look(self) -> None:
        """See from another thread where a long handler is."""
        while True:
            begin = time.perf_counter()
            time.sleep(_SAMPLE)
            with self._told:
                self._late += max(0.0, time.perf_counter() - begin - 1.5 * _SAMPLE)
                self._told.notify_all()
            wall = self._wall
            if wall and time.perf_counter() - wall > LIMIT and not self._where:
                self._where = places_of(self._main)


def places_of(thread: int) -> list[str]:
    """Return where a thread is in our files, the outermost call first.

    faulthandler writes names without making a frame object. A frame, seen from another thread,
    keeps its locals alive behind the call's end; Qt's objects die in time all the same, and
    shiboken gives the left-over wrapper of one to the next at the same address.
    """
    with _dumping:
        _dump.seek(0)
        _dump.truncate()
        faulthandler.dump_traceback(_dump, all_threads=True)
        _dump.seek(0)
        text = _dump.read().decode("ascii", "replace")
    places: list[str] = []
    wanted = False
    for line in text.splitlines():
        if head := _THREAD.search(line):
            wanted = int(head[1], 16) == thread
        elif wanted and (call := _CALL.search(line)) and ("loopmail" in line or "tests" in line):
            places.append(f"{call[1]}:{call[2]} {call[3]}")
    return places[:_DEPTH][::-1]
