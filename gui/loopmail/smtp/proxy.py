"""The `proxy` option: an HTTP or HTTPS proxy asked with CONNECT, as Nodemailer's client does.

Source: nodemailer 2.7.2, lib/http-proxy.js; 4.7.0 and 6.10.1, lib/smtp-connection/http-proxy-client.js.
"""

import base64
import contextlib
import re
import selectors
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.nodemailer import Rules, TransportPlan
from loopmail.core.nodemailer.conversions import to_string
from loopmail.net.node_errors import (
    CLOSED_EARLY,
    connect_text,
    errno_name,
    lookup_text,
    read_text,
    tls_text,
)
from loopmail.net.wire import Expired, PeerClosed, Wire, deadline_in
from loopmail.smtp.errors import SmtpFailure
from loopmail.smtp.recorder import Recorder
from loopmail.smtp.resolver import in_background, literal

# --- TLS inside TLS -------------------------------------------------------------------
# The decrypted side of one TLS connection as a socket of its own, so that another can run in it.

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


# --- Asking the proxy with CONNECT ----------------------------------------------------
# The host and port of the settings go to the proxy as they are written, before any default: a missing
# port is asked for as `undefined`. An https proxy's certificate is never looked at. Only Nodemailer 6
# gives up on a proxy that is silent, after half a minute without a byte; the others wait for ever, and
# all do when the proxy closes the connection instead of answering.

_IDLE = 30_000.0  # ms, httpProxyClient.timeout
_MOST = 64 * 1024  # bytes of headers; Nodemailer has no limit
_STATUS = re.compile(rb"HTTP/\d+\.\d+ (\d+)", re.IGNORECASE)
_PORT = re.compile(r":(\d+)\Z", re.ASCII)
NEVER = "The app would wait for ever: Nodemailer does not notice that the proxy "
SOCKS = "loopmail cannot test through a SOCKS proxy; the app itself can: send through it."
LOST = "What the proxy sent right behind its answer is lost, as it is in Nodemailer."


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is and how to sign in there."""

    secure: bool
    host: str
    port: int
    credentials: str | None = field(default=None, repr=False)  # user:password


def find_proxy(plan: TransportPlan, rules: Rules, *, verifying: bool) -> Proxy | None:
    """Return the proxy a plan's connection goes through; LoopBack 2's verify() goes past it.

    Raise SmtpFailure for a SOCKS proxy, which only Nodemailer 2 has built in.
    """
    url = plan.options.get("proxy", UNDEFINED)
    if not isinstance(url, str) or not url or (verifying and rules.line == 2):
        return None
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https"):
        raise SmtpFailure(SOCKS, None)  # where Nodemailer knows no SOCKS, the plan has a fault
    user_info, _, place = parts.netloc.rpartition("@")
    port = _PORT.search(place)
    number = int(port[1]) if port else 0
    host = _PORT.sub("", place).strip("[]").lower() or "localhost"
    secure = parts.scheme == "https"
    return Proxy(secure, host, number or (443 if secure else 80), unquote(user_info) or None)


def connect_request(proxy: Proxy, options: Mapping[str, Json]) -> str:
    """Return what is sent to the proxy."""
    host = to_string(options.get("host", UNDEFINED))
    target = f"{host}:{to_string(options.get('port', UNDEFINED))}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "Connection: close"]
    if proxy.credentials is not None:
        token = base64.b64encode(proxy.credentials.encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {token}")
    return "\r\n".join(lines) + "\r\n\r\n"


class Tunnel:
    """Opens the way through a proxy on a wire; `open` once."""

    def __init__(self, wire: Wire, proxy: Proxy, rules: Rules, recorder: Recorder) -> None:
        self._wire = wire
        self._proxy = proxy
        self._rules = rules
        self._recorder = recorder

    def open(self, plan: TransportPlan, limit: float) -> None:
        """Connect and ask; `limit` (ms) shortens every wait. Raise SmtpFailure or Cancelled.

        Where Nodemailer would wait for ever, the plan's time-out for connections is taken.
        """
        own = _IDLE if self._rules.line == 6 else plan.timeouts.connection
        self._patience = min(own, limit)
        self._recorder.enter("connect")
        try:
            self._connect()
            request = connect_request(self._proxy, plan.options)
            self._recorder.client(request.split("\r\n")[0])
            self._wire.send(request.encode(), self._patience)
            self._judge(self._headers())
        except Expired:
            if self._rules.line == 6:
                raise SmtpFailure("Proxy socket timed out", "ETIMEDOUT") from None
            self._never("says nothing.")
        except PeerClosed:
            self._never("has closed the connection.")
        except OSError as error:
            raise SmtpFailure(read_text(error), errno_name(error)) from error

    def _never(self, what: str) -> None:
        self._recorder.notes.append(NEVER + what)
        raise SmtpFailure(f"The proxy {what}", None) from None

    def _connect(self) -> None:
        addresses = self._addresses()
        for number, (family, address) in enumerate(addresses):
            place = (address, self._proxy.port)
            try:
                self._wire.connect(family, place, deadline_in(self._patience), None)
            except OSError as error:
                if number + 1 == len(addresses):
                    text = connect_text(error, *place)
                    raise SmtpFailure(text, errno_name(error)) from error
            else:
                break
        if self._proxy.secure:
            self._secure()

    def _addresses(self) -> list[tuple[int, str]]:
        host = self._proxy.host
        found = literal(host)
        if found:
            return found

        def look_up() -> list[tuple[int, str]]:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            return list(dict.fromkeys((int(entry[0]), str(entry[4][0])) for entry in entries))

        try:
            return in_background(self._wire, deadline_in(self._patience), look_up)
        except (OSError, UnicodeError) as error:
            text = lookup_text(error, host)
            raise SmtpFailure(text, text.split()[1]) from error

    def _secure(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            secure = self._wire.handshake(context, None, deadline_in(self._patience))
        except ssl.SSLError as error:
            raise SmtpFailure(*tls_text(error)) from error
        except PeerClosed:
            raise SmtpFailure(CLOSED_EARLY, "ECONNRESET") from None
        self._wire.replace(decrypted(secure))

    def _headers(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._wire.receive(deadline_in(self._patience))
            if len(data) > _MOST:
                raise SmtpFailure("The proxy sends without end", "EPROTOCOL")
        headers, _, rest = data.partition(b"\r\n\r\n")
        if rest:
            # Nobody listens when Node hands it out again, so Nodemailer never sees it.
            self._recorder.notes.append(LOST)
        return headers

    def _judge(self, headers: bytes) -> None:
        first = headers.split(b"\r\n")[0].decode("latin-1")
        self._recorder.server(first)
        status = _STATUS.match(headers)
        if status is None or not status[1].startswith(b"2"):
            told = f": {status[1].decode()}" if status else ""
            raise SmtpFailure(f"Invalid response from proxy{told}", None)
