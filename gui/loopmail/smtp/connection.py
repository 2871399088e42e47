"""The connection under the dialogue: connecting, TLS, replies, and how Nodemailer words its ends.

Source: connect(), _onError(), _onClose(), _onTimeout() and _upgradeConnection() of smtp-connection
2.12.0, lib/smtp-connection.js (Nodemailer 2.7.2), and of nodemailer 4.7.0 and 6.10.1,
lib/smtp-connection/index.js.
"""

import contextlib
import math
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import astuple

from loopmail.core.js import truthy
from loopmail.core.nodemailer import Fault, Rules, Timeouts, TransportPlan
from loopmail.core.nodemailer.conversions import received, to_number, to_string
from loopmail.core.nodemailer.faults import tls_faults
from loopmail.net.cancel import Cancel
from loopmail.net.certificates import TlsFacts
from loopmail.net.node_errors import CLOSED_EARLY, read_text, tls_text
from loopmail.net.tls import BadTlsOptions, CertificateRefused, make_context, shake_hands
from loopmail.net.wire import Expired, PeerClosed, Wire, deadline_in
from loopmail.smtp.errors import AppCrash, SmtpFailure, TooMuch
from loopmail.smtp.proxy import Proxy, find_proxy, open_tunnel
from loopmail.smtp.recorder import Recorder
from loopmail.smtp.replies import Reply, ReplyReader
from loopmail.smtp.resolver import resolve_host

_TOGETHER = 1.0  # ms within which packets count as one
_REFUSAL = re.compile(r"[45]\d\d\b", re.ASCII)


def _late(text: str) -> SmtpFailure:
    return SmtpFailure(text, "ETIMEDOUT", command="CONN")


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
        self.limit = math.inf if limit is None else limit * 1000  # ms
        self._timeouts = Timeouts(*(min(ms, self.limit) for ms in astuple(plan.timeouts)))
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

    def meet(self, moment: str, faults: Sequence[Fault] | None = None) -> None:
        """Raise what the settings alone (or these faults) make go wrong at this moment."""
        for fault in self._plan.faults if faults is None else faults:
            if fault.moment == moment and fault.kind == "crash":
                raise AppCrash(fault.text, fault.code)
            if fault.moment == moment:
                raise SmtpFailure(fault.text, fault.code, command=fault.command)

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
        open_tunnel(self._wire, proxy, self._plan, self._rules, self._recorder, self.limit)
        if self._plan.tls != "implicit":
            return
        self._recorder.enter("tls")
        try:
            context = self._context("starttls")
        except SmtpFailure as failure:
            raise SmtpFailure(str(failure), failure.code, command="CONN") from None
        try:
            self._handshake("starttls", context, deadline_in(self._timeouts.connection))
        except Expired:
            raise _late("Connection timeout") from None

    def _open_directly(self) -> None:
        plan, rules = self._plan, self._rules
        self._recorder.enter("dns")
        self.meet("lookup")
        # tls.connect takes the `tls` options over those of the connection
        own = plan.tls_options if plan.tls == "implicit" else {}
        host = to_string(own["host"]) if truthy(own.get("host")) else plan.host or "localhost"
        addresses = resolve_host(self._wire, host, rules, self._timeouts.dns, plan.node.dns_order)
        deadline = deadline_in(self._timeouts.connection)
        self._recorder.enter("connect")
        context = self._context("tls") if plan.tls == "implicit" else None
        self.meet("connect")
        port = own["port"] if truthy(own.get("port")) else plan.port
        number = to_number(port)
        if not (0 <= number < 65536 and number.is_integer()):
            text = f"Port should be >= 0 and < 65536. Received {received(port)}."
            raise SmtpFailure(text, "ECONNECTION", command="CONN")
        local = plan.options.get("localAddress")
        source = to_string(local) if truthy(local) else None
        try:
            self._wire.connect(addresses, int(number), deadline, source, _TOGETHER)
            if context is not None:
                self._recorder.enter("tls")
                self._handshake("tls", context, deadline)
        except OSError as error:
            raise SmtpFailure(str(error.strerror), rules.connect_code, command="CONN") from error
        except Expired:
            raise _late("Connection timeout") from None

    def _context(self, moment: str) -> ssl.SSLContext:
        self.meet(moment)
        try:
            return make_context(self._plan)
        except BadTlsOptions as error:
            self.meet(moment, tls_faults(str(error), error.code, self._rules))
            raise

    def _handshake(self, moment: str, context: ssl.SSLContext, deadline: float) -> None:
        rules = self._rules
        code = rules.connect_code if moment == "tls" else rules.starttls_code
        command = "CONN" if code else None
        try:
            self.tls = shake_hands(self._wire, context, self._plan, deadline)
        except PeerClosed:
            if moment == "starttls" and rules.line < 6:
                # the lines before 6 still listen to the plain socket and see it end
                raise self._closed() from None
            raise SmtpFailure(CLOSED_EARLY, code or "ECONNRESET", command=command) from None
        except CertificateRefused as refused:
            self.tls = refused.facts
            raise SmtpFailure(str(refused), code or refused.node_code, command=command) from refused
        except ssl.SSLError as error:
            text, own = tls_text(error)
            raise SmtpFailure(text, code or own, command=command) from error
        except OSError as error:
            raise SmtpFailure(read_text(error), code or "ECONNRESET", command=command) from error
        self.is_secure = True

    def upgrade(self) -> None:
        """Shake hands after STARTTLS."""
        context = self._context("starttls")
        waiting = self._replies.waiting
        if waiting is not None:
            # plain text behind the answer to STARTTLS, in the same packet: the handshake is
            # begun, then the reply that nobody waits for ends it
            with contextlib.suppress(Expired, PeerClosed, OSError):
                self._wire.handshake(context, self._plan.servername, deadline_in(0))
            self._recorder.server(waiting.text)
            raise SmtpFailure("Unexpected Response", "EPROTOCOL", waiting.text, "CONN")
        try:
            self._handshake("starttls", context, deadline_in(self._timeouts.socket))
        except Expired:
            raise _late("Timeout") from None

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
            raise _late("Greeting never received" if late else "Timeout") from None
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
        if self._greeted or _REFUSAL.match(remainder):
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
            raise _late("Timeout") from None
        except (PeerClosed, OSError):
            return

    def close(self) -> None:
        """Close the connection without QUIT, as Nodemailer does after a message."""
        if self._replies.lost:
            self._recorder.notes.append(
                "A reply that came in several packets was read only in part, "
                "as this version of Nodemailer does."
            )
        self._wire.close()
