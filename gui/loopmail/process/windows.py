"""Starting, reading and ending commands on Windows: what POSIX does otherwise.

Unproven: nobody has run this on Windows yet. The tests run it on POSIX, so threads, masking and
exit status are proven, and `taskkill` is a double there. Not proven are the creation flags, what
the real `taskkill` ends, and that a console's Ctrl-C reaches the command.
"""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from loopmail.core.secrets.output import StreamMasker
from loopmail.process.runner import CHUNK, exit_status, pump

# Without a console of its own; a group, so that our Ctrl-C does not end it.
CREATION_FLAGS: Final = int(
    getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
)
_WAITING: Final = 16  # chunks that are read ahead
_TASKKILL_TIME: Final = 10.0  # seconds


def find_program(command: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """Return the command with its first word's full path: npm and nodemon are .cmd files."""
    return [shutil.which(command[0], path=env.get("PATH")) or command[0], *command[1:]]


def threaded_reader(stream: IO[bytes]) -> Callable[[float], bytes | None]:
    """Read in a thread of its own, as Windows cannot wait for a pipe; as `runner.open_reader`."""
    chunks: queue.Queue[bytes] = queue.Queue(_WAITING)

    def fill() -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), CHUNK):
                chunks.put(data)
        chunks.put(b"")

    threading.Thread(target=fill, name="loopmail-run-read", daemon=True).start()

    def read(timeout: float) -> bytes | None:
        try:
            return chunks.get(timeout=timeout)
        except queue.Empty:
            return None

    return read


def end_tree(pid: int, *, force: bool) -> None:
    """Ask a command and all it started to end, or end them; never raises."""
    arguments = ["taskkill", "/T", "/PID", str(pid), *(["/F"] if force else [])]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(arguments, capture_output=True, check=False, timeout=_TASKKILL_TIME)


def run_in_our_place(
    program: list[str],
    cwd: Path,
    env: Mapping[str, str],
    maskers: tuple[StreamMasker, StreamMasker],
    writer: Callable[[int], Callable[[bytes], None]],
) -> int:
    """Run a command as `passthrough.run_in_our_place` does; return its exit status; raise OSError.

    Ctrl-C reaches the command by the console, so we sit it out. `writer` makes a function that
    writes to a descriptor.
    """
    process = subprocess.Popen(
        program, cwd=cwd, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    linger = threading.Event()
    threads = []
    for number, pipe in enumerate((process.stdout, process.stderr)):
        assert pipe is not None
        write = _ending(process.pid, writer(number + 1))
        arguments = (pipe, maskers[number], write, linger)
        threads.append(threading.Thread(target=pump, args=arguments, name="loopmail-run-pump"))
    for thread in threads:
        thread.start()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    linger.set()
    for thread in threads:
        thread.join()
    return exit_status(status)


def _ending(pid: int, write: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Return `write` for output that somebody may stop to read: the command ends then."""
    gone = threading.Event()

    def write_or_end(data: bytes) -> None:
        if gone.is_set():
            return
        try:
            write(data)
        except OSError:
            gone.set()
            end_tree(pid, force=True)

    return write_or_end
