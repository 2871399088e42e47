"""A socket that never blocks for longer than asked and that a Cancel can interrupt at once."""

import contextlib
import errno
import selectors
import socket
import ssl
import time

from loopmail.net.cancel import Cancel, Cancelled
from loopmail.net.node_errors import errno_name

_CHUNK = 65536
_IN_PROGRESS = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, 10035}
RETRY = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)
Addresses = list[tuple[int, str]]  # address family and address


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


def event_after(error: Exception, otherwise: int) -> int:
    """Return what to wait for after one of `RETRY`; TLS may have to read in order to write."""
    if isinstance(error, ssl.SSLWantReadError):
        return selectors.EVENT_READ
    return selectors.EVENT_WRITE if isinstance(error, ssl.SSLWantWriteError) else otherwise


def _sendable(name: str | None) -> str | None:
    """Return the server name if Python's ssl module takes it; Node sends any bytes."""
    try:
        return name if name and name.encode("idna") and "\0" not in name else None
    except UnicodeError:
        return None


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
        self,
        addresses: Addresses,
        port: int,
        deadline: float,
        local: str | None = None,
        settle_ms: float = 0,
    ) -> None:
        """Connect to the first of the addresses that takes us.

        A connection that is reset within `settle_ms` of being made counts as refused. Raise
        OSError with Node's message, Expired or Cancelled.
        """
        refused = OSError(errno.EADDRNOTAVAIL, "no address")
        for family, address in addresses:
            self._cancel.check()
            call, place = "connect", f"{address}:{port}"
            try:
                sock = self._fresh_socket(family)
                if local:
                    call, place = "bind", local
                    sock.bind((local, 0))
                    call, place = "connect", f"{address}:{port}"
                error = sock.connect_ex((address, port))
                if error in _IN_PROGRESS:
                    self.wait(sock, selectors.EVENT_WRITE, deadline)
                    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error or (settle_ms and self._is_reset(settle_ms)):
                    raise OSError(error or errno.ECONNRESET, "connect")
            except socket.gaierror:  # an address of the other family
                refused = OSError(errno.EINVAL, f"{call} EINVAL {place}")
            except OSError as failed:
                refused = OSError(failed.errno, f"{call} {errno_name(failed)} {place}")
            else:
                return
        raise refused

    def _fresh_socket(self, family: int) -> socket.socket:
        if self._sock is not None:
            self._sock.close()
        self._sock = sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        return sock

    def _is_reset(self, milliseconds: float) -> bool:
        assert self._sock is not None
        try:
            self.wait(self._sock, selectors.EVENT_READ, deadline_in(milliseconds))
            self._sock.recv(1, socket.MSG_PEEK)
        except ConnectionResetError:
            return True
        except (Expired, OSError):
            pass
        return False

    def handshake(
        self, context: ssl.SSLContext, servername: str | None, deadline: float
    ) -> ssl.SSLSocket:
        """Start TLS; raise ssl.SSLError, OSError, PeerClosed, Expired or Cancelled."""
        assert self._sock is not None
        self._sock = secure = context.wrap_socket(
            self._sock,
            server_hostname=_sendable(servername),
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
        while True:
            try:
                secure.do_handshake()
            except RETRY as error:
                self.wait(secure, event_after(error, selectors.EVENT_READ), deadline)
            except ssl.SSLError as error:
                _raise_end(error)
                raise
            else:
                return secure

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
            except RETRY as error:
                self.wait(self._sock, event_after(error, selectors.EVENT_READ), deadline)
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
            except RETRY as error:
                event = event_after(error, selectors.EVENT_WRITE)
                self.wait(self._sock, event, deadline_in(idle_ms))
                continue
            view = view[sent:]

    def receive_now(self, milliseconds: float) -> bytes:
        """Return what arrives within this short time, nothing if nothing does."""
        try:
            return self.receive(deadline_in(milliseconds))
        except (Expired, PeerClosed, OSError):
            return b""

    def wait(self, sock: socket.socket, event: int, deadline: float) -> None:
        """Wait for the event of a socket, ours or another; raise Expired or Cancelled."""
        with selectors.DefaultSelector() as selector:
            selector.register(sock, event)
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
