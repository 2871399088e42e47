"""Nodemailer's SMTP dialogue: greeting, EHLO, STARTTLS, sign-in, one message.

Source: smtp-connection 2.12.0, lib/smtp-connection.js (Nodemailer 2.7.2); nodemailer 4.7.0 and
6.10.1, lib/smtp-connection/index.js.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from loopmail.core.js import truthy
from loopmail.core.nodemailer import Rules, TransportPlan, decide_login
from loopmail.oauth.endpoint import TIMEOUT, TokenRefused, obtain_token
from loopmail.smtp.connection import Connection
from loopmail.smtp.errors import AppCrash, SmtpFailure
from loopmail.smtp.message import BuiltMessage
from loopmail.smtp.recorder import Recorder
from loopmail.smtp.replies import Capabilities, Reply, offers_starttls, parse_capabilities
from loopmail.smtp.sasl import sign_in

_BAD = re.compile(r"[\r\n<>]")
_LONE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the server made of the message."""

    response: str
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]


def stuff_dots(data: bytes) -> bytes:
    """Return the message as it goes over the wire: CRLF, dots doubled, the final dot.

    Source: nodemailer 6.10.1, lib/smtp-connection/data-stream.js.
    """
    wire = _LONE_LF.sub(b"\r\n", data)
    wire = re.sub(rb"(^|(?<=\n))\.", b"..", wire)
    if wire.endswith(b"\n"):
        return wire + b".\r\n"
    return wire + (b"\n.\r\n" if wire.endswith(b"\r") else b"\r\n.\r\n")


def _check(message: BuiltMessage) -> None:
    if not message.envelope_to:
        raise SmtpFailure("No recipients defined", "EENVELOPE", command="API")
    # a missing sender is the empty reverse path of RFC 5321, 4.5.5; a missing recipient is nothing
    whom = [("sender", message.envelope_from), *(("recipient", to) for to in message.envelope_to)]
    for kind, address in whom:
        if _BAD.search(address) or (kind == "recipient" and not address):
            shown = json.dumps(address, ensure_ascii=False)
            raise SmtpFailure(f"Invalid {kind} {shown}", "EENVELOPE", command="API")


