import threading

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.core.errors import KeyringLocked, LoopmailError
from loopmail.ui.session.worker import Job, wait_for_all


def _on_gui_thread() -> bool:
    app = QApplication.instance()
    assert app is not None
    return QThread.currentThread() is app.thread() or threading.current_thread() is (
        threading.main_thread()
    )


def test_the_result_arrives_on_the_gui_thread_whatever_the_slot_is(qtbot: QtBot) -> None:
    seen: list[tuple[object, bool]] = []
    job = Job(lambda: (42, threading.current_thread() is threading.main_thread()))
    job.done.connect(lambda value: seen.append((value, _on_gui_thread())))
    with qtbot.waitSignal(job.finished):
        job.start()
    assert seen == [((42, False), True)]


def test_an_expected_error_arrives_as_it_is(qtbot: QtBot) -> None:
    error = KeyringLocked("The keyring is locked.")

    def fail() -> None:
        raise error

    job = Job(fail)
    with qtbot.waitSignal(job.failed) as caught:
        job.start()
    assert caught.args == [error]


def test_a_surprise_arrives_as_a_sentence_without_its_text(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("hunter2 is the password")

    job = Job(fail)
    with qtbot.waitSignal(job.failed) as caught:
        job.start()
    (error,) = caught.args or [None]
    assert isinstance(error, LoopmailError)
    assert "ValueError" in str(error)
    assert "hunter2" not in str(error) + caplog.text


def test_a_cancelled_job_says_only_that_it_finished(qtbot: QtBot) -> None:
    wake = threading.Event()
    said: list[str] = []
    job = Job(lambda: wake.wait(5), on_cancel=wake.set)
    job.done.connect(lambda _value: said.append("done"))
    job.failed.connect(lambda _error: said.append("failed"))
    job.start()
    with qtbot.waitSignal(job.finished):
        job.cancel()
    assert said == []
    assert not job.running


def test_progress_comes_in_order_before_the_end(qtbot: QtBot) -> None:
    seen: list[object] = []
    job: Job

    def work() -> str:
        for number in range(5):
            job.report(number)
        return "end"

    job = Job(work)
    job.progress.connect(seen.append)
    job.done.connect(seen.append)
    with qtbot.waitSignal(job.finished):
        job.start()
    assert seen == [0, 1, 2, 3, 4, "end"]


def test_waiting_for_all_cancels_and_ends_the_running_jobs(qtbot: QtBot) -> None:
    wakes = [threading.Event() for _ in range(3)]
    jobs = [Job(lambda wake=wake: wake.wait(10), on_cancel=wake.set) for wake in wakes]  # type: ignore[misc]
    for job in jobs:
        job.start()
    assert wait_for_all(3000)
    assert not any(job.running for job in jobs)


def test_waiting_gives_up_on_a_job_that_does_not_end(qtbot: QtBot) -> None:
    wake = threading.Event()
    job = Job(lambda: wake.wait(10))
    job.start()
    assert not wait_for_all(20)
    wake.set()
    assert job.wait(3000)
    assert wait_for_all()
