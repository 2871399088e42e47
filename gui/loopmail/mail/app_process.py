"""A child process that answers with one marked line: bounded in time and output, cancellable."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from loopmail.core.errors import SendError
from loopmail.mail.cancel import Cancel
from loopmail.mail.runner import end_group, new_group

_PRINTED_LIMIT = 64 * 1024
_ANSWER_LIMIT = 1024 * 1024
_TURN = 0.05  # seconds between looks at the clock and the cancel flag


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
    process = _start(command, folder, environment)
    assert process.stdin is not None
    assert process.stdout is not None
    reader = _Reader(process.stdout, marker)
    writer = threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True)
    try:
        reader.start()
        writer.start()
        end = _wait(reader, timeout, cancel)
        status = _status(process) if end == "ended" else None
    finally:
        end_group(process, force=True)
        process.wait()
        reader.join(timeout=2)
        writer.join(timeout=2)
        process.stdout.close()
    answer = reader.answer if end == "answered" else None
    text = None if answer is None else answer.decode("utf-8", "replace")
    return ChildOutput(text, reader.printed, end, status)


def _start(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **new_group(),
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SendError(f"{command[0]} cannot be started in {folder}: {reason}.") from None


def _feed(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
    with contextlib.suppress(OSError, ValueError):
        stream.close()


def _status(process: subprocess.Popen[bytes]) -> int | None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=2)
    return None
