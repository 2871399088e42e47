"""One run of the app from the window: its variables, the process, its output and end."""

from __future__ import annotations

import os
import re
import shlex
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.core.loopback.placeholders import user_names
from loopmail.core.secrets.resolution import Resolution, resolve
from loopmail.core.secrets.store import service_name
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job

if TYPE_CHECKING:
    from loopmail.process.runner import AppRunner


# --- The app's output -----------------------------------------------------------------

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LINE_LIMIT = 4000  # characters; longer lines are broken
WAITING_LIMIT = 100_000  # characters that wait to be shown; of more, the oldest are dropped
PORTION = 1000  # lines that are shown at once; more would keep the window from answering


class OutputBuffer:
    """Takes text from the runner's threads and gives it to the GUI thread in portions."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._size = 0
        self._dropped = False
        self._lock = threading.Lock()
        self._column = 0

    def put(self, text: str) -> None:
        """Add text (any thread)."""
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
            while self._size > WAITING_LIMIT and len(self._parts) > 1:
                self._size -= len(self._parts.popleft())
                self._dropped = True

    def take(self) -> str:
        """Return what has come since, ready to be shown (GUI thread)."""
        with self._lock:
            text, dropped = "".join(self._parts), self._dropped
            self._parts.clear()
            self._size, self._dropped = 0, False
        shown = self._broken(plain(text))
        if shown.count("\n") > PORTION:
            shown, dropped = "\n".join(shown.split("\n")[-PORTION:]), True
        return f"\n… some output was too fast to show …\n{shown}" if dropped else shown

    def _broken(self, text: str) -> str:
        """Break lines that never end."""
        lines = []
        for at, line in enumerate(text.split("\n")):
            start = self._column if at == 0 else 0
            pieces = []
            while start + len(line) > LINE_LIMIT:
                room = max(LINE_LIMIT - start, 0)
                pieces.append(line[:room])
                line, start = line[room:], 0
            pieces.append(line)
            lines.append("\n".join(pieces))
            self._column = start + len(line)
        return "\n".join(lines)


def plain(text: str) -> str:
    """Return terminal output without colours; other control characters become `·`.

    A sequence that is split over two portions stays visible in part.
    """
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("·", text)


# --- One run --------------------------------------------------------------------------

_CLOSE_GRACE = 1.5  # seconds that the app gets to end by itself when the window closes


def split_command(text: str) -> list[str]:
    """Return the words of a command as a shell would; raise LoopmailError.

    On Windows a backslash is part of a path, and only double quotation marks join words.
    """
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    if sys.platform == "win32":
        lexer.escape, lexer.quotes = "", '"'
    try:
        words = list(lexer)
    except ValueError:
        raise LoopmailError("A quotation mark in the command is not closed.") from None
    if not words:
        raise LoopmailError("Type a command, such as: node .")
    return words


class RunSession(QObject):
    """Starts and stops the app. Before the start, `ready` carries the resolved placeholders."""

    ready = Signal(object)  # Resolution
    started = Signal()
    ended = Signal(int, float)  # exit status, seconds
    failed = Signal(str)
    _exited = Signal(int)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._runner: AppRunner | None = None
        self._begun = 0.0
        self.root: Path | None = None
        self.output = OutputBuffer()
        self._exited.connect(self._end)
        state.closing.connect(self.end_now)

    @property
    def running(self) -> bool:
        """Whether the app runs."""
        return self._runner is not None and self._runner.running

    def prepare(self) -> None:
        """Resolve the app's placeholders in a worker; `ready` or `failed` follows."""
        state = self._state
        if state.workspace is None:
            return
        snapshot, env, secrets = state.snapshot(), state.env, state.secrets()
        workspace = state.workspace

        def done(resolution: Resolution) -> None:
            # Otherwise another app would be started with the passwords of this one.
            if state.workspace is workspace:
                self.ready.emit(resolution)

        def fail(error: LoopmailError) -> None:
            if state.workspace is workspace:
                self.failed.emit(str(error))

        job = Job(lambda: resolve(snapshot, env, secrets))
        job.done.connect(done)
        job.failed.connect(fail)
        job.start()

    def keep(self, values: Mapping[str, str]) -> None:
        """Take these values for the variables; the next save keeps them in the keyring."""
        service = service_name(self._state.app_name)
        text = self.tr("Set {0}").format(", ".join(values))
        entries = {(service, variable): value for variable, value in values.items()}
        self._state.push(text, [], entries=entries)

    def start(self, command: str, resolution: Resolution) -> None:
        """Start the command with the variables of `resolution`; `started` or `failed` follows."""
        from loopmail.process.runner import AppRunner

        workspace = self._state.workspace
        if workspace is None or self.running:
            return
        self.root = workspace.app.root
        runner = AppRunner(self._take, self._exited.emit)
        try:
            runner.start(
                split_command(command),
                self.root,
                resolution.child_environment(os.environ),
                resolution.secrets,
                user_names(self._state.snapshot()),
            )
        except LoopmailError as error:
            self.failed.emit(str(error))
            return
        self._runner = runner
        self._begun = time.monotonic()
        self.started.emit()

    def stop(self) -> None:
        """Ask the app to end, in a worker; after some seconds it is ended."""
        runner = self._runner
        if runner is not None and runner.running:
            Job(runner.stop).start()

    def end_now(self) -> None:
        """The window closes: the app must not outlive it."""
        if self._runner is not None:
            self._runner.stop(_CLOSE_GRACE)

    def _take(self, _stream: str, text: str) -> None:
        self.output.put(text)

    def _end(self, status: int) -> None:
        self.ended.emit(status, time.monotonic() - self._begun)
