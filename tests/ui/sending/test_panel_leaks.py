"""Many tests in a row leave no widget, thread or open file behind; slow folders freeze nothing."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.core.app.workspace import Workspace
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from page_apps import mail, open_state, settle

MANY = 200 if os.environ.get("LOOPMAIL_TORTURE") == "full" else 20


def held() -> tuple[int, int, int]:
    """Count widgets, threads and open files."""
    files = Path("/proc/self/fd")
    return (
        len(QApplication.allWidgets()),
        threading.active_count(),
        len(list(files.iterdir())) if files.is_dir() else 0,
    )


def test_many_tests_in_a_row_leave_nothing_behind(
    qtbot: QtBot, tmp_path: Path, catcher: MailCatcher
) -> None:
    here = {"type": "smtp", "host": "127.0.0.1", "port": catcher.port}
    state = open_state(tmp_path, {"datasources.json": {"emailDs": mail(here)}}, MemoryStore())
    state.select("datasource", "emailDs")
    panel = SendingPanel(state)
    qtbot.addWidget(panel)

    texts: list[str] = []

    def run(times: int) -> tuple[int, int, int]:
        for _ in range(times):
            panel.check_connection()
            qtbot.waitUntil(lambda: not panel.running, timeout=5000)
            texts.append(panel.verdict.verdict.text())
        settle(state, qtbot)
        QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
        return held()

    first = run(5)
    last = run(MANY)
    assert len(texts) == MANY + 5
    assert all(text.startswith("Sent") for text in texts), texts[:1]
    assert last[0] <= first[0] + 3
    assert last[1] <= first[1] + 2
    assert last[2] <= first[2] + 5


def test_a_folder_that_does_not_answer_leaves_the_window_alive(
    window: MainWindow, app_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    real = Workspace.open

    def slow(path: Path) -> Any:
        assert answered.wait(20)
        return real(path)

    monkeypatch.setattr(Workspace, "open", slow)
    ticks: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(10)
    window.files.open(app_path)
    qtbot.waitUntil(lambda: len(ticks) >= 20, timeout=5000)  # the loop goes on meanwhile
    assert window.state.workspace is None
    answered.set()
    qtbot.waitUntil(lambda: window.state.workspace is not None, timeout=5000)
    timer.stop()
