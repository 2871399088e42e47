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
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from loopmail.core.js import UNDEFINED
from loopmail.core.nodemailer import Rules, TransportPlan
from loopmail.core.nodemailer.conversions import to_string
from loopmail.net.node_errors import (
    CLOSED_EARLY,
    errno_name,
    lookup_text,
    read_text,
    tls_text,
)
from loopmail.net.wire import RETRY, Expired, PeerClosed, Wire, deadline_in, event_after
from loopmail.smtp.errors import AppCrash, NotTestable, SmtpFailure, TooMuch
from loopmail.smtp.recorder import Recorder
from loopmail.smtp.resolver import in_background, literal, system_addresses

# --- TLS inside TLS -------------------------------------------------------------------
# The decrypted side of one TLS connection as a socket of its own, so that another can run in it.

_CHUNK = 16384


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
        except RETRY:
            return True
        if not data:
            return False
        view = memoryview(data)
        while view:
            try:
                view = view[target.send(view) :]
            except RETRY as error:
                with selectors.DefaultSelector() as selector:
                    selector.register(target, event_after(error, selectors.EVENT_WRITE))
                    selector.select()


# --- Asking the proxy with CONNECT ----------------------------------------------------
# The host and port of the settings go to the proxy as they are written, before any default: a missing
# port is asked for as `undefined`. An https proxy's certificate is never looked at. Only Nodemailer 6
# gives up on a proxy that is silent, after half a minute without a byte; the others wait for ever, and
# all do when the proxy closes the connection instead of answering.

_IDLE = 30_000.0  # ms, httpProxyClient.timeout
_LONGEST = 120_000.0  # ms for an answer that comes byte by byte
_MOST = 64 * 1024  # bytes of headers; Nodemailer has no limit
_STATUS = re.compile(rb"HTTP/\d+\.\d+ (\d+)", re.IGNORECASE)
_PORT = re.compile(r":(\d+)\Z", re.ASCII)
NEVER = "The app would wait for ever: Nodemailer does not notice that the proxy "
SOCKS = "It goes through a SOCKS proxy, which loopmail does not speak."
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

    Raise NotTestable for a SOCKS proxy, which only Nodemailer 2 has built in, and AppCrash.
    """
    url = plan.options.get("proxy", UNDEFINED)
    if not isinstance(url, str) or not url or (verifying and rules.line == 2):
        return None
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https"):
        raise NotTestable(SOCKS, None)  # where Nodemailer knows no SOCKS, the plan has a fault
    user_info, _, place = parts.netloc.rpartition("@")
    port = _PORT.search(place)
    number = int(port[1]) if port else 0
    if number > 65535:
        # net.connect throws, and nothing around it catches
        text = f"Port should be >= 0 and < 65536. Received type number ({number})."
        raise AppCrash(text, "ERR_SOCKET_BAD_PORT")
    host = _PORT.sub("", place).strip("[]").lower() or "localhost"
    secure = parts.scheme == "https"
    return Proxy(secure, host, number or (443 if secure else 80), unquote(user_info) or None)


def open_tunnel(
    wire: Wire, proxy: Proxy, plan: TransportPlan, rules: Rules, recorder: Recorder, limit: float
) -> None:
    """Ask a proxy for the way to the server; raise SmtpFailure or Cancelled.

    All together takes `limit` (ms) at most. Where Nodemailer would wait for ever, the plan's time-out
    for connections is taken for a proxy that is silent, two minutes for an answer without end.
    """
    patience = min(_IDLE if rules.line == 6 else plan.timeouts.connection, limit)
    end = deadline_in(min(max(_LONGEST, plan.timeouts.connection), limit))
    recorder.enter("connect")
    try:
        _connect(wire, proxy, min(deadline_in(patience), end))
        target = ":".join(to_string(plan.options.get(key, UNDEFINED)) for key in ("host", "port"))
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "Connection: close"]
        if proxy.credentials is not None:
            token = base64.b64encode(proxy.credentials.encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {token}")
        recorder.client(lines[0])
        wire.send("\r\n".join([*lines, "", ""]).encode(), patience)
        _take_answer(wire, recorder, patience, end)
    except TooMuch:
        recorder.notes.append(NEVER + "comes to no end.")
        raise SmtpFailure("The proxy's answer comes to no end.", None) from None
    except (Expired, PeerClosed) as ending:
        if isinstance(ending, Expired) and rules.line == 6:
            raise SmtpFailure("Proxy socket timed out", "ETIMEDOUT") from None
        what = "says nothing." if isinstance(ending, Expired) else "has closed the connection."
        recorder.notes.append(NEVER + what)
        raise SmtpFailure(f"The proxy {what}", None) from None
    except OSError as error:
        raise SmtpFailure(read_text(error), errno_name(error)) from error


def _connect(wire: Wire, proxy: Proxy, end: float) -> None:
    host = proxy.host
    try:
        addresses = literal(host) or in_background(wire, end, lambda: system_addresses(host))
    except (OSError, UnicodeError) as error:
        text = lookup_text(error, host)
        raise SmtpFailure(text, text.split()[1]) from error
    try:
        wire.connect(addresses, proxy.port, end)
    except OSError as error:
        raise SmtpFailure(str(error.strerror), errno_name(error)) from error
    if not proxy.secure:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        secure = wire.handshake(context, None, end)
    except ssl.SSLError as error:
        raise SmtpFailure(*tls_text(error)) from error
    except PeerClosed:
        raise SmtpFailure(CLOSED_EARLY, "ECONNRESET") from None
    wire.replace(decrypted(secure))


def _take_answer(wire: Wire, recorder: Recorder, patience: float, end: float) -> None:
    """Read the proxy's answer; raise TooMuch if it drips until the end of all time."""
    data = b""
    while b"\r\n\r\n" not in data:
        idle = deadline_in(patience)
        try:
            data += wire.receive(min(idle, end))
        except Expired:
            if data and end < idle:
                raise TooMuch from None
            raise
        if len(data) > _MOST:
            raise SmtpFailure("The proxy sends without end", "EPROTOCOL")
    headers, _, rest = data.partition(b"\r\n\r\n")
    if rest:
        # Nobody listens when Node hands it out again, so Nodemailer never sees it.
        recorder.notes.append(LOST)
    recorder.server(headers.split(b"\r\n")[0].decode("latin-1"))
    status = _STATUS.match(headers)
    if status is None or not status[1].startswith(b"2"):
        told = f": {status[1].decode()}" if status else ""
        raise SmtpFailure(f"Invalid response from proxy{told}", None)
