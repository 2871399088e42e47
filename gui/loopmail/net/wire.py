"""A socket that never blocks for longer than asked and that a Cancel can interrupt at once."""

import contextlib
import errno
import selectors
import socket
import ssl
import time

from loopmail.net.cancel import Cancel, Cancelled

_CHUNK = 65536
_IN_PROGRESS = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, 10035}
_RETRY = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class PeerClosed(Exception):
    """The other side closed the connection."""


class Expired(Exception):
    """A time-out ran out."""


def deadline_in(milliseconds: float) -> float:
    """Return the moment, on the monotonic clock, that lies this far ahead."""
    return time.monotonic() + milliseconds / 1000


def _raise_end(error: ssl.SSLError) -> None:
    """Raise PeerClosed or ConnectionResetError if the error means the connection's end.

    The ssl module reports both as one; Python 3.11.2 calls the first the end of TLS.
    """
    closed = isinstance(error, ssl.SSLZeroReturnError)
    if closed or error.reason == "UNEXPECTED_EOF_WHILE_READING":
        raise PeerClosed from error
    if isinstance(error, ssl.SSLEOFError):
        raise ConnectionResetError(errno.ECONNRESET, "reset") from error


class Wire:
    """One connection; every wait ends on data, a deadline (Expired) or a stop (Cancelled)."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        # A cancel shuts this pair down, which wakes the selector whatever the socket is doing.
        self._ear, self._bell = socket.socketpair()
        self._sock: socket.socket | None = None
        try:
            cancel.watch(self._bell)
        except Cancelled:
            self.close()
            raise

    def connect(
        self, family: int, address: tuple[str | int, ...], deadline: float, local: str | None
    ) -> None:
        """Connect; raise OSError, Expired or Cancelled."""
        self._cancel.check()
        sock = socket.socket(family, socket.SOCK_STREAM)
        self._sock = sock
        sock.setblocking(False)
        if local:
            sock.bind((local, 0))
        error = sock.connect_ex(address)
        if error in _IN_PROGRESS:
            self._wait(selectors.EVENT_WRITE, deadline)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "connect")

    def handshake(
        self, context: ssl.SSLContext, servername: str | None, deadline: float
    ) -> ssl.SSLSocket:
        """Start TLS; raise ssl.SSLError, OSError, PeerClosed, Expired or Cancelled."""
        assert self._sock is not None
        plain = self._sock
        secure = context.wrap_socket(
            plain,
            server_hostname=servername,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
        self._sock = secure
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                self._wait(selectors.EVENT_READ, deadline)
            except ssl.SSLWantWriteError:
                self._wait(selectors.EVENT_WRITE, deadline)
            except ssl.SSLError as error:
                _raise_end(error)
                raise
            else:
                return secure

    def begin_handshake(self, context: ssl.SSLContext, servername: str | None) -> None:
        """Send the first message of a TLS handshake and leave it at that."""
        with contextlib.suppress(Expired, PeerClosed, OSError):
            self.handshake(context, servername, deadline_in(0))

    def replace(self, sock: socket.socket) -> None:
        """Go on with another socket that stands for this connection."""
        sock.setblocking(False)
        self._sock = sock

    @property
    def secure(self) -> ssl.SSLSocket | None:
        """The TLS socket, once TLS was started."""
        return self._sock if isinstance(self._sock, ssl.SSLSocket) else None

    def receive(self, deadline: float) -> bytes:
        """Return what has arrived; raise PeerClosed at the end, OSError, Expired, Cancelled."""
        assert self._sock is not None
        while True:
            self._cancel.check()
            try:
                data = self._sock.recv(_CHUNK)
            except _RETRY as error:
                writing = isinstance(error, ssl.SSLWantWriteError)
                self._wait(selectors.EVENT_WRITE if writing else selectors.EVENT_READ, deadline)
                continue
            except ssl.SSLError as error:
                _raise_end(error)
                raise
            if not data:
                raise PeerClosed
            return data

    def send(self, data: bytes, idle_ms: float) -> None:
        """Send everything; `idle_ms` is the longest time without any progress."""
        assert self._sock is not None
        view = memoryview(data)
        while view:
            self._cancel.check()
            try:
                sent = self._sock.send(view[:_CHUNK])
            except _RETRY as error:
                reading = isinstance(error, ssl.SSLWantReadError)
                event = selectors.EVENT_READ if reading else selectors.EVENT_WRITE
                self._wait(event, deadline_in(idle_ms))
                continue
            view = view[sent:]

    def receive_now(self, milliseconds: float) -> bytes:
        """Return what arrives within this short time, nothing if nothing does."""
        try:
            return self.receive(deadline_in(milliseconds))
        except (Expired, PeerClosed, OSError):
            return b""

    def is_reset(self, milliseconds: float) -> bool:
        """Tell whether the connection is reset within this short time of being made."""
        assert self._sock is not None
        with contextlib.suppress(Expired):
            self._wait(selectors.EVENT_READ, deadline_in(milliseconds))
            try:
                self._sock.recv(1, socket.MSG_PEEK)
            except ConnectionResetError:
                return True
            except OSError:
                return False
        return False

    def _wait(self, event: int, deadline: float) -> None:
        assert self._sock is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, event)
            selector.register(self._ear, selectors.EVENT_READ)
            ready = selector.select(max(0.0, deadline - time.monotonic()))
        self._cancel.check()
        if not ready:
            raise Expired

    def wait_for(self, other: socket.socket, deadline: float) -> None:
        """Wait until another socket is readable; raise Expired or Cancelled."""
        with selectors.DefaultSelector() as selector:
            selector.register(other, selectors.EVENT_READ)
            selector.register(self._ear, selectors.EVENT_READ)
            ready = selector.select(max(0.0, deadline - time.monotonic()))
        self._cancel.check()
        if not ready:
            raise Expired

    def close(self) -> None:
        """Close everything; may be called twice."""
        self._cancel.forget(self._bell)
        for sock in (self._sock, self._ear, self._bell):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.close()


__all__ = ["Cancelled", "Expired", "PeerClosed", "Wire", "deadline_in"]
