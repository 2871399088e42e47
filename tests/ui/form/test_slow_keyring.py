"""A keyring that is locked or does not answer freezes nothing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loopmail.core.errors import KeyringLocked
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from small_app import FakeDialogs


class StuckStore(MemoryStore):
    """A keyring whose prompt nobody answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()
        self.asked = threading.Event()

    def get(self, service: str, user: str) -> str | None:
        self.asked.set()
        if not self.answers.wait(30):
            raise KeyringLocked("The keyring is locked.")
        return super().get(service, user)


@pytest.fixture
def stuck() -> Iterator[StuckStore]:
    store = StuckStore()
    yield store
    store.answers.set()


def test_the_window_works_while_the_keyring_does_not_answer(
    qtbot: QtBot, tmp_path: Path, app_path: Path, stuck: StuckStore
) -> None:
    window = MainWindow(AppState(stuck), Settings(tmp_path / "s.ini"), FakeDialogs())
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.state.opened):
        window.files.open(app_path)
    qtbot.waitUntil(stuck.asked.is_set)
    state = window.state
    state.select("bindings", "")
    state.select("datasource", "emailDs")
    assert state.workspace is not None
    edit = state.workspace.edit_value("datasources.json", "/emailDs/transports/0/port", 587)
    state.push("Change Port", [edit])
    assert window.files.save()
    assert state.variables.keyring == {}
    stuck.answers.set()
    qtbot.waitUntil(lambda: state.keyring.name is not None)
    window.close()
    assert wait_for_all()
