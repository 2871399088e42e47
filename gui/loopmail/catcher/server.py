"""The built-in mail catcher: an SMTP server of aiosmtpd on the loopback interface."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from loopmail.catcher.received import CaughtMessage, take_apart
from loopmail.core.errors import SendError

HOST = "127.0.0.1"
MAX_MESSAGES = 1000
MAX_MESSAGE_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 256 * 1024 * 1024
MAX_CONNECTIONS = 100

_log = logging.getLogger(__name__)

# aiosmtpd logs the dialogue, and tracebacks when a client misbehaves: neither is for the terminal.
logging.getLogger("mail.log").propagate = False
logging.getLogger("mail.log").addHandler(logging.NullHandler())


class _Refusal(asyncio.Protocol):
    """Refuses a connection beyond the limit, with reply 421."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.7.0 Too many connections\r\n")
        transport.close()


class _Server(Controller):
    """A controller that lets the kernel choose the port and counts its connections."""

    connections: frozenset[SMTP] = frozenset()

    def factory(self) -> Any:
        """Make the protocol of a new connection."""
        # without those that were open once and have lost their transport
        self.connections = frozenset(
            one for one in self.connections if one.transport is not None or one.session is None
        )
        if len(self.connections) >= MAX_CONNECTIONS:
            return _Refusal()
        protocol = super().factory()  # type: ignore[no-untyped-call]
        self.connections |= {protocol}
        return protocol

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class MailCatcher:
    """An SMTP server on the loopback interface that keeps what it gets (aiosmtpd, own thread).

    `port` 0 takes any free one. Any user name and password is accepted; the password is
    dropped. `on_message` is called on the catcher's thread.
    """

    host = HOST

    def __init__(
        self, port: int = 0, on_message: Callable[[CaughtMessage], None] | None = None
    ) -> None:
        self._wanted = port
        self._on_message = on_message
        self._server: _Server | None = None
        self._messages: deque[CaughtMessage] = deque(maxlen=MAX_MESSAGES)
        self._bytes = 0
        self._count = 0
        self._arrived = threading.Condition()

    def __enter__(self) -> "MailCatcher":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port if self._server is not None else self._wanted

    def start(self) -> None:
        """Listen; raise SendError if the port cannot be opened. A second call does nothing."""
        if self._server is not None:
            return
        server = _Server(
            self,
            hostname=HOST,
            port=self._wanted,
            server_hostname="localhost",
            ident="loopmail mail catcher",
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=_welcome,
        )
        try:
            if self._wanted:
                # aiosmtpd would take five seconds to notice that a port is taken.
                socket.create_server((HOST, self._wanted)).close()
            server.start()
        except (OSError, OverflowError, TimeoutError) as error:
            # what a controller that could not start leaves behind
            if server._thread is not None:
                server._thread.join(5)
            if not server.loop.is_running():
                server.loop.close()
            reason = getattr(error, "strerror", None) or str(error)
            raise SendError(
                f"The mail catcher cannot listen on port {self._wanted} of {HOST}: {reason}. "
                "Choose another port, or 0 for any free one."
            ) from error
        self._server = server

    def stop(self) -> None:
        """Stop listening, drop open connections and end the thread."""
        server, self._server = self._server, None
        if server is not None:
            self._wanted = server.port if self._wanted else 0
            _drop_connections(server)
            server.stop()

    def messages(self) -> list[CaughtMessage]:
        """What has arrived, oldest first (at most the last 1000, or 256 MiB)."""
        with self._arrived:
            return list(self._messages)

    def clear(self) -> None:
        """Forget all messages."""
        with self._arrived:
            self._messages.clear()
            self._bytes = 0

    def remove(self, numbers: Collection[int]) -> list[CaughtMessage]:
        """Forget the messages with these numbers; return them, for `put_back`."""
        with self._arrived:
            gone = [one for one in self._messages if one.number in numbers]
            self._replace([one for one in self._messages if one.number not in numbers])
        return gone

    def put_back(self, messages: Sequence[CaughtMessage]) -> None:
        """Keep removed messages again, where they stood."""
        with self._arrived:
            there = {one.number: one for one in (*self._messages, *messages)}
            self._replace([there[number] for number in sorted(there)])

    def _replace(self, messages: Sequence[CaughtMessage]) -> None:
        self._messages.clear()
        self._messages.extend(messages)
        self._bytes = sum(len(one.raw) for one in self._messages)

    def wait_for(self, count: int, timeout: float) -> list[CaughtMessage]:
        """Wait at most `timeout` seconds for `count` messages in all; return those kept."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._count >= count, timeout)
            return list(self._messages)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a message (called by aiosmtpd)."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        user = session.auth_data if isinstance(session.auth_data, str) else None
        with self._arrived:
            self._count += 1
            number = self._count
        sender, recipients = envelope.mail_from or "", envelope.rcpt_tos
        message = take_apart(number, raw, sender, recipients, user)
        with self._arrived:
            if len(self._messages) == MAX_MESSAGES:
                self._bytes -= len(self._messages.popleft().raw)
            self._messages.append(message)
            self._bytes += len(raw)
            while self._bytes > MAX_TOTAL_BYTES and len(self._messages) > 1:
                self._bytes -= len(self._messages.popleft().raw)
            self._arrived.notify_all()
        if self._on_message is not None:
            try:
                self._on_message(message)
            except Exception:  # noqa: BLE001 - a listener must not cost the sender its reply
                _log.exception("showing a caught message failed")
        return f"250 2.0.0 Caught as message {number}"


def _welcome(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
) -> AuthResult:
    """Accept any sign-in; keep only the user name."""
    login = data.login if isinstance(data, LoginPassword) else b""
    return AuthResult(success=True, auth_data=login.decode("utf-8", "replace"))


def _drop_connections(server: _Server) -> None:
    """Close open connections on the server's own thread and wait until that is done."""
    done = threading.Event()

    def close() -> None:
        for protocol in server.connections:
            if isinstance(protocol.transport, asyncio.Transport):
                protocol.transport.abort()
        done.set()

    with contextlib.suppress(RuntimeError):  # the loop has ended by itself
        server.loop.call_soon_threadsafe(close)
        done.wait(5)
