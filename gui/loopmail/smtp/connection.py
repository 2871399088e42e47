"""The connection under the dialogue: connecting, TLS, replies, and how Nodemailer words its ends.

Source: connect(), _onError(), _onClose(), _onTimeout() and _upgradeConnection() of smtp-connection
2.12.0, lib/smtp-connection.js (Nodemailer 2.7.2), and of nodemailer 4.7.0 and 6.10.1,
lib/smtp-connection/index.js.
"""

import contextlib
import math
import ssl
import time

from loopmail.core.js import truthy
from loopmail.core.nodemailer import Fault, Rules, Timeouts, TransportPlan
from loopmail.core.nodemailer.conversions import to_number, to_string
from loopmail.core.nodemailer.faults import tls_faults
from loopmail.net.cancel import Cancel
from loopmail.net.certificates import TlsFacts
from loopmail.net.node_errors import CLOSED_EARLY, connect_text, read_text, tls_text
from loopmail.net.tls import BadTlsOptions, CertificateRefused, TlsJudge, make_context
from loopmail.net.wire import Expired, PeerClosed, Wire, deadline_in
from loopmail.smtp.errors import AppCrash, SmtpFailure, TooMuch
from loopmail.smtp.proxy import Proxy, Tunnel, find_proxy
from loopmail.smtp.recorder import Recorder
from loopmail.smtp.replies import Reply, ReplyReader
from loopmail.smtp.resolver import resolve_host

_TOGETHER = 1.0  # ms within which packets count as one


def capped(timeouts: Timeouts, limit: float | None) -> Timeouts:
    """Shorten every time-out to `limit` seconds."""
    if limit is None:
        return timeouts
    most = limit * 1000
    return Timeouts(
        connection=min(timeouts.connection, most),
        greeting=min(timeouts.greeting, most),
        socket=min(timeouts.socket, most),
        dns=min(timeouts.dns, most),
    )


def raise_fault(fault: Fault) -> None:
    """Raise what a fault of the settings comes to."""
    if fault.kind == "crash":
        raise AppCrash(fault.text, fault.code)
    raise SmtpFailure(fault.text, fault.code, command=fault.command)


