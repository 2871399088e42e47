"""The clear side of a TLS connection as a socket of its own, so that TLS can run inside it."""

import contextlib
import selectors
import socket
import ssl
import threading

_CHUNK = 16384
_WAIT = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


def decrypted(secure: ssl.SSLSocket) -> socket.socket:
    """Return a socket whose other end a thread joins to `secure`; closing it closes both."""
    ours, theirs = socket.socketpair()
    secure.setblocking(False)
    theirs.setblocking(False)
    pump = threading.Thread(target=_pump, args=(secure, theirs), name="loopmail-proxy", daemon=True)
    pump.start()
    return ours


def _pump(secure: ssl.SSLSocket, plain: socket.socket) -> None:
    with secure, plain, selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        selector.register(secure, selectors.EVENT_READ)
        selector.register(plain, selectors.EVENT_READ)
        while _move(secure, plain) and _move(plain, secure):
            selector.select()


def _move(source: socket.socket, target: socket.socket) -> bool:
    """Move all that is there; tell whether the source is still open."""
    while True:
        try:
            data = source.recv(_CHUNK)
        except _WAIT:
            return True
        if not data:
            return False
        _send_all(target, data)


def _send_all(target: socket.socket, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[target.send(view) :]
        except _WAIT as error:
            with selectors.DefaultSelector() as selector:
                reading = isinstance(error, ssl.SSLWantReadError)
                event = selectors.EVENT_READ if reading else selectors.EVENT_WRITE
                selector.register(target, event)
                selector.select()
