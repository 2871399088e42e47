"""Small LoopBack apps and states for the tests of the pages."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, QUrl, Slot
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app_builder import write_app
from loopmail.core.app.workspace import Workspace
from loopmail.core.secrets.store import SecretStore
from loopmail.ui.form.form import TransportForm
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from memory_store import MemoryStore

Shown = TypeVar("Shown", bound=QWidget)

SMTP = {
    "type": "smtp",
    "host": "smtp.example.com",
    "port": 587,
    "auth": {"user": "me@example.com", "pass": "hunter2"},
}


def mail(*transports: Any, **more: Any) -> dict[str, Any]:
    """Return a mail data source."""
    return {"name": "emailDs", "connector": "mail", "transports": list(transports), **more}


def open_state(
    folder: Path, files: Mapping[str, Any], store: SecretStore | None = None
) -> AppState:
    """Return a state with the app open."""
    state = AppState(store if store is not None else MemoryStore())
    dependencies = {"loopback": "^3.28.0"}
    app = write_app(folder / "app", files, name="tea-shop", dependencies=dependencies)
    state.set_workspace(Workspace.open(app))
    return state


def with_transport(folder: Path, transport: Any, **more: Any) -> AppState:
    """Return a state with one mail data source `emailDs` of one transport."""
    models = {"Email": {"dataSource": "emailDs"}}
    files = {
        "datasources.json": {"emailDs": mail(transport, **more)},
        "model-config.json": models,
    }
    return open_state(folder, files)


def value(state: AppState, file: str = "datasources.json") -> Any:
    """Return a file's current value."""
    assert state.workspace is not None
    return state.workspace.document(file).value()


def text(state: AppState, file: str = "datasources.json") -> str:
    """Return a file's current text."""
    assert state.workspace is not None
    return state.workspace.document(file).text


def transport(state: AppState, index: int = 0, file: str = "datasources.json") -> Any:
    """Return a transport's current value in a file."""
    return value(state, file)["emailDs"]["transports"][index]


def make_form(qtbot: QtBot, state: AppState, index: int = 0) -> TransportForm:
    """Return the form of a transport of `emailDs`, which follows the state."""
    form = TransportForm(state)
    qtbot.addWidget(form)
    form.show_transport("emailDs", index)
    for signal in (state.changed, state.layer_changed, state.variables_changed):
        signal.connect(form.refresh)
    return form


def settle(state: AppState, qtbot: QtBot) -> None:
    """End all jobs and drop the state's open app."""
    state.set_workspace(None)
    assert wait_for_all(5000)
    qtbot.wait(0)


class SmallApps:
    """The apps that one test opens, with what shows them; `settle` ends them all."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot, self._folder = qtbot, folder
        self._states: list[AppState] = []
        self.forms: list[TransportForm] = []  # kept, as they own what a test looks at

    def state(self, files: Mapping[str, Any], store: SecretStore | None = None) -> AppState:
        """Open an app with these files in its `server` folder."""
        self._states.append(open_state(self._folder, files, store))
        return self._states[-1]

    def with_transport(self, transport: Any, **more: Any) -> AppState:
        """Open an app with one mail data source `emailDs` of one transport."""
        self._states.append(with_transport(self._folder, transport, **more))
        return self._states[-1]

    def form(self, state: AppState) -> TransportForm:
        """Show the form of the first transport."""
        self.forms.append(make_form(self._qtbot, state))
        return self.forms[-1]

    def transport_form(self, transport: Any, **more: Any) -> tuple[AppState, TransportForm]:
        """Open an app with one transport and show its form."""
        state = self.with_transport(transport, **more)
        return state, self.form(state)

    def shown(self, widget: Shown) -> Shown:
        """Let a widget live as long as the test."""
        self._qtbot.addWidget(widget)
        return widget

    def settle(self) -> None:
        """End all jobs and drop the apps."""
        for state in self._states:
            settle(state, self._qtbot)


@contextmanager
def longest_gap(milliseconds: list[float]) -> Iterator[None]:
    """Measure how long the event loop was away at most: ticks of 10 ms, gaps beyond them.

    Time that the thread waited for a processor (the machine's other work) does not count.
    """
    timer = QTimer()
    timer.setInterval(10)
    worst, last = 0.0, _own_time()

    def tick() -> None:
        nonlocal worst, last
        now = _own_time()
        worst = max(worst, (now - last) * 1000 - 10)
        last = now

    timer.timeout.connect(tick)
    timer.start()
    yield
    timer.stop()
    milliseconds.append(worst)


def _own_time() -> float:
    """Return seconds of this thread without those it waited for a processor (Linux)."""
    account = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    waited = int(account.read_text().split()[1]) if account.exists() else 0
    return time.perf_counter() - waited / 1e9


class NotedPages(QObject):
    """Stands where Qt would start the user's browser, and notes what it would open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        """Note a page (called by QDesktopServices)."""
        self.opened.append(url.toString())
