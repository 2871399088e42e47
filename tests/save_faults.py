"""Faults in the middle of a save: the n-th call to the system fails, or kills the process."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loopmail.core.disk import saving as atomic_save
from loopmail.core.disk import saving as rename

# Everything a save asks of the system that can fail and matters.
CALLS = ("open", "write", "fsync", "fchmod", "fchown", "link", "replace", "rename", "close")
TEMPORARY = "*.loopmail-*"

Fault = Callable[[str], None]


def raising(number: int) -> Fault:
    """Return a fault that raises this errno."""

    def fail(name: str) -> None:
        raise OSError(number, os.strerror(number), name)

    return fail


def killing(name: str) -> None:
    """End the process as a power cut would."""
    del name
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def fault_at(n: int, fault: Fault) -> Iterator[list[str]]:
    """Let the n-th call (from 1) have the fault; gives the names of the calls so far."""
    calls: list[str] = []

    def wrap(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            if len(calls) == n:
                if name == "close":
                    real(*args, **kwargs)  # close(2) frees the handle even when it fails
                fault(name)
            return real(*args, **kwargs)

        undo.append((owner, name, real))
        setattr(owner, name, wrapped)

    undo: list[tuple[Any, str, Any]] = []
    for name in CALLS:
        wrap(os, name)
    wrap(rename, "_call")
    wrap(atomic_save, "sync_folder")
    try:
        yield calls
    finally:
        for owner, name, real in undo:
            setattr(owner, name, real)


def left_over(folder: Path) -> list[str]:
    """Return the names of temporary files in a folder."""
    return sorted(path.name for path in folder.glob(TEMPORARY))
