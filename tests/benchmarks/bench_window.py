"""The window at work: opening an app to the shown page, and the GUI thread's time for a letter.

Prints medians in milliseconds, the ratio of a large app to a small one measured in the same run,
and how long a letter blocks the event loop, with the panels Problems, JSON and Test open: fast
letters come before the window has shown the last one, after slow ones all is shown and checked.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from loopmail.app import make_application, make_window
from loopmail.core.app.workspace import Workspace
from loopmail.ui.session.settings import Settings
from loopmail.ui.window.file_actions import first_page
from loopmail.ui.window.main_window import MainWindow

LETTERS = "smtp.example.com"
FAST, SLOW = 0.06, 0.5  # seconds from letter to letter
ROUNDS = 5


def make_app(folder: Path, sources: int) -> Path:
    """Write an app with so many mail data sources and return its folder."""
    transport = {"type": "smtp", "host": "mail.example.com", "port": 465, "secure": True}
    text = {
        f"mail{number}": {"name": f"mail{number}", "connector": "mail", "transports": [transport]}
        for number in range(sources)
    }
    server = folder / f"app{sources}" / "server"
    server.mkdir(parents=True)
    (server / "datasources.json").write_text(json.dumps(text, indent=2) + "\n")
    (server / "model-config.json").write_text('{"Email": {"dataSource": "mail0"}}\n')
    return server.parent


def opening(window: MainWindow, path: Path) -> float:
    """Return the milliseconds from the files on disk to the painted page."""
    begin = time.perf_counter()
    workspace = Workspace.open(path)
    window.state.set_workspace(workspace, select=first_page(workspace))
    QTest.qWait(0)
    return (time.perf_counter() - begin) * 1000


@dataclass
class Hold:
    """How long the event loop stands still, and how much of that the GUI thread computes itself.

    Both in milliseconds. The first also has what the workers and the machine's other programs take.
    """

    wall: float = 0.0
    own: float = 0.0

    def spin(self, seconds: float) -> None:
        """Run the event loop and keep the longest stretch of one turn."""
        end = time.perf_counter() + seconds
        while (wall := time.perf_counter()) < end:
            own = time.thread_time()
            QApplication.processEvents()
            self.wall = max(self.wall, (time.perf_counter() - wall) * 1000)
            self.own = max(self.own, (time.thread_time() - own) * 1000)
            time.sleep(0.001)

    def press(self, field: QLineEdit, letter: str) -> None:
        """Count what a letter takes at once."""
        wall, own = time.perf_counter(), time.thread_time()
        QTest.keyClicks(field, letter)
        self.wall = max(self.wall, (time.perf_counter() - wall) * 1000)
        self.own = max(self.own, (time.thread_time() - own) * 1000)


def typing(window: MainWindow, pause: float) -> tuple[Hold, Hold]:
    """Type into the field Host; return the medians and the worst of each letter's longest hold."""
    host = window.findChild(QLineEdit, "field-host")
    assert host is not None
    host.setFocus()
    host.clear()
    Hold().spin(2)
    holds = []
    for letter in LETTERS:
        hold = Hold()
        hold.press(host, letter)
        hold.spin(pause)
        holds.append(hold)
    walls, owns = [one.wall for one in holds], [one.own for one in holds]
    middle = Hold(statistics.median(walls), statistics.median(owns))
    return middle, Hold(max(walls), max(owns))


def show_typing(window: MainWindow, name: str) -> None:
    """Print what fast letters cost, and letters after each of which everything is updated."""
    for speed, pause in (("fast", FAST), ("slow", SLOW)):
        middle, worst = typing(window, pause)
        sys.stdout.write(
            f"letters, {speed}, {name:18} median {middle.own:5.1f} ms of the GUI thread, "
            f"{middle.wall:5.1f} ms in all; worst {worst.own:5.1f} and {worst.wall:5.1f} ms\n"
        )


def main() -> None:
    """Measure a small and a large app in turn."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    make_application()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        window = make_window(Settings(Path(folder) / "settings.ini"))
        window.show()
        small, large = (make_app(Path(folder), number) for number in (1, 1000))
        first = opening(window, small)
        opened: dict[Path, list[float]] = {small: [], large: []}
        for _ in range(ROUNDS):
            for path in opened:
                opened[path].append(opening(window, path))
        one, many = (statistics.median(opened[path]) for path in (small, large))
        print(f"first app, to the painted page     {first:7.1f} ms")
        print(f"small app again                    {one:7.1f} ms")
        print(f"app with 1000 data sources         {many:7.1f} ms  ratio {many / one:5.1f}")
        for name, path in (("small app", small), ("1000 data sources", large)):
            opening(window, path)
            for panel in ("view_problems", "view_json", "view_test"):
                window.menu_actions[panel].setChecked(True)
            show_typing(window, name)
        window.state.undo.setClean()
        sys.stdout.flush()
        os._exit(0)  # no worker needs to end properly


if __name__ == "__main__":
    main()
