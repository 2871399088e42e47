"""A child process on a pseudo-terminal, or in the foreground of ours (POSIX)."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import termios
import tty
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Windows has no such terminals, and nothing there imports this; mypy is told so.
assert sys.platform != "win32"

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_SIZE = b"\0" * 8  # struct winsize: rows, columns and two unused


@dataclass(eq=False, slots=True)
class Child:
    """A started command: its descriptors, and the terminal that it shares with us."""

    process: subprocess.Popen[bytes]
    outputs: list[tuple[int, int]]  # what to read, where it goes
    master: int | None = None  # the pseudo-terminal's near side
    keys: int | None = None  # our terminal, when it is read on the command's behalf
    foreground: int | None = None  # our terminal, if the command's group took its foreground
    _settings: list[Any] | None = None
    _stopped: bool = False

    def enter(self) -> None:
        """Hand our terminal over: every key goes to the command unseen."""
        if self.keys is not None:
            with contextlib.suppress(termios.error):
                self._settings = termios.tcgetattr(self.keys)
                tty.setraw(self.keys, termios.TCSADRAIN)

    def leave(self) -> None:
        """Take our terminal back as it was."""
        if self._settings is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._settings)
            self._settings = None
        if self.foreground is not None:
            _take_foreground(self.foreground, os.getpgrp())

    def resize(self) -> None:
        """Give the command's terminal the size of ours."""
        if self.master is not None:
            with contextlib.suppress(OSError):
                fcntl.ioctl(
                    self.master, termios.TIOCSWINSZ, fcntl.ioctl(1, termios.TIOCGWINSZ, _SIZE)
                )

    def send(self, number: int) -> None:
        """Pass a signal on: what ends things to the whole group, as a terminal does, else to it.

        npm passes TERM to its shell alone and would leave the app behind, holding its port.
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number in _ENDING:
                os.killpg(self._group(), number)
            else:
                os.kill(self.process.pid, number)

    def reads_suspend_key(self) -> bool:
        """Tell whether Ctrl-Z is an ordinary key for the command (an editor, say)."""
        if self.master is None:
            return True
        with contextlib.suppress(termios.error):
            return not termios.tcgetattr(self.master)[3] & termios.ISIG
        return True

    def suspend(self) -> None:
        """Stop the command and ourselves, as the shell's Ctrl-Z would; returns when we go on."""
        with contextlib.suppress(OSError):
            os.killpg(self._group(), signal.SIGSTOP)
        self.stop_with_it()

    def stop_with_it(self) -> None:
        """The command has stopped: so do we, with our terminal in order; returns when we go on."""
        self._stopped = True
        self.leave()
        if self.keys is None and self.foreground is None:
            os.kill(os.getpid(), signal.SIGSTOP)
        else:  # the whole job that the shell knows, of which the command's group is no part
            os.killpg(os.getpgrp(), signal.SIGSTOP)
        self.resume()

    def resume(self) -> None:
        """Go on together."""
        if not self._stopped:
            return
        self._stopped = False
        self.enter()
        if self.foreground is not None and os.tcgetpgrp(self.foreground) == os.getpgrp():
            _take_foreground(self.foreground, self.process.pid)
        self.resize()
        with contextlib.suppress(OSError):
            os.killpg(self._group(), signal.SIGCONT)

    def _group(self) -> int:
        """Return the process group that the command has in the foreground of its terminal."""
        if self.master is not None:
            with contextlib.suppress(OSError):
                return os.tcgetpgrp(self.master)
        return self.process.pid


def start_command(program: list[str], cwd: Path, env: Mapping[str, str]) -> Child:
    """Start a command on a pseudo-terminal if our output is a terminal, else with pipes."""
    return (_on_pseudo_terminal if os.isatty(1) else _with_pipes)(program, cwd, env)


def _on_pseudo_terminal(program: list[str], cwd: Path, env: Mapping[str, str]) -> Child:
    keys = 0 if os.isatty(0) else None
    master, slave = os.openpty()
    try:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(slave, termios.TCSANOW, termios.tcgetattr(1))
            fcntl.ioctl(slave, termios.TIOCSWINSZ, fcntl.ioctl(1, termios.TIOCGWINSZ, _SIZE))
        process = subprocess.Popen(
            program,
            cwd=cwd,
            env=env,
            stdin=None if keys is None else slave,
            stdout=slave,
            stderr=slave if os.isatty(2) else subprocess.PIPE,
            start_new_session=True,
            # Its standard output becomes the terminal that controls its session.
            preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),
        )
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    os.set_blocking(master, False)
    outputs = [(master, 1), *_detached(process)]
    return Child(process, outputs, master, keys)


def _with_pipes(program: list[str], cwd: Path, env: Mapping[str, str]) -> Child:
    terminal = None  # our standard input, if it is a terminal whose foreground we have
    with contextlib.suppress(OSError):
        if os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp():
            terminal = 0

    def take_the_foreground() -> None:
        if terminal is not None:
            _take_foreground(terminal, os.getpgrp())

    process = subprocess.Popen(
        program,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
        preexec_fn=take_the_foreground,
    )
    return Child(process, _detached(process), foreground=terminal)


def _take_foreground(terminal: int, group: int) -> None:
    """Put a process group into the foreground; SIGTTOU would stop whoever asks from behind."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    with contextlib.suppress(OSError):
        os.tcsetpgrp(terminal, group)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _detached(process: subprocess.Popen[bytes]) -> list[tuple[int, int]]:
    """Take the pipes' descriptors away from Popen, which would close them on its own terms."""
    found = []
    for pipe, target in ((process.stdout, 1), (process.stderr, 2)):
        if pipe is not None:
            found.append((os.dup(pipe.fileno()), target))
            pipe.close()
    return found
