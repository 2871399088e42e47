"""The test message: what Nodemailer would put on the wire, built with Python's email package."""

import contextlib
import mimetypes
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from loopmail.core.errors import SendError
from loopmail.core.nodemailer.rules import Rules
from loopmail.smtp.addresses import Mailbox, parse_addresses


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to attach; read when the message is built."""

    path: Path


@dataclass(frozen=True, slots=True)
class Message:
    """What `Email.send` would be given."""

    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltMessage:
    """The message as it goes over the wire, and its envelope."""

    data: bytes = field(repr=False)
    envelope_from: str
    envelope_to: tuple[str, ...]
    message_id: str


_OWN = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "message-id",
        "date",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
    }
)


def _one_line(text: str) -> str:
    """Fold line breaks and other control characters into blanks: no header can be injected."""
    folded = "".join(
        " " if ord(c) < 32 or ord(c) == 127 or c in "\u2028\u2029\x85" else c for c in text
    )
    return folded.encode("utf-8", "replace").decode("utf-8")


def _header_value(boxes: list[Mailbox]) -> tuple[Address, ...]:
    values = []
    for box in boxes:
        with contextlib.suppress(ValueError):
            user, _, domain = box.address.rpartition("@")
            values.append(Address(_one_line(box.name), user or domain, domain if user else ""))
    return tuple(values)


def build(message: Message, rules: Rules) -> BuiltMessage:
    """Build the MIME message; raise SendError (unreadable attachment). No header can be injected.

    The Message-ID is as the app's callback gets it. The envelope is what Nodemailer's getEnvelope
    derives: the first address of From, and every address of To, Cc and Bcc once.
    """
    senders = parse_addresses([message.sender], rules.line)
    groups = [
        parse_addresses(list(each), rules.line) for each in (message.to, message.cc, message.bcc)
    ]
    envelope_from = senders[0].address if senders else ""
    recipients = tuple(dict.fromkeys(box.address for group in groups for box in group))
    identifier = _message_id(envelope_from)
    mail = EmailMessage(policy=SMTP)
    for name, boxes in zip(("From", "To", "Cc"), (senders, *groups[:2]), strict=True):
        value = _header_value(boxes)
        if value:
            mail[name] = value
    if message.subject:
        mail["Subject"] = _one_line(message.subject)
    mail["Message-ID"] = f"<{identifier}>"
    mail["Date"] = format_datetime(datetime.now(UTC))
    _extra_headers(mail, message.headers)
    _body(mail, message)
    for attachment in message.attachments:
        _attach(mail, attachment)
    return BuiltMessage(
        data=mail.as_bytes(),
        envelope_from=envelope_from,
        envelope_to=recipients,
        message_id=f"<{identifier}>" if rules.message_id_in_brackets else identifier,
    )


def _message_id(sender: str) -> str:
    sizes = (4, 2, 2, 2, 6)
    unique = "-".join(secrets.token_hex(size) for size in sizes)
    domain = sender.rpartition("@")[2] or "localhost"
    return f"{unique}@{domain}"


def _extra_headers(mail: EmailMessage, headers: tuple[tuple[str, str], ...]) -> None:
    for name, value in headers:
        key = name.strip()
        if not key or not all(33 <= ord(c) <= 126 and c != ":" for c in key):
            raise SendError(
                f"The header name “{_one_line(name)}” is not allowed: use letters, digits and hyphens."
            )
        if key.lower() in _OWN:
            raise SendError(
                f"The header {key} is set by the form; leave it out of the extra headers."
            )
        mail[key] = _one_line(value)


def _body(mail: EmailMessage, message: Message) -> None:
    text = message.text.encode("utf-8", "replace").decode("utf-8")
    html = message.html.encode("utf-8", "replace").decode("utf-8")
    if text or not html:
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
    else:
        mail.set_content(html, subtype="html")


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    path = attachment.path
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise SendError(f"The attachment {path} cannot be read: {reason}.") from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    mail.add_attachment(data, maintype=main, subtype=sub, filename=_one_line(path.name))
