"""Programs that a test starts and that must not outlive it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# What a background job, cron or nohup may have made a program ignore.
_PASSED_DOWN = ("INT", "QUIT", "HUP", "TERM", "USR1", "USR2", "TSTP")


def give_children_default_signals() -> None:
    """Start children with default signals, though this process was started with some ignored.

    A child inherits what is ignored, and a shell then cannot even trap it. A caught signal is reset
    by exec: catching it and doing nothing leaves this process as it was.
    """
    for name in _PASSED_DOWN:
        number = getattr(signal, f"SIG{name}", None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)


@contextlib.contextmanager
def started(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: int | None = None,
    stderr: int | None = None,
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program in a session of its own, its output as text; at the end nothing of it is left.

    Popen's own `with` waits for the end of a program that a failed test has not ended.
    """
    process = subprocess.Popen(
        command,
        env=env,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            for other in _session(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(other, signal.SIGKILL)


def _session(leader: int) -> list[int]:
    """Return what the program has started and left behind (where /proc tells)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getsid(int(folder.name)) == leader:
                found.append(int(folder.name))
    return found
