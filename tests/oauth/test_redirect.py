"""Whoever calls at the redirect's port cannot hold the sign-in up, nor end it with a traceback."""

import contextlib
import socket
import struct
import threading
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from loopmail.net.cancel import Cancel, Cancelled
from loopmail.oauth.endpoint import TokenRefused
from loopmail.oauth.redirect import MOST_CONNECTIONS, RedirectListener


class Serving:
    """A listener at work in a thread; `end` is how it ended, None if an answer was taken."""

    def __init__(self, seconds: float = 60) -> None:
        self.listener = RedirectListener()
        self.cancel = Cancel()
        self.end: Exception | None = None
        self.queries: list[str] = []
        self.on_take: Callable[[], None] = lambda: None
        self._seconds = seconds
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        try:
            self.listener.serve(self._take, self.cancel, self._seconds)
        except (TokenRefused, Cancelled) as error:
            self.end = error

    def _take(self, query: str) -> bool:
        self.queries.append(query)
        self.on_take()
        return query == "state=ours"

    def call(self, data: bytes = b"") -> socket.socket:
        """Connect and say something."""
        sock = socket.create_connection(("127.0.0.1", urlsplit(self.listener.address).port or 0))
        sock.sendall(data)
        return sock

    def ended(self) -> Exception | None:
        """Wait for the end, however it came."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.end

    def browser(self) -> bytes:
        """Bring the answer that is waited for."""
        with urllib.request.urlopen(f"{self.listener.address}?state=ours", timeout=30) as page:
            found: bytes = page.read()
        return found


@pytest.fixture
def serving() -> Iterator[Serving]:
    found = Serving()
    yield found
    found.cancel.cancel()
    found.ended()


def test_silent_and_half_said_requests_do_not_keep_the_browser_waiting(serving: Serving) -> None:
    with contextlib.ExitStack() as stack:
        for data in (b"", b"GET /?state=ou", b"GET", b"\r\n"):
            stack.enter_context(serving.call(data))
        assert b"close this window" in serving.browser()
    assert serving.ended() is None


@pytest.mark.parametrize("data", [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"POST /?state=ours HTTP/1.1\r\n\r\n",
    b"GET /favicon.ico?state=ours HTTP/1.1\r\n\r\n",
    b"GET //[x/?state=ours HTTP/1.1\r\n\r\n",
    b"GET /?state=ours",
    b"\xff\xfe \0 \x80\r\n\r\n",
    b"x" * 100_000,
])  # fmt: skip
def test_what_is_no_answer_of_the_provider_is_not_taken(data: bytes, serving: Serving) -> None:
    with serving.call() as sock, contextlib.suppress(OSError):  # it may hang up in the midst
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1000)[:12] in (b"", b"HTTP/1.1 404")
    assert "state=ours" not in serving.queries
    serving.browser()
    assert serving.ended() is None


def test_a_browser_that_hangs_up_has_brought_its_answer_all_the_same(
    capfd: pytest.CaptureFixture[str],
) -> None:
    serving = Serving()
    sock = serving.call()
    # Closed with a reset while the answer is looked at, so that the page meets a broken pipe.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    serving.on_take = sock.close
    sock.sendall(b"GET /?state=ours HTTP/1.1\r\nHost: x\r\n\r\n")
    assert serving.ended() is None
    assert serving.queries == ["state=ours"]
    assert capfd.readouterr() == ("", "")


def drip(serving: Serving, after: threading.Event) -> None:
    """Say a request byte by byte until the connection is gone."""
    with serving.call() as sock, contextlib.suppress(OSError):
        while True:
            sock.sendall(b"x")
            after.set()
            after.wait(0.01)


def test_stop_works_while_somebody_drips() -> None:
    serving, begun = Serving(), threading.Event()
    dripping = threading.Thread(target=drip, args=(serving, begun))
    dripping.start()
    assert begun.wait(30)
    serving.cancel.cancel()
    assert isinstance(serving.ended(), Cancelled)
    dripping.join(30)


def test_the_deadline_holds_while_somebody_drips() -> None:
    serving = Serving(seconds=0.5)
    dripping = threading.Thread(target=drip, args=(serving, threading.Event()))
    dripping.start()
    assert str(serving.ended()) == "Nobody signed in in the browser in time."
    dripping.join(30)


def test_a_flood_of_connections_ends_it_with_a_sentence(serving: Serving) -> None:
    with contextlib.suppress(OSError):
        for _ in range(MOST_CONNECTIONS + 1):
            serving.call().close()
    assert str(serving.ended()) == "Too many programs call where only the browser should."


def test_a_stopped_listener_does_not_begin() -> None:
    listener, cancel = RedirectListener(), Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        listener.serve(lambda _query: True, cancel, 60)
    port = urlsplit(listener.address).port or 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
