"""The listener on the loopback interface that the browser is sent to with the provider's answer.

RFC 8252, section 7.3. Whoever else connects can hold nothing up: all connections are read at once
and none is waited for, each has little time and little room, and the whole ends at its deadline or
on Stop, whatever arrives.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from loopmail.net.cancel import Cancel
from loopmail.oauth.endpoint import TokenRefused

MOST_CONNECTIONS = 50  # a browser opens some that it never uses, and asks for an icon
_AT_ONCE = 10  # the oldest makes room for the next
_PATIENCE = 5.0  # seconds for a request
_ROOM = 16 * 1024  # bytes of a request; a browser's has some hundred
_CHUNK = 4096
_PAGE = (
    "<!doctype html><meta charset=utf-8><title>loopmail</title>"
    "<p style='font:1.2em sans-serif;margin:3em'>{text}</p>"
)


@dataclass(slots=True)
class _Caller:
    """A connection and what came over it."""

    sock: socket.socket
    until: float
    data: bytes = b""


class RedirectListener:
    """Listens on a free port of 127.0.0.1; `serve` once, then it is closed."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self._callers: list[_Caller] = []
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}/"

    def serve(self, take: Callable[[str], bool], cancel: Cancel, seconds: float) -> None:
        """Answer requests until `take` accepts the query of one; raise TokenRefused or Cancelled."""
        end = time.monotonic() + seconds
        # A cancel shuts this pair down, which wakes the selector.
        ear, bell = socket.socketpair()
        with ear, bell, selectors.DefaultSelector() as selector:
            try:
                cancel.watch(bell)
                selector.register(ear, selectors.EVENT_READ)
                selector.register(self._server, selectors.EVENT_READ)
                self._serve(take, cancel, end, selector)
            finally:
                cancel.forget(bell)
                self.close()

    def close(self) -> None:
        """Close the port and all connections."""
        for caller in self._callers:
            caller.sock.close()
        self._callers.clear()
        self._server.close()

    def _serve(
        self,
        take: Callable[[str], bool],
        cancel: Cancel,
        end: float,
        selector: selectors.BaseSelector,
    ) -> None:
        calls = 0
        while calls <= MOST_CONNECTIONS:
            now = time.monotonic()
            if now >= end:
                raise TokenRefused("Nobody signed in in the browser in time.")
            for caller in [one for one in self._callers if one.until <= now]:
                self._drop(caller, selector)
            soonest = min((one.until for one in self._callers), default=end)
            ready = selector.select(max(0.0, min(end, soonest) - now))
            cancel.check()
            for key, _events in ready:
                if key.fileobj is self._server:
                    calls += self._accept(selector)
                elif isinstance(key.data, _Caller) and self._read(key.data):
                    reply = _answer(key.data.data, take)
                    self._drop(key.data, selector, reply)
                    if reply is HTTPStatus.OK:
                        return
        raise TokenRefused("Too many programs call where only the browser should.")

    def _accept(self, selector: selectors.BaseSelector) -> int:
        """Take one connection; return how many that were."""
        try:
            sock, _ = self._server.accept()
        except OSError:  # gone again
            return 0
        sock.setblocking(False)
        if len(self._callers) == _AT_ONCE:
            self._drop(self._callers[0], selector)
        caller = _Caller(sock, time.monotonic() + _PATIENCE)
        self._callers.append(caller)
        selector.register(sock, selectors.EVENT_READ, caller)
        return 1

    def _read(self, caller: _Caller) -> bool:
        """Read what is there; tell whether the request, or the connection, is complete."""
        try:
            data = caller.sock.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        caller.data += data
        return not data or b"\r\n\r\n" in caller.data or len(caller.data) > _ROOM

    def _drop(
        self, caller: _Caller, selector: selectors.BaseSelector, reply: HTTPStatus | None = None
    ) -> None:
        """Close a connection, with a page if there is a reply; nobody has to read it."""
        if caller not in self._callers:
            return
        self._callers.remove(caller)
        selector.unregister(caller.sock)
        with caller.sock, contextlib.suppress(OSError):
            if reply is not None:
                caller.sock.send(_page(reply))
                caller.sock.shutdown(socket.SHUT_WR)


def _answer(data: bytes, take: Callable[[str], bool]) -> HTTPStatus | None:
    """Return the reply to a request, OK if it was taken; None if it is none."""
    words = data.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or b"\r\n\r\n" not in data:
        return None
    try:
        parts = urlsplit(words[1])
        fits = words[0] == "GET" and parts.path == "/" and take(parts.query)
    except ValueError:  # brackets that are no address, too many fields
        fits = False
    return HTTPStatus.OK if fits else HTTPStatus.NOT_FOUND


def _page(status: HTTPStatus) -> bytes:
    good = status is HTTPStatus.OK
    text = "You can close this window and go back to loopmail." if good else "Nothing here."
    body = _PAGE.format(text=text).encode()
    head = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Referrer-Policy: no-referrer",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
