"""Stopping a test from another thread."""

import contextlib
import socket
import threading


class Cancelled(Exception):
    """The test was stopped by the user."""


class Cancel:
    """A flag that also wakes a blocked socket: `cancel()` may be called from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    @property
    def is_set(self) -> bool:
        """Whether the user asked to stop."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask to stop and shut the registered sockets down."""
        self._event.set()
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def watch(self, sock: socket.socket) -> None:
        """Shut this socket down on cancel; raise Cancelled if that was already asked."""
        with self._lock:
            self._sockets.add(sock)
        self.check()

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket."""
        with self._lock:
            self._sockets.discard(sock)

    def check(self) -> None:
        """Raise Cancelled if stopping was asked."""
        if self._event.is_set():
            raise Cancelled
