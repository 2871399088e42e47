"""What a click costs: the calls that five everyday walks through the window make.

For each walk a table says how often a function of loopmail is called, how many different functions
in how many files that are, how many of the calls are hops (from one file of loopmail into another),
and how often a page refreshes itself; first of the GUI thread alone, then of all threads.

A walk ends when no function of loopmail has run for a while, so that what the worker threads do for
it (checks, journal) is counted too. Nothing here depends on where the window keeps its parts: they
are found by the names that a screen reader says. Run it with the Python that has loopmail:

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/count_calls.py
"""

import json
import os
import socketserver
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPushButton, QWidget

import loopmail

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own helpers

# The only names of loopmail's that are used, each with the modules it stands in: today's, and
# version 0.1.0's, so that both can be counted.
_NAMES = {
    "make_application": ("loopmail.app",),
    "MainWindow": ("loopmail.ui.window.main_window", "loopmail.ui.main_window"),
    "Settings": ("loopmail.ui.session.settings", "loopmail.ui.settings"),
    "AppState": ("loopmail.ui.session.state", "loopmail.ui.state"),
    "MemoryStore": ("memory_store", "loopmail.core.secrets"),
}
_HOME = str(Path(loopmail.__file__).parent) + os.sep
# Frames that are no calls to whoever reads the code; later Pythons make none of some of them.
_PART_OF_A_FUNCTION = {"<module>", "<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>"}
_QUIET = 0.7  # seconds without a call that end a walk; longer than any timer of the window's
_LONGEST = 20.0  # seconds, for a walk that does not end


def named(name: str) -> Any:
    """Return a class or function of loopmail's, wherever it stands."""
    for module in _NAMES[name]:
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise LookupError(f"{name} stands in none of {', '.join(_NAMES[name])}")


class Count:
    """Counts calls of loopmail's functions by thread while `watch` runs."""

    def __init__(self) -> None:
        self.calls: dict[bool, Counter[CodeType]] = {True: Counter(), False: Counter()}
        self.hops: Counter[bool] = Counter()
        self.refreshes: Counter[str] = Counter()
        self.last = 0.0
        self._gui = threading.get_ident()

    def watch(self, walk: Callable[[], None]) -> "Count":
        """Count what a walk does, until nothing more happens."""
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            begin = self.last = time.perf_counter()
            walk()
            while time.perf_counter() < min(self.last + _QUIET, begin + _LONGEST):
                QApplication.processEvents()
                time.sleep(0.002)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        return self

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(_HOME):
            return
        if code.co_name in _PART_OF_A_FUNCTION:
            return
        gui = threading.get_ident() == self._gui
        self.last = time.perf_counter()
        self.calls[gui][code] += 1
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(_HOME):
            caller = caller.f_back
        if caller is not None and caller.f_code.co_filename != code.co_filename:
            self.hops[gui] += 1
        if code.co_name == "refresh":
            owner = frame.f_locals.get("self")
            if isinstance(owner, QWidget) and type(owner).__name__.endswith(("Page", "Form")):
                self.refreshes[type(owner).__name__] += 1

    def lines(self, name: str) -> list[str]:
        """Return the table's lines about the walk."""
        both = self.calls[True] + self.calls[False]
        gui, hops = self.calls[True], self.hops[True]
        pages = ", ".join(f"{page} ×{times}" for page, times in sorted(self.refreshes.items()))
        return [
            _line(name, "GUI", gui, hops) + f"  {pages}",
            _line("", "all", both, hops + self.hops[False]),
        ]

    def most(self, number: int) -> list[str]:
        """Return what was called most on the GUI thread."""
        return [
            f"    {times:5}  {code.co_filename.removeprefix(_HOME)} {code.co_qualname}"
            for code, times in self.calls[True].most_common(number)
        ]


def _line(name: str, threads: str, calls: Counter[CodeType], hops: int) -> str:
    files = {code.co_filename for code in calls}
    return f"{name:8} {threads:7} {calls.total():7,} {len(calls):9} {len(files):5} {hops:7,}"


