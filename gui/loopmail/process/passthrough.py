"""Runs a command as if the user had started it, except that its output is masked.

Standard output that is a terminal becomes a pseudo-terminal for the command, so that it keeps
its colours, line editing and window size; its session is its own, and keys go to it unseen.
Otherwise its output comes through pipes, and the command's process group takes our place in the
terminal's foreground, so that Ctrl-C and Ctrl-Z reach it once, from the terminal. One thread,
one loop: signals arrive through a wake-up pipe.

What was ignored when loopmail was started (by nohup, cron or a shell's background) the command
inherits as ignored, as if it had been started itself: a signal passed on does nothing to it.
"""

import contextlib
import errno
import os
import selectors
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from loopmail.core.secrets.output import StreamMasker
from loopmail.process import windows
from loopmail.process.child import CHUNK, find_program, start_error
from loopmail.process.core_dumps import dumps_as_before
from loopmail.process.runner import DRAIN, PAUSE, exit_status, write_all

if TYPE_CHECKING:
    from loopmail.process.terminal import Child


def run_in_our_place(
    command: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    secrets: Iterable[str] = (),
    users: Iterable[str] = (),
) -> int:
    """Run a command to its end and return its exit status (128 + n for signal n).

    Raise LoopmailError if it cannot be started. `env` is its whole environment.
    """
    program = find_program(command, env)
    maskers = StreamMasker(secrets, users), StreamMasker(secrets, users)
    sys.stdout.flush()
    try:
        if sys.platform == "win32":
            return windows.run_in_our_place(program, cwd, env, maskers)
        from loopmail.process.terminal import start_command

        with dumps_as_before():
            child = start_command(program, cwd, env)
    except (OSError, ValueError) as error:
        raise start_error(command, cwd, error) from error
    return _Loop(child, maskers).run()


class _Loop:
    """Copies, forwards signals, follows the child's stops, until it has ended."""

    def __init__(self, child: "Child", maskers: tuple[StreamMasker, StreamMasker]) -> None:
        self._child = child
        self._selector = selectors.DefaultSelector()
        self._outputs = {
            source: (target, masker)
            for (source, target), masker in zip(child.outputs, maskers, strict=False)
        }
        self._signals: list[int] = []
        self._status: int | None = None
        self._pending = b""  # keys on their way to the child

    def run(self) -> int:
        wake, signalled = os.pipe()
        os.set_blocking(signalled, False)
        os.set_blocking(wake, False)
        names = ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "WINCH", "TSTP", "CONT", "CHLD")
        handled = [getattr(signal, f"SIG{name}") for name in names]
        before = {number: signal.signal(number, self._note) for number in handled}
        before_wake = signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        self._selector.register(wake, selectors.EVENT_READ)
        for source in self._outputs:
            self._selector.register(source, selectors.EVENT_READ)
        if self._child.keys is not None:
            self._selector.register(self._child.keys, selectors.EVENT_READ)
        try:
            self._child.enter()
            self._note(signal.SIGCHLD)  # it may have ended before we listened
            self._until_the_end(wake)
        finally:
            self._child.leave()
            signal.set_wakeup_fd(before_wake)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            for descriptor in (wake, signalled, *self._outputs):
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        assert self._status is not None
        return exit_status(self._status)

    def _note(self, number: int, _frame: FrameType | None = None) -> None:
        self._signals.append(number)

    def _until_the_end(self, wake: int) -> None:
        deadline: float | None = None
        while deadline is None or (self._outputs and time.monotonic() < deadline):
            ended = self._status is not None
            holding = any(masker.holding for _, masker in self._outputs.values())
            timeout = PAUSE if holding or ended else None
            events = [] if self._signals else self._selector.select(timeout)
            for key, _mask in events:
                descriptor = int(key.fd)
                if descriptor == wake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake, CHUNK)
                elif descriptor in self._outputs:
                    self._copy(descriptor)
                elif descriptor == self._child.keys:
                    self._type()
                if descriptor == self._child.master:
                    self._send_keys()
            if not events and timeout is not None:
                for target, masker in self._outputs.values():
                    self._write(target, masker.pause())
            while self._signals:
                self._handle(self._signals.pop(0))
            if deadline is None and self._status is not None:
                deadline = time.monotonic() + DRAIN
        for target, masker in self._outputs.values():
            self._write(target, masker.finish())

    def _handle(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._follow()
        elif number == signal.SIGWINCH and self._child.master is not None:
            self._child.resize()
        elif number == signal.SIGTSTP:
            self._child.suspend()
        elif number == signal.SIGCONT:
            self._child.resume()
        elif self._status is None:
            self._child.send(number)

    def _follow(self) -> None:
        """See what became of the child: ended, or stopped (then we stop too, as one job)."""
        if self._status is not None:
            return
        pid, status = os.waitpid(self._child.process.pid, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return
        if os.WIFSTOPPED(status):
            self._child.stop_with_it()
            return
        self._status = os.waitstatus_to_exitcode(status)
        self._child.process.returncode = self._status  # already waited for

    def _copy(self, source: int) -> None:
        target, masker = self._outputs[source]
        try:
            data = os.read(source, CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:  # how Linux signals that a terminal's other side is closed
                raise
            data = b""
        shown = masker.feed(data) if data else masker.finish()
        if not self._write(target, shown) or not data:
            self._forget(source)

    def _forget(self, source: int) -> None:
        """Close an output; if nobody reads ours any more, the child learns it from its pipe."""
        self._selector.unregister(source)
        del self._outputs[source]
        if source == self._child.master:
            self._child.master = None
            if self._child.keys is not None:
                self._selector.unregister(self._child.keys)
                self._child.keys = None
        os.close(source)

    def _write(self, target: int, data: bytes) -> bool:
        try:
            write_all(target, data)
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EIO, errno.EBADF):
                raise
            return False
        return True

    def _type(self) -> None:
        """Take keys; Ctrl-Z stops us both, unless the command reads it as a key itself."""
        assert self._child.keys is not None
        data = os.read(self._child.keys, CHUNK)
        if not data:
            self._selector.unregister(self._child.keys)
            self._child.keys = None
            data = b"\x04"
        before, suspended, after = data.partition(b"\x1a")
        if suspended and not self._child.reads_suspend_key():
            self._pending += before
            self._send_keys()
            self._child.suspend()
            data = after
        self._pending += data
        self._send_keys()

    def _send_keys(self) -> None:
        """Write as much as the child's terminal takes; the rest waits until it is read."""
        master = self._child.master
        if master is None:
            return
        with contextlib.suppress(BlockingIOError, OSError):
            while self._pending:
                self._pending = self._pending[os.write(master, self._pending) :]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._pending else 0)
        self._selector.modify(master, wanted)
