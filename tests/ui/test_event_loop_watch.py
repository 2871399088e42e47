"""The watch of the event loop notices what blocks it, and nothing else."""

import threading
import time

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer
from pytestqt.qtbot import QtBot

from event_loop_watch import WatchedApplication


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
