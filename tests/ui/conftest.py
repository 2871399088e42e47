"""Fixtures of the window's tests: a small app on disk, a state, a window, answers to questions."""

import shutil
from collections.abc import Iterator
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from app_builder import write_app
from event_loop_watch import WatchedApplication
from loopmail.assets import resource
from loopmail.core.app.workspace import Workspace
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from page_apps import NotedPages, SmallApps
from small_app import BINDINGS, MAIL, FakeDialogs, MakeApp


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own notes of which app wrote which keyring entries."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def the_window_is_never_frozen() -> Iterator[None]:
    """Fail the test in which one event kept the loop for more than 100 ms."""
    app = QCoreApplication.instance()
    if isinstance(app, WatchedApplication):
        app.blockages.clear()
    yield
    app = QCoreApplication.instance()
    if isinstance(app, WatchedApplication):
        found, app.blockages = app.blockages, []
        assert not found, "the event loop stood still: " + "; ".join(map(str, found))


@pytest.fixture
def patient() -> Iterator[None]:
    """For a test of something that takes long on purpose: nothing is said about pauses."""
    app = QCoreApplication.instance()
    if isinstance(app, WatchedApplication):
        app.patient = True
    yield
    if isinstance(app, WatchedApplication):
        app.patient = False


@pytest.fixture
def small_apps(qtbot: QtBot, tmp_path: Path) -> Iterator[SmallApps]:
    """Opens apps for the pages; what is left of them ends with the test."""
    made = SmallApps(qtbot, tmp_path)
    yield made
    made.settle()


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    """Make an app's folder: file name (in server/) to a JSON value or a text."""

    def make(name: str = "shop", **files: Any) -> Path:
        found = {"datasources": MAIL, "model-config": BINDINGS, **files}
        named = {n if n.endswith(".js") else f"{n}.json": value for n, value in found.items()}
        return write_app(tmp_path / name, named, name=name)

    return make


@pytest.fixture
def app_path(make_app: MakeApp) -> Path:
    """A small app with one mail data source."""
    return make_app()


@pytest.fixture
def sample_path(tmp_path: Path) -> Path:
    """A copy of the sample app."""
    with as_file(resource("sample_app")) as source:
        return Path(shutil.copytree(source, tmp_path / "sample"))


@pytest.fixture
def store() -> MemoryStore:
    """An empty keyring."""
    return MemoryStore()


@pytest.fixture
def state(qtbot: QtBot, store: MemoryStore) -> Iterator[AppState]:
    """A state with no app open."""
    made = AppState(store)
    yield made
    made.set_workspace(None)
    wait_for_all()
    made.deleteLater()


@pytest.fixture
def opened(state: AppState, app_path: Path) -> AppState:
    """A state with the small app open and its mail data source selected."""
    state.set_workspace(Workspace.open(app_path))
    state.select("datasource", "emailDs")
    return state


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Empty settings in a file of their own."""
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def dialogs() -> FakeDialogs:
    """Answers to modal questions."""
    return FakeDialogs()


@pytest.fixture
def window_size() -> tuple[int, int] | None:
    """The size in which the window is shown first, None for its own."""
    return None


@pytest.fixture
def window(
    state: AppState,
    settings: Settings,
    dialogs: FakeDialogs,
    window_size: tuple[int, int] | None,
) -> Iterator[MainWindow]:
    """The main window with no app open, shown."""
    made = MainWindow(state, settings, dialogs)
    if window_size is not None:
        made.resize(*window_size)
    made.show()
    yield made
    state.undo.setClean()
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def open_window(window: MainWindow, app_path: Path, qtbot: QtBot) -> MainWindow:
    """The main window with the small app open."""
    with qtbot.waitSignal(window.state.opened):
        window.files.open(app_path)
    return window


@pytest.fixture
def browser() -> Iterator[NotedPages]:
    """What stands where the user's browser would be started."""
    made = NotedPages()
    QDesktopServices.setUrlHandler("https", made, "open")  # type: ignore[arg-type]  # wrong stub
    yield made
    QDesktopServices.unsetUrlHandler("https")