class Connection:
    """One connection to the server; its methods raise SmtpFailure, AppCrash or Cancelled.

    `limit` (seconds) shortens every time-out; `verifying`: only check, send no message.
    """

    def __init__(
        self,
        plan: TransportPlan,
        rules: Rules,
        recorder: Recorder,
        cancel: Cancel,
        *,
        limit: float | None = None,
        verifying: bool = False,
    ) -> None:
        self._plan = plan
        self._rules = rules
        self._recorder = recorder
        self._timeouts = capped(plan.timeouts, limit)
        self._limit = math.inf if limit is None else limit * 1000
        self.cancel = cancel
        self._wire = Wire(cancel)
        self._verifying = verifying
        self._greeted = False
        self._greeting_deadline = 0.0
        self._reply_deadline = 0.0
        self._heard = 0.0  # when something last arrived
        self._replies = ReplyReader(
            rules.joins_split_replies, self._receive, lambda: self._wire.receive_now(_TOGETHER)
        )
        self.is_secure = False
        self.tls: TlsFacts | None = None

    def meet(self, moment: str) -> None:
        """Raise what the settings alone make go wrong at this moment."""
        for fault in self._plan.faults:
            if fault.moment == moment:
                raise_fault(fault)

    def open(self) -> None:
        """Resolve, connect and, for implicit TLS, shake hands."""
        proxy = find_proxy(self._plan, self._rules, verifying=self._verifying)
        if proxy is None:
            self._open_directly()
        else:
            self._open_through(proxy)
        self.meet("connected")
        self._greeting_deadline = deadline_in(self._timeouts.greeting)

    def _open_through(self, proxy: Proxy) -> None:
        """Ask a proxy for the connection; implicit TLS begins on it as STARTTLS would."""
        Tunnel(self._wire, proxy, self._rules, self._recorder).open(self._plan, self._limit)
        if self._plan.tls != "implicit":
            return
        self._recorder.enter("tls")
        try:
            context = self._context("starttls")
        except SmtpFailure as failure:
            raise SmtpFailure(failure.message, failure.code, command="CONN") from None
        try:
            self._handshake("starttls", context, deadline_in(self._timeouts.connection))
        except Expired:
            raise SmtpFailure("Connection timeout", "ETIMEDOUT", command="CONN") from None

    def _open_directly(self) -> None:
        plan = self._plan
        self._recorder.enter("dns")
        self.meet("lookup")
        host = plan.host or "localhost"
        target = plan.tls_options.get("host") if plan.tls == "implicit" else None
        addresses = resolve_host(
            self._wire,
            to_string(target) if truthy(target) else host,
            self._rules,
            self._timeouts.dns,
        )
        deadline = deadline_in(self._timeouts.connection)
        self._recorder.enter("connect")
        context = self._context("tls") if plan.tls == "implicit" else None
        try:
            self._connect(addresses, deadline)
            if context is not None:
                self._recorder.enter("tls")
                self._handshake("tls", context, deadline)
        except Expired:
            raise SmtpFailure("Connection timeout", "ETIMEDOUT", command="CONN") from None

    def _connect(self, addresses: list[tuple[int, str]], deadline: float) -> None:
        self.meet("connect")
        plan = self._plan
        own = plan.tls_options.get("port") if plan.tls == "implicit" else None
        port = int(to_number(own if truthy(own) else plan.port))
        local = plan.options.get("localAddress")
        source = to_string(local) if truthy(local) else None
        for number, (family, address) in enumerate(addresses):
            try:
                self._wire.connect(family, (address, port), deadline, source)
                if self._wire.is_reset(_TOGETHER):
                    raise ConnectionResetError(104, "reset")
                return
            except OSError as error:
                if number + 1 == len(addresses):
                    text = connect_text(error, address, port)
                    raise SmtpFailure(text, self._rules.connect_code, command="CONN") from error

    def _context(self, moment: str) -> ssl.SSLContext:
        self.meet(moment)
        try:
            return make_context(self._plan.tls_options, self._plan.verify)
        except BadTlsOptions as error:
            for fault in tls_faults(str(error), error.code, self._rules):
                if fault.moment == moment:
                    raise_fault(fault)
            raise

    def _handshake(self, moment: str, context: ssl.SSLContext, deadline: float) -> None:
        rules = self._rules
        code = rules.connect_code if moment == "tls" else rules.starttls_code
        command = "CONN" if code else None
        judge = TlsJudge(self._wire, context, self._plan)
        try:
            self.tls = judge.handshake(deadline)
        except PeerClosed:
            raise self._closed_in_handshake(moment, code, command) from None
        except CertificateRefused as refused:
            self.tls = refused.facts
            raise SmtpFailure(refused.text, code or refused.node_code, command=command) from refused
        except ssl.SSLError as error:
            text, own = tls_text(error)
            raise SmtpFailure(text, code or own, command=command) from error
        except OSError as error:
            raise SmtpFailure(read_text(error), code or "ECONNRESET", command=command) from error
        self.is_secure = True

    def _closed_in_handshake(
        self, moment: str, code: str | None, command: str | None
    ) -> SmtpFailure:
        """After STARTTLS the lines before 6 still listen to the plain socket and see it end."""
        if moment == "tls" or self._rules.line >= 6:
            return SmtpFailure(CLOSED_EARLY, code or "ECONNRESET", command=command)
        return self._closed()

    def upgrade(self) -> None:
        """Shake hands after STARTTLS."""
        waiting = self._replies.waiting
        if waiting is not None:
            # plain text behind the answer to STARTTLS, in the same packet: the handshake is
            # begun, then the reply that nobody waits for ends it
            self._wire.begin_handshake(self._context("starttls"), self._plan.servername)
            self._recorder.server(waiting.text)
            raise SmtpFailure("Unexpected Response", "EPROTOCOL", waiting.text, "CONN")
        context = self._context("starttls")
        try:
            self._handshake("starttls", context, deadline_in(self._timeouts.socket))
        except Expired:
            raise SmtpFailure("Timeout", "ETIMEDOUT", command="CONN") from None

    def greeting(self) -> Reply:
        """Return the first reply."""
        reply = self.reply()
        self._greeted = True
        return reply

    def reply(self) -> Reply:
        """Return the next reply; raise SmtpFailure when the connection ends, idles or drips."""
        self._reply_deadline = deadline_in(self._timeouts.socket)
        try:
            reply = self._replies.next()
        except Expired:
            late = not self._greeted and self._timeouts.greeting < self._timeouts.socket
            text = "Greeting never received" if late else "Timeout"
            raise SmtpFailure(text, "ETIMEDOUT", command="CONN") from None
        except PeerClosed:
            raise self._closed() from None
        except TooMuch:
            raise SmtpFailure("The server sends without end", "EPROTOCOL", command="CONN") from None
        except ssl.SSLError as error:
            text, own = tls_text(error)
            raise SmtpFailure(text, self._read_code or own, command="CONN") from error
        except OSError as error:
            code = self._read_code
            command = "CONN" if code else None
            raise SmtpFailure(read_text(error), code or "ECONNRESET", command=command) from error
        self._recorder.server(reply.text)
        return reply

    @property
    def _read_code(self) -> str | None:
        upgraded = self.is_secure and self._plan.tls != "implicit"
        return self._rules.starttls_code if upgraded else self._rules.connect_code

    def _receive(self) -> bytes:
        """Return what arrives; Nodemailer restarts its time-out with every byte, we do not."""
        if not self._greeted:
            return self._wire.receive(min(self._reply_deadline, self._greeting_deadline))
        try:
            data = self._wire.receive(self._reply_deadline)
        except Expired:
            silent = time.monotonic() - self._heard
            dripping = silent * 1000 < self._timeouts.socket / 2
            if dripping and (self._replies.remainder or self._replies.waiting):
                raise TooMuch from None
            raise
        self._heard = time.monotonic()
        return data

    def _closed(self) -> SmtpFailure:
        remainder = self._replies.remainder.strip()
        if remainder:
            self._recorder.server(remainder)
        if self._rules.line < 6:
            closed = self._rules.line == 2 or self._verifying
            return SmtpFailure("Connection closed" if closed else "Unexpected socket close", None)
        if self._greeted or Reply.parse(remainder).is_refusal:
            text = "Connection closed unexpectedly"
            return SmtpFailure(text, "ECONNECTION", remainder or None, "CONN")
        text = "Connection closed" if self._verifying else "Unexpected socket close"
        return SmtpFailure(text, None)

    def say(self, text: str, shown: str | None = None) -> None:
        """Send a line; a connection that breaks while sending is noticed by the next reply."""
        self._recorder.client(text if shown is None else shown)
        self._send(text.encode("utf-8", "replace") + b"\r\n")

    def send_message(self, data: bytes) -> None:
        """Send the message's bytes."""
        self._recorder.client(f"({len(data)} bytes of message)")
        self._send(data)

    def _send(self, data: bytes) -> None:
        try:
            self._wire.send(data, self._timeouts.socket)
        except Expired:
            raise SmtpFailure("Timeout", "ETIMEDOUT", command="CONN") from None
        except (PeerClosed, OSError):
            return

    def close(self) -> None:
        """Close the connection without QUIT, as Nodemailer does after a message."""
        if self._replies.lost:
            self._recorder.notes.append(
                "A reply that came in several packets was read only in part, as this version of Nodemailer does."
            )
        with contextlib.suppress(OSError):
            self._wire.close()
