"""Starting, reading and ending a child process; what differs on Windows stands in `windows.py`."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from loopmail.core.errors import LoopmailError
from loopmail.process.core_dumps import dumps_as_before
from loopmail.process.windows import CREATION_FLAGS, end_tree, full_path, threaded_reader

CHUNK = 65536


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
    if sys.platform == "win32":
        first = full_path(first, env)
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
        with dumps_as_before():
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
    """Ask the command and all it started to end, or (`force`) end them; never raises."""
    if sys.platform == "win32":
        end_tree(process.pid, force=force)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)


def open_reader(stream: IO[bytes]) -> Callable[[float], bytes | None]:
    """Return a function that reads what is there: empty at the end, None after so many seconds."""
    if sys.platform == "win32":
        return threaded_reader(stream)

    def read(timeout: float) -> bytes | None:
        ready, _, _ = select.select([stream], [], [], timeout)
        return os.read(stream.fileno(), CHUNK) if ready else None

    return read