class _Server(socketserver.StreamRequestHandler):
    """A mail server that takes every message."""

    def handle(self) -> None:
        self.wfile.write(b"220 double.example ESMTP\r\n")
        in_data = False
        for line in self.rfile:
            word = line[:4].upper().strip()
            if in_data:
                in_data = line != b".\r\n"
                answer = b"" if in_data else b"250 2.0.0 Taken\r\n"
            elif word == b"EHLO":
                answer = b"250-double.example\r\n250 AUTH PLAIN\r\n"
            elif word == b"AUTH":
                answer = b"235 2.7.0 Welcome\r\n"
            elif word == b"DATA":
                in_data, answer = True, b"354 Go on\r\n"
            else:
                answer = b"221 2.0.0 Bye\r\n" if word == b"QUIT" else b"250 2.0.0 Fine\r\n"
            self.wfile.write(answer)
            if word == b"QUIT" and not in_data:
                return


def make_app(folder: Path, port: int) -> Path:
    """Write an app of two mail data sources and two environments, one password in plain text."""
    shop = {
        "type": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "secure": False,
        "auth": {"user": "shop@example.com", "pass": "correct horse"},
    }
    news = {"type": "smtp", "host": "smtp.example.com", "port": 465, "secure": True}
    files: dict[str, object] = {
        "datasources.json": {
            "emailDs": {"name": "emailDs", "connector": "mail", "transports": [shop]},
            "newsDs": {"name": "newsDs", "connector": "mail", "transports": [news]},
        },
        "datasources.production.json": {
            "newsDs": {"transports": [{"host": "relay.example.com"}]},
        },
        "model-config.json": {"Email": {"dataSource": "emailDs"}},
    }
    server = folder / "shop" / "server"
    server.mkdir(parents=True)
    (server.parent / "package.json").write_text('{"name": "shop"}\n')
    for name, value in files.items():
        (server / name).write_text(json.dumps(value, indent=2) + "\n")
    return server.parent


def editor(window: QMainWindow, name: str) -> QLineEdit:
    """Return the field a screen reader calls so."""
    return next(
        one
        for one in window.findChildren(QLineEdit)
        if one.accessibleName() == name and one.isVisible()
    )


def click(begin: str) -> None:
    """Click the button whose words begin so, in whichever window it stands."""
    button = next(
        one
        for window in QApplication.topLevelWidgets()
        for one in window.findChildren(QPushButton)
        if one.isVisible() and one.isEnabled() and one.text().startswith(begin)
    )
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def act(window: QMainWindow, name: str) -> None:
    """Choose a menu's entry."""
    found = window.findChildren(QAction)
    next(one for one in found if one.text().replace("&", "") == name).trigger()


def drop(window: QMainWindow, path: Path) -> None:
    """Drop a folder on the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    no_keys = Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, no_keys))


def type_letter(window: QMainWindow) -> None:
    """Type a letter at the end of the field Host."""
    field = editor(window, "Host")
    field.end(False)
    QTest.keyClicks(field, "x")


def main() -> None:
    """Walk the five walks in a window of their own and print the table.

    An argument N adds the N functions that each walk calls most on the GUI thread.
    """
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = named("make_application")()
    with (
        tempfile.TemporaryDirectory() as folder,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Server) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["XDG_STATE_HOME"] = folder
        path = make_app(Path(folder), server.server_address[1])
        state = named("AppState")(named("MemoryStore")())
        window = named("MainWindow")(state, named("Settings")(Path(folder) / "settings.ini"))
        window.show()
        application.processEvents()
        walks: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "open": (lambda: None, lambda: drop(window, path)),
            "letter": (lambda: None, lambda: type_letter(window)),
            "send": (lambda: act(window, "Undo"), lambda: click("Send Test Message")),
            "adopt": (
                lambda: act(window, "Move Passwords to Keyring…"),
                lambda: click("Move 1 to Keyring"),
            ),
            "save": (lambda: click("Close"), lambda: act(window, "Save")),
        }
        print("walk     threads   calls functions files    hops  page refreshes")
        for name, (before, walk) in walks.items():
            Count().watch(before)
            count = Count().watch(walk)
            print("\n".join(count.lines(name) + count.most(most)), flush=True)
        server.shutdown()
        sys.stdout.flush()
        os._exit(0)  # no worker needs to end properly


if __name__ == "__main__":
    main()
