"""How long the checks take for a thousand data sources, and how they hold the window up."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.jsontext import parse
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

SOURCES = 1000
PASSWORD = "BENCH_PASS"
VARIABLES = Variables(environment={PASSWORD: "abcdabcdabcdabcd"})


def write_app(folder: Path) -> Path:
    """Write an app with many data sources, every third of which has a problem."""
    server = folder / "server"
    server.mkdir()
    (folder / "package.json").write_text('{"name": "bench", "dependencies": {"loopback": "^3.28"}}')
    auth = {"user": "shop@example.com", "pass": f"${{{PASSWORD}}}"}
    sources: dict[str, Any] = {}
    for number in range(SOURCES):
        transport = {"type": "smtp", "host": "mail.example.com", "secure": True, "auth": auth}
        transport["port"] = 465 if number % 3 else 587
        name = f"mail{number}"
        sources[name] = {"name": name, "connector": "mail", "transports": [transport]}
    (server / "datasources.json").write_text(json.dumps(sources, indent=2))
    layer = {name: {"transports": [{"port": 465}]} for name in list(sources)[:100]}
    (server / "datasources.production.json").write_text(json.dumps(layer, indent=2))
    (server / "model-config.json").write_text('{"Email": {"dataSource": "mail1"}}')
    return folder


def best(run: Callable[[], Any], runs: int = 5) -> float:
    """Return the shortest duration in milliseconds."""
    took = []
    for _run in range(runs):
        start = time.perf_counter()
        run()
        took.append((time.perf_counter() - start) * 1e3)
    return min(took)


def measure_rules(app: Path) -> None:
    """Print what a run is made of, beside reading the same text with Python's json."""
    workspace = Workspace.open(app)
    snapshot, versions = workspace.snapshot(), workspace.app.versions
    text = snapshot.texts["datasources.json"]
    request = CheckRequest(snapshot, ["development"], VARIABLES, versions)
    every = CheckRequest(snapshot, ["development", "production"], VARIABLES, versions)
    reference = best(lambda: json.loads(text))
    cases: dict[str, Callable[[], Any]] = {
        "parse the text": lambda: parse(text),
        "effective values": lambda: effective(snapshot, "development", VARIABLES, versions),
        "effective values and plans": lambda: (
            AppView(snapshot, "development", VARIABLES, versions, frozenset()).plans
        ),
        "all checks, one environment": lambda: run_checks(request),
        "all checks, two environments": lambda: run_checks(every),
    }
    sys.stdout.write(f"{SOURCES} data sources, {len(text) / 1000:.0f} kB\n")
    sys.stdout.write(f"{'case':32} {'ms':>8} {'json.loads':>11} {'ratio':>7}\n")
    for name, run in cases.items():
        ours = best(run)
        sys.stdout.write(f"{name:32} {ours:8.1f} {reference:11.2f} {ours / reference:7.1f}\n")


class Gaps:
    """Runs the event loop and notes how long it stands still."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def spin(self, until: Callable[[], bool], seconds: float) -> None:
        """Run the loop until something holds, or the time is up."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop, ticker = QEventLoop(), QTimer()
        last = time.perf_counter()
        deadline = last + seconds

        def tick() -> None:
            nonlocal last
            now = time.perf_counter()
            self.seconds.append(now - last)
            last = now
            if now > deadline or until():
                loop.quit()

        ticker.timeout.connect(tick)
        ticker.start(0)
        loop.exec()

    def longest(self) -> float:
        """Return the longest gap so far in milliseconds, and forget it."""
        found = max(self.seconds) * 1e3
        self.seconds.clear()
        return found


def measure_window(app: Path) -> None:
    """Print how long the event loop stands still while somebody types and the checks run."""
    from PySide6.QtWidgets import QApplication

    sys.path.append(str(Path(__file__).parents[1]))
    from loopmail.ui.session.state import AppState
    from memory_store import MemoryStore

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    program = QApplication.instance() or QApplication([])
    os.environ[PASSWORD] = VARIABLES.environment[PASSWORD]
    state, gaps = AppState(MemoryStore()), Gaps()
    workspace = Workspace.open(app)
    state.set_workspace(workspace)
    gaps.spin(lambda: state.finder.known, 30)
    gaps.longest()

    def type_letter(host: str) -> float:
        change = workspace.edit_value("datasources.json", "/mail5/transports/0/host", host)
        start = time.perf_counter()
        state.push("Type", [change], merge_key="host")
        return (time.perf_counter() - start) * 1e3

    pushes = []
    for letter in range(8):
        pushes.append(type_letter(f"mail{letter}.example.com"))
        gaps.spin(lambda: False, 0.25)
    typing = gaps.longest()
    found: list[float] = []
    state.problems_changed.connect(lambda: found.append(time.perf_counter()))
    begin = time.perf_counter()
    type_letter("last.example.com")
    gaps.spin(lambda: bool(found), 30)
    for name, milliseconds in (
        ("a letter, without pages", min(pushes)),
        ("longest gap while typing", typing),
        ("longest gap while checking", gaps.longest()),
        ("problems known after", (found[0] - begin) * 1e3),
    ):
        sys.stdout.write(f"{name:32} {milliseconds:8.1f} ms\n")
    del program


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        path = write_app(Path(made))
        measure_rules(path)
        measure_window(path)
