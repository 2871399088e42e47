"""Runs the app (or any command) as a process group, its output masked; no terminal involved.

`loopmail run` in a terminal goes through `loopmail.process.passthrough` instead.
"""

import codecs
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from loopmail.core.errors import LoopmailError
from loopmail.core.secrets.output import StreamMasker
from loopmail.process.child import end_group, open_reader, start_child

Stream = Literal["stdout", "stderr"]

PAUSE = 0.1  # seconds without output after which a harmless held-back tail is shown
STOP_GRACE = 5.0  # seconds between TERM and KILL
DRAIN = 0.5  # seconds in all for output of grandchildren once the command has ended


def exit_status(returncode: int) -> int:
    """Return the shell's exit status: 128 + n for a command ended by signal n."""
    return 128 - returncode if returncode < 0 else returncode


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, also to a descriptor that does not block."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            with selectors.DefaultSelector() as selector:
                selector.register(descriptor, selectors.EVENT_WRITE)
                selector.select()


def pump(
    stream: IO[bytes], masker: StreamMasker, write: Callable[[bytes], None], linger: threading.Event
) -> None:
    """Copy a pipe to `write`, masked, until its end; or, once `linger` is set, for DRAIN at most."""
    read = open_reader(stream)
    deadline: float | None = None
    while deadline is None or time.monotonic() < deadline:
        if deadline is None and linger.is_set():
            deadline = time.monotonic() + DRAIN
        timeout = PAUSE if masker.holding or linger.is_set() else DRAIN
        data = read(timeout)
        if data is None:
            write(masker.pause())
            continue
        if not data:
            break
        write(masker.feed(data))
    write(masker.finish())
    stream.close()


def start_pumps(
    process: subprocess.Popen[bytes],
    maskers: Iterable[StreamMasker],
    writes: Iterable[Callable[[bytes], None]],
) -> Callable[[], int]:
    """Copy a command's two pipes, masked, on threads; return what waits for the end of it all.

    That returns the exit status.
    """
    linger = threading.Event()
    pumps = [
        threading.Thread(target=pump, args=(*one, linger), name="loopmail-run-pump", daemon=True)
        for one in zip((process.stdout, process.stderr), maskers, writes, strict=True)
    ]
    for thread in pumps:
        thread.start()

    def wait() -> int:
        status = exit_status(process.wait())
        linger.set()
        for thread in pumps:
            thread.join()
        return status

    return wait


class AppRunner:
    """One command at a time, in its own process group.

    `on_output` and `on_exit` are called on the runner's threads.
    """

    def __init__(
        self,
        on_output: Callable[[Stream, str], None],
        on_exit: Callable[[int], None] = lambda _status: None,
    ) -> None:
        self._on_output = on_output
        self._on_exit = on_exit
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ended.set()

    @property
    def running(self) -> bool:
        """Whether the command still runs or its last output is still on the way."""
        return not self._ended.is_set()

    def start(
        self,
        command: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        secrets: Collection[str] = (),
        users: Collection[str] = (),
    ) -> None:
        """Start a command; raise LoopmailError if it cannot be, or one still runs.

        `env` is the child's whole environment. `secrets` are masked in what it prints.
        """
        with self._lock:
            if self.running:
                raise LoopmailError("The app is running already.")
            self._process = start_child(
                command, cwd, env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            self._ended.clear()
            wait = start_pumps(
                self._process,
                (StreamMasker(secrets, users), StreamMasker(secrets, users)),
                (self._writer("stdout"), self._writer("stderr")),
            )

        def end() -> None:
            status = wait()
            self._ended.set()
            self._on_exit(status)

        threading.Thread(target=end, name="loopmail-run-wait", daemon=True).start()

    def _writer(self, stream: Stream) -> Callable[[bytes], None]:
        """Return what shows bytes as text, also where a character is split over two reads."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def write(data: bytes) -> None:
            text = decoder.decode(data)
            if text:
                self._on_output(stream, text)

        return write

    def stop(self, grace: float = STOP_GRACE) -> None:
        """Ask the whole process group to end, and after `grace` seconds end it; blocks until then.

        Never call it on the GUI thread.
        """
        process = self._process
        if process is None or not self.running:
            return
        end_group(process, force=False)
        if not self._ended.wait(grace):
            end_group(process, force=True)
        self._ended.wait(grace)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end; return the exit status, or None on a time-out (seconds)."""
        if not self._ended.wait(timeout) or self._process is None:
            return None
        return exit_status(self._process.wait())
