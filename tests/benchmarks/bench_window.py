"""The window at work: opening an app to the shown page, and the GUI thread's time for a letter.

Prints medians in milliseconds, the ratio of a large app to a small one measured in the same run,
and what a letter costs against the 16 ms of a screen's frame.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from loopmail.app import make_application, make_window
from loopmail.core.workspace import Workspace
from loopmail.ui.main_window import MainWindow
from loopmail.ui.opener import first_page
from loopmail.ui.settings import Settings

LETTERS = "smtp.example.com"
FRAME_MS = 1000 / 60
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


def typing(window: MainWindow) -> float:
    """Return the median milliseconds of the GUI thread for one letter in the field Host."""
    host = window.findChild(QLineEdit, "field-host")
    assert host is not None
    host.setFocus()
    host.clear()
    QTest.qWait(600)
    costs = []
    for letter in LETTERS:
        begin = time.perf_counter()
        QTest.keyClicks(host, letter)
        window.repaint()
        costs.append((time.perf_counter() - begin) * 1000)
        QTest.qWait(30)
    return statistics.median(costs)


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
            cost = typing(window)
            print(f"a letter, {name:24} {cost:7.1f} ms  frames {cost / FRAME_MS:4.2f}")
        window.state.undo.setClean()
        sys.stdout.flush()
        os._exit(0)  # no worker needs to end properly


if __name__ == "__main__":
    main()
