"""Starting, reading and ending commands on Windows: what differs from POSIX.

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
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Final

from loopmail.core.secrets.output import StreamMasker

# Without a console of its own; a group, so that our Ctrl-C does not end it. Zero on POSIX.
CREATION_FLAGS: Final = int(
    getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
)
_CHUNK: Final = 65536
_WAITING: Final = 16  # chunks that are read ahead
_TASKKILL_TIME: Final = 10.0  # seconds


def full_path(program: str, env: Mapping[str, str]) -> str:
    """Return a program with its folder and ending: npm and nodemon are .cmd files."""
    return shutil.which(program, path=env.get("PATH")) or program


def threaded_reader(stream: IO[bytes]) -> Callable[[float], bytes | None]:
    """Read in a thread of its own, as Windows cannot wait for a pipe; as `child.open_reader`."""
    chunks: queue.Queue[bytes] = queue.Queue(_WAITING)

    def fill() -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), _CHUNK):
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
    """Ask a command and all it started to end, or (`force`) end them; never raises."""
    # By its full path: Windows would look into the current folder first.
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32")
    arguments = [str(system / "taskkill.exe"), "/T", "/PID", str(pid), *(["/F"] if force else [])]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(arguments, capture_output=True, check=False, timeout=_TASKKILL_TIME)


def run_in_our_place(
    program: list[str],
    cwd: Path,
    env: Mapping[str, str],
    maskers: tuple[StreamMasker, StreamMasker],
) -> int:
    """Run a command as `passthrough.run_in_our_place` does; return its exit status; raise OSError.

    Ctrl-C reaches the command by the console, so we sit it out.
    """
    from loopmail.process.runner import start_pumps, write_all

    process = subprocess.Popen(
        program, cwd=cwd, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    gone: set[int] = set()

    def write(target: int, data: bytes) -> None:
        """Write, until nobody reads our output any more: the command ends then."""
        if target not in gone:
            try:
                write_all(target, data)
            except OSError:
                gone.add(target)
                end_tree(process.pid, force=True)

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return start_pumps(process, maskers, (partial(write, 1), partial(write, 2)))()
    finally:
        signal.signal(signal.SIGINT, before)
