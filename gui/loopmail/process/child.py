"""Starting and ending a child process; one that answers with one marked line, bounded and cancellable."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from loopmail.core.errors import LoopmailError, SendError
from loopmail.net.cancel import Cancel

# On Windows a command gets no console of its own, and a group, so that our Ctrl-C does not end it.
CREATION_FLAGS: Final = int(
    getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
)
_PRINTED_LIMIT = 64 * 1024
_ANSWER_LIMIT = 1024 * 1024
_TURN = 0.05  # seconds between looks at the clock and the cancel flag


class CommandNotStarted(LoopmailError):
    """A command could not be started; `status` is the exit code a shell would give (126, 127)."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


def start_error(command: Sequence[str], cwd: Path, error: OSError | ValueError) -> LoopmailError:
    """Make the sentence for a command that could not be started."""
    name = command[0] if command else ""
    if not isinstance(error, OSError):
        return CommandNotStarted("The command or a variable holds a NUL character.", 126)
    if not cwd.is_dir():
        return CommandNotStarted(f"The folder {cwd} is not there.", 126)
    if isinstance(error, FileNotFoundError):
        text = f"The command “{name}” was not found. Is it installed and in PATH?"
        return CommandNotStarted(text, 127)
    reason = error.strerror or type(error).__name__
    return CommandNotStarted(f"The command “{name}” could not be started: {reason}.", 126)


def find_program(command: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """Return the command as the system starts it; raise LoopmailError if there is none."""
    if not command:
        raise LoopmailError("No command was given.")
    first, *rest = command
    if sys.platform == "win32":  # npm and nodemon are .cmd files there
        first = shutil.which(first, path=env.get("PATH")) or first
    return [first, *rest]


def start_child(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    stdin: int,
    stderr: int,
) -> subprocess.Popen[bytes]:
    """Start a command as a group that `end_group` ends, its standard output a pipe.

    `environment` is its whole environment. Raise LoopmailError (CommandNotStarted where a shell
    would have an exit code for it).
    """
    program = find_program(command, environment)
    try:
        return subprocess.Popen(
            program,
            cwd=folder,
            env=dict(environment),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            creationflags=CREATION_FLAGS,
        )
    except (OSError, ValueError) as error:
        raise start_error(command, folder, error) from error


def end_group(process: subprocess.Popen[bytes], *, force: bool) -> None:
    """Send TERM (or KILL) to the command and all it started."""
    if sys.platform == "win32":
        from loopmail.process.windows import end_tree

        end_tree(process.pid, force=force)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)


End = Literal["answered", "ended", "timed-out", "cancelled"]


@dataclass(frozen=True, slots=True)
class ChildOutput:
    """The marked line without its marker (None: it never came) and what else was printed."""

    answer: str | None
    printed: str
    end: End
    status: int | None = None


class _Reader(threading.Thread):
    """Reads the child's output to its end, keeping the answer and the beginning of the rest."""

    def __init__(self, stream: IO[bytes], marker: str) -> None:
        super().__init__(daemon=True, name="app output")
        self._stream = stream
        self._marker = marker.encode()
        self._printed = bytearray()
        self.answer: bytes | None = None
        self.done = threading.Event()

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while self.answer is None:
                line = self._stream.readline(_ANSWER_LIMIT)
                if not line:
                    break
                if line.startswith(self._marker):
                    self.answer = line[len(self._marker) :]
                elif len(self._printed) < _PRINTED_LIMIT:
                    self._printed += line
        self.done.set()

    @property
    def printed(self) -> str:
        return self._printed[:_PRINTED_LIMIT].decode("utf-8", "replace").strip()


def _wait(reader: _Reader, timeout: float, cancel: Cancel) -> End:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if cancel.is_set:
            return "cancelled"
        if reader.done.wait(_TURN):
            return "ended" if reader.answer is None else "answered"
    return "timed-out"


def run_child(
    command: list[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    marker: str,
    timeout: float,
    cancel: Cancel,
) -> ChildOutput:
    """Run the command until its marked line, its end, `timeout` seconds or the cancel.

    The process and all it started are killed before this returns. Raises SendError if it cannot
    be started.
    """
    try:
        process = start_child(
            command,
            folder,
            environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except LoopmailError as error:
        raise SendError(str(error)) from error
    assert process.stdin is not None
    assert process.stdout is not None
    reader = _Reader(process.stdout, marker)

    def feed(pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), pipe:
            pipe.write(stdin)

    writer = threading.Thread(target=feed, args=(process.stdin,), daemon=True)
    status = None
    try:
        reader.start()
        writer.start()
        end = _wait(reader, timeout, cancel)
        if end == "ended":
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = process.wait(timeout=2)
    finally:
        end_group(process, force=True)
        process.wait()
        reader.join(timeout=2)
        writer.join(timeout=2)
        process.stdout.close()
    answer = reader.answer if end == "answered" else None
    text = None if answer is None else answer.decode("utf-8", "replace")
    return ChildOutput(text, reader.printed, end, status)
