"""Handing over one message: MAIL, RCPT, DATA (§6.8)."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopmail.mail.failure import SmtpFailure
from loopmail.mail.message import BuiltMessage

if TYPE_CHECKING:
    from loopmail.mail.session import Session

_BAD = re.compile(r"[\r\n<>]")
_LONE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the server made of the message."""

    response: str
    accepted: tuple[str, ...]
    rejected: tuple[str, ...]


class AllRejected(SmtpFailure):
    """Every recipient was refused."""

    def __init__(self, reply: str, rejected: tuple[str, ...]) -> None:
        super().__init__(
            "Can't send mail - all recipients were rejected", "EENVELOPE", reply, "RCPT TO"
        )
        self.rejected = rejected


def stuff_dots(data: bytes) -> bytes:
    """Return the message as it goes over the wire: CRLF, dots doubled, the final dot (data-stream.js)."""
    wire = _LONE_LF.sub(b"\r\n", data)
    wire = re.sub(rb"(^|(?<=\n))\.", b"..", wire)
    if wire.endswith(b"\n"):
        return wire + b".\r\n"
    return wire + (b"\n.\r\n" if wire.endswith(b"\r") else b"\r\n.\r\n")


def _check(message: BuiltMessage) -> None:
    if not message.envelope_to:
        raise SmtpFailure("No recipients defined", "EENVELOPE", command="API")
    if _BAD.search(message.envelope_from):
        shown = json.dumps(message.envelope_from, ensure_ascii=False)
        raise SmtpFailure(f"Invalid sender {shown}", "EENVELOPE", command="API")
    for recipient in message.envelope_to:
        if not recipient or _BAD.search(recipient):
            shown = json.dumps(recipient, ensure_ascii=False)
            raise SmtpFailure(f"Invalid recipient {shown}", "EENVELOPE", command="API")


def deliver(session: "Session", message: BuiltMessage) -> Delivery:
    """Send one message; raise SmtpFailure."""
    _check(message)
    session.recorder.enter("mail")
    offered = session.capabilities.extensions
    international = not "".join((message.envelope_from, *message.envelope_to)).isascii()
    utf8 = international and "SMTPUTF8" in offered
    reply = session.command(f"MAIL FROM:<{message.envelope_from}>" + (" SMTPUTF8" if utf8 else ""))
    if not reply.startswith("2"):
        own = utf8 and reply.startswith("550 ") and not message.envelope_from.isascii()
        text = "Internationalized mailbox name not allowed" if own else "Mail command failed"
        raise SmtpFailure(text, "EENVELOPE", reply, "MAIL FROM")
    accepted, rejected = _recipients(session, message.envelope_to, "PIPELINING" in offered)
    session.recorder.enter("data")
    reply = session.command("DATA")
    if not re.match("[23]", reply):
        raise SmtpFailure("Data command failed", "EENVELOPE", reply, "DATA")
    session.connection.meet("message")
    session.connection.send_message(stuff_dots(message.data))
    if session.plan.lmtp:
        return _lmtp_replies(session, accepted, rejected)
    reply = session.connection.reply()
    if not reply.startswith("2"):
        raise SmtpFailure("Message failed", "EMESSAGE", reply, "DATA")
    return Delivery(reply, tuple(accepted), tuple(rejected))


def _recipients(
    session: "Session", recipients: tuple[str, ...], pipelined: bool
) -> tuple[list[str], list[str]]:
    session.recorder.enter("rcpt")
    accepted: list[str] = []
    rejected: list[str] = []
    reply = ""
    if pipelined:
        for recipient in recipients:
            session.connection.say(f"RCPT TO:<{recipient}>")
    for recipient in recipients:
        reply = (
            session.connection.reply() if pipelined else session.command(f"RCPT TO:<{recipient}>")
        )
        (accepted if reply.startswith("2") else rejected).append(recipient)
    if not accepted:
        raise AllRejected(reply, tuple(rejected))
    return accepted, rejected


def _lmtp_replies(session: "Session", accepted: list[str], rejected: list[str]) -> Delivery:
    kept = list(accepted)
    reply = ""
    for recipient in accepted:
        reply = session.connection.reply()
        if not reply.startswith("2"):
            kept.remove(recipient)
            rejected.append(recipient)
    return Delivery(reply, tuple(kept), tuple(rejected))