@dataclass(slots=True)
class Session:
    """One connection's dialogue; `run` once."""

    plan: TransportPlan
    rules: Rules
    connection: Connection
    recorder: Recorder
    capabilities: Capabilities = field(default_factory=Capabilities)

    def run(self, message: BuiltMessage | None) -> Delivery | None:
        """Send the message, or without one only check the connection and sign-in (verify()).

        Raise SmtpFailure, AppCrash, Cancelled.
        """
        self.connection.meet("send")
        self.connection.open()
        self._greet()
        self._sign_in()
        if message is None:
            self.connection.say("QUIT")
            return None
        return self._deliver(message)

    def command(self, text: str, shown: str | None = None) -> Reply:
        """Send a line and return the reply; `shown` stands in the transcript instead."""
        self.connection.say(text, shown)
        return self.connection.reply()

    def access_token(self, renew: bool) -> str:
        """Return the settings' access token, or fetch one; raise SmtpFailure, Cancelled."""
        block = self.plan.auth.block
        try:
            token = obtain_token(
                block if isinstance(block, Mapping) else {},
                self.connection.cancel,
                renew=renew,
                timeout=min(TIMEOUT, self.connection.limit / 1000),
                extra_ca=self.plan.node.extra_ca,
            )
        except TokenRefused as error:
            raise SmtpFailure(str(error), "EAUTH", command="AUTH XOAUTH2") from None
        self.recorder.mask.add(token)
        return token

    def _greet(self) -> None:
        self.recorder.enter("greeting")
        reply = self.connection.greeting()
        if reply.code != "220":
            old, new = "Invalid greeting from server", "Invalid greeting"
            raise self._refused(old, new, reply, "EPROTOCOL", "CONN")
        self._hello("LHLO" if self.plan.lmtp else "EHLO")

    def _refused(self, old: str, new: str, reply: Reply, code: str, command: str) -> SmtpFailure:
        """Return the failure as Nodemailer 2 (`old`) and the later lines (`new`) word it."""
        lead = f"{old}:\n" if self.rules.line == 2 else f"{new}. response="
        return SmtpFailure(lead + reply.text, code, reply.text, command)

    def _hello(self, verb: str) -> None:
        plan = self.plan
        self.recorder.enter("ehlo")
        reply = self.command(f"{verb} {plan.name}")
        if verb == "LHLO" and not reply.is_success:
            old = "Invalid response for LHLO"
            raise self._refused(old, "Invalid LHLO", reply, "EPROTOCOL", "LHLO")
        if reply.code == "421":
            words = "Server terminates connection"
            raise self._refused(words, words, reply, "ECONNECTION", "EHLO")
        offered = plan.tls != "never" and offers_starttls(reply)
        if not reply.is_success:
            self._helo(reply)
        elif (offered or plan.tls == "starttls-required") and not self.connection.is_secure:
            self._starttls()
        else:
            self.capabilities = parse_capabilities(reply, self.rules)

    def _helo(self, refused: Reply) -> None:
        if truthy(self.plan.options.get("requireTLS")):
            words = "EHLO failed but HELO does not support required STARTTLS"
            raise self._refused(words, words, refused, "ECONNECTION", "EHLO")
        reply = self.command(f"HELO {self.plan.name}")
        if not reply.is_success:
            old = "Invalid response for EHLO/HELO"
            raise self._refused(old, "Invalid HELO", reply, "EPROTOCOL", "HELO")
        self.capabilities = Capabilities(allows_auth=True)

    def _starttls(self) -> None:
        self.recorder.enter("starttls")
        reply = self.command("STARTTLS")
        if reply.is_success:
            self.connection.upgrade()
            lhlo = self.plan.lmtp and self.rules.lmtp_after_starttls
            self._hello("LHLO" if lhlo else "EHLO")
        elif not self.plan.opportunistic:
            text = "Error upgrading connection with STARTTLS"
            raise SmtpFailure(text, "ETLS", reply.text, "STARTTLS")

    def _sign_in(self) -> None:
        offered = self.capabilities
        decision = decide_login(self.plan.auth, self.rules, offered.mechanisms, offered.allows_auth)
        if decision.kind == "none":
            return
        self.recorder.enter("auth")
        if decision.kind == "crash":
            raise AppCrash(decision.text or "")
        if decision.kind == "error" or decision.mechanism is None:
            raise SmtpFailure(decision.text or "", "EAUTH", command="API")
        sign_in(self, decision.mechanism, self.plan.auth, self.rules)

    def _deliver(self, message: BuiltMessage) -> Delivery:
        self.recorder.enter("mail")  # before the check: it is the envelope that is at fault
        _check(message)
        offered = self.capabilities.extensions
        international = not "".join((message.envelope_from, *message.envelope_to)).isascii()
        utf8 = international and "SMTPUTF8" in offered
        reply = self.command(f"MAIL FROM:<{message.envelope_from}>" + (" SMTPUTF8" if utf8 else ""))
        if not reply.is_success:
            own = utf8 and reply.text.startswith("550 ") and not message.envelope_from.isascii()
            text = "Internationalized mailbox name not allowed" if own else "Mail command failed"
            raise SmtpFailure(text, "EENVELOPE", reply.text, "MAIL FROM")
        accepted, rejected = self._recipients(message.envelope_to, "PIPELINING" in offered)
        self.recorder.enter("data")
        reply = self.command("DATA")
        if reply.code[:1] not in ("2", "3"):
            raise SmtpFailure("Data command failed", "EENVELOPE", reply.text, "DATA")
        self.connection.meet("message")
        self.connection.send_message(stuff_dots(message.data))
        if self.plan.lmtp:  # which answers for each recipient on its own (RFC 2033, 4.2)
            for recipient in tuple(accepted):
                reply = self.connection.reply()
                if not reply.is_success:
                    accepted.remove(recipient)
                    rejected.append(recipient)
        else:
            reply = self.connection.reply()
            if not reply.is_success:
                raise SmtpFailure("Message failed", "EMESSAGE", reply.text, "DATA")
        return Delivery(reply.text, tuple(accepted), tuple(rejected))

    def _recipients(
        self, recipients: tuple[str, ...], pipelined: bool
    ) -> tuple[list[str], list[str]]:
        self.recorder.enter("rcpt")
        accepted: list[str] = []
        rejected: list[str] = []
        reply = Reply.parse("")
        if pipelined:
            for recipient in recipients:
                self.connection.say(f"RCPT TO:<{recipient}>")
        for recipient in recipients:
            reply = self.connection.reply() if pipelined else self.command(f"RCPT TO:<{recipient}>")
            (accepted if reply.is_success else rejected).append(recipient)
        if not accepted:
            text = "Can't send mail - all recipients were rejected"
            raise SmtpFailure(text, "EENVELOPE", reply.text, "RCPT TO", rejected=tuple(rejected))
        return accepted, rejected
