"""The connection under the dialogue: resolving, connecting, TLS, replies, and how they fail."""

import contextlib
import ssl

from loopmail.core.js import truthy
from loopmail.core.plan import Rules, Timeouts, TransportPlan
from loopmail.core.plan.conversions import to_number, to_string
from loopmail.mail.cancel import Cancel
from loopmail.mail.failure import Expired, PeerClosed, SmtpFailure
from loopmail.mail.node_errors import connect_text, lookup_text, read_text, tls_text
from loopmail.mail.recorder import Recorder
from loopmail.mail.replies import ReplyReader, TooMuch
from loopmail.mail.resolver import Address, literal, look_up
from loopmail.mail.tls_context import BadTlsOptions, make_context
from loopmail.mail.tls_judge import CertificateRefused, TlsJudge
from loopmail.mail.verdict import TlsFacts
from loopmail.mail.wire import Wire, deadline_in

_CLOSED_EARLY = "Client network socket disconnected before secure TLS connection was established"


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


class Connection:
    """One connection to the server; all errors come out as SmtpFailure, AppCrash or Cancelled."""

    def __init__(
        self,
        plan: TransportPlan,
        rules: Rules,
        recorder: Recorder,
        cancel: Cancel,
        limit: float | None,
        verifying: bool,
    ) -> None:
        self._plan = plan
        self._rules = rules
        self._recorder = recorder
        self._timeouts = capped(plan.timeouts, limit)
        self._wire = Wire(cancel)
        self._verifying = verifying
        self._greeted = False
        self._greeting_deadline = 0.0
        self._replies = ReplyReader(rules.joins_split_replies, self._receive)
        self.is_secure = False
        self.tls: TlsFacts | None = None

    def open(self) -> None:
        """Resolve, connect and, for implicit TLS, shake hands."""
        addresses = self._resolve()
        deadline = deadline_in(self._timeouts.connection)
        try:
            self._connect(addresses, deadline)
            if self._plan.tls == "implicit":
                self._recorder.enter("tls")
                self._handshake(deadline, self._rules.connect_code, "CONN")
        except Expired:
            raise SmtpFailure("Connection timeout", "ETIMEDOUT", command="CONN") from None
        self._greeting_deadline = deadline_in(self._timeouts.greeting)

    def _resolve(self) -> list[Address]:
        self._recorder.enter("dns")
        host, port = self._plan.host or "localhost", self._port()
        address = literal(host, port)
        if address:
            return [address]
        try:
            return look_up(self._wire, host, port, deadline_in(self._timeouts.dns))
        except Expired:
            raise SmtpFailure("queryA ETIMEOUT " + host, "EDNS", command="CONN") from None
        except (OSError, UnicodeError) as error:
            text = (
                lookup_text(error, host)
                if isinstance(error, OSError)
                else f"getaddrinfo ENOTFOUND {host}"
            )
            code = "EDNS" if self._rules.own_dns else "ECONNECTION"
            raise SmtpFailure(text, code, command="CONN") from error

    def _port(self) -> int:
        number = to_number(self._plan.port)
        if number != number or not 0 <= number < 65536 or number != int(number):
            shown = to_string(self._plan.port)
            quoted = f"'{shown}'" if isinstance(self._plan.port, str) else shown
            kind = "string" if isinstance(self._plan.port, str) else "number"
            raise SmtpFailure(
                f"Port should be >= 0 and < 65536. Received type {kind} ({quoted}).",
                "ECONNECTION",
                command="CONN",
            )
        return int(number)

    def _connect(self, addresses: list[Address], deadline: float) -> None:
        self._recorder.enter("connect")
        local = self._plan.options.get("localAddress")
        for number, (family, address) in enumerate(addresses):
            try:
                self._wire.connect(
                    family, address, deadline, to_string(local) if truthy(local) else None
                )
                return
            except OSError as error:
                if number + 1 == len(addresses):
                    text = connect_text(error, str(address[0]), address[1])
                    raise SmtpFailure(text, self._rules.connect_code, command="CONN") from error

    def _handshake(self, deadline: float, code: str | None, command: str | None) -> None:
        plan = self._plan
        try:
            context = make_context(plan.tls_options, plan.verify)
        except BadTlsOptions as error:
            raise SmtpFailure(str(error), "ECONNECTION", command="CONN") from error
        judge = TlsJudge(self._wire, context, plan)
        try:
            self.tls = judge.handshake(deadline)
        except PeerClosed:
            raise SmtpFailure(_CLOSED_EARLY, code or "ECONNRESET", command=command) from None
        except CertificateRefused as refused:
            self.tls = refused.facts
            raise SmtpFailure(refused.text, code or refused.node_code, command=command) from refused
        except ssl.SSLError as error:
            raise SmtpFailure(tls_text(error), code or "EPROTO", command=command) from error
        except OSError as error:
            raise SmtpFailure(read_text(error), code or "ECONNRESET", command=command) from error
        self.is_secure = True

    def upgrade(self) -> None:
        """Shake hands after STARTTLS."""
        waiting = self._replies.waiting
        if waiting is not None:  # plain text after the answer to STARTTLS, in the same packet
            raise SmtpFailure("Unexpected Response", "EPROTOCOL", waiting, "CONN")
        code = self._rules.starttls_code
        try:
            self._handshake(deadline_in(self._timeouts.socket), code, "CONN" if code else None)
        except Expired:
            raise SmtpFailure("Timeout", "ETIMEDOUT", command="CONN") from None

    def greeting(self) -> str:
        """Return the first reply."""
        reply = self.reply()
        self._greeted = True
        return reply

    def reply(self) -> str:
        """Return the next reply; raise SmtpFailure when the connection ends or idles."""
        try:
            reply = self._replies.next()
        except Expired:
            text = "Timeout" if self._greeted else "Greeting never received"
            raise SmtpFailure(text, "ETIMEDOUT", command="CONN") from None
        except PeerClosed:
            raise self._closed() from None
        except TooMuch:
            raise SmtpFailure("The server sends without end", "EPROTOCOL", command="CONN") from None
        except OSError as error:
            code = (
                self._rules.connect_code
                if not self.is_secure or self._plan.tls == "implicit"
                else self._rules.starttls_code
            )
            raise SmtpFailure(read_text(error), code, command="CONN") from error
        self._recorder.server(reply)
        return reply

    def _receive(self) -> bytes:
        deadline = deadline_in(self._timeouts.socket)
        if not self._greeted:
            deadline = min(deadline, self._greeting_deadline)
        return self._wire.receive(deadline)

    def _closed(self) -> SmtpFailure:
        remainder = self._replies.remainder.strip()
        if remainder:
            self._recorder.server(remainder)
        if self._rules.line < 6:
            text = (
                "Connection closed"
                if self._rules.line == 2 or self._verifying
                else "Unexpected socket close"
            )
            return SmtpFailure(text, None)
        if self._greeted or (remainder[:1] in ("4", "5") and remainder[:3].isdigit()):
            return SmtpFailure(
                "Connection closed unexpectedly", "ECONNECTION", remainder or None, "CONN"
            )
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
        with contextlib.suppress(OSError):
            self._wire.close()
