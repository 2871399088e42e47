"""The watch of the event loop notices what blocks it, and nothing else."""

import gc
import threading
import time
import weakref
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer
from pytestqt.qtbot import QtBot

from event_loop_watch import WatchedApplication, places_of


def blockages_of(handler: object, qtbot: QtBot) -> list[str]:
    app = QCoreApplication.instance()
    assert isinstance(app, WatchedApplication)
    done: list[bool] = []
    timer = QTimer()
    timer.setSingleShot(True)

    def run() -> None:
        assert callable(handler)
        handler()
        done.append(True)

    timer.timeout.connect(run)
    timer.start(0)
    qtbot.waitUntil(lambda: bool(done))
    found, app.blockages = app.blockages, []
    return [str(one) for one in found]


def wait_for_a_lock() -> None:
    threading.Event().wait(0.8)


def compute() -> None:
    end = time.thread_time() + 1.5
    while time.thread_time() < end:
        pass


def a_loop_of_its_own() -> None:
    loop = QEventLoop()
    QTimer.singleShot(300, loop.quit)
    loop.exec()


def test_waiting_in_a_handler_is_noticed(qtbot: QtBot) -> None:
    (found,) = blockages_of(wait_for_a_lock, qtbot)
    assert "of QTimer" in found
    assert "wait_for_a_lock" in found


def test_computing_in_a_handler_is_noticed(qtbot: QtBot) -> None:
    assert len(blockages_of(compute, qtbot)) == 1


def test_a_loop_within_a_handler_is_no_blockage(qtbot: QtBot) -> None:
    assert blockages_of(a_loop_of_its_own, qtbot) == []


def test_quick_handlers_are_no_blockage(qtbot: QtBot) -> None:
    assert blockages_of(QObject, qtbot) == []


class Mark:
    """Something that a call holds, and that can be seen to go."""


def a_call_that_is_seen_from_another_thread() -> tuple[list[str], "weakref.ref[Mark]"]:
    mark = Mark()
    seen: list[str] = []
    caller = threading.get_ident()
    thread = threading.Thread(target=lambda: seen.extend(places_of(caller)))
    thread.start()
    thread.join()
    return seen, weakref.ref(mark)


def frames_of(function: Callable[..., object]) -> list[FrameType]:
    code = function.__code__
    return [one for one in gc.get_objects() if isinstance(one, FrameType) and one.f_code is code]


def test_of_what_the_watch_has_seen_names_alone_stay() -> None:
    gc.disable()  # what goes must go by itself
    try:
        seen, mark = a_call_that_is_seen_from_another_thread()
        assert mark() is None
        assert frames_of(a_call_that_is_seen_from_another_thread) == []
    finally:
        gc.enable()
    assert all(type(one) is str for one in seen)
    assert any(one.endswith(" a_call_that_is_seen_from_another_thread") for one in seen)


def test_a_handler_that_took_long_leaves_nothing_behind(qtbot: QtBot) -> None:
    marks: list[weakref.ref[Mark]] = []

    def hold() -> None:
        mark = Mark()
        marks.append(weakref.ref(mark))
        wait_for_a_lock()

    (found,) = blockages_of(hold, qtbot)
    assert "wait_for_a_lock" in found
    assert marks[0]() is None
    assert frames_of(hold) == frames_of(wait_for_a_lock) == []
