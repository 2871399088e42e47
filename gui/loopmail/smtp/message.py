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
class Message:
    """What `Email.send` would be given."""

    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[Path, ...] = ()  # files, read when the message is built
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltMessage:
    """The message as it goes over the wire, and its envelope."""

    data: bytes = field(repr=False)
    envelope_from: str
    envelope_to: tuple[str, ...]
    message_id: str


_OWN = frozenset(
    ("from", "to", "cc", "bcc", "subject", "message-id", "date", "mime-version")
    + ("content-type", "content-transfer-encoding", "content-disposition")
)


def _one_line(text: str) -> str:
    """Fold line breaks and other control characters into blanks: no header can be injected."""
    folded = "".join(
        " " if ord(c) < 32 or ord(c) == 127 or c in "\u2028\u2029\x85" else c for c in text
    )
    return _encodable(folded)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _header_value(boxes: list[Mailbox]) -> tuple[Address, ...]:
    values = []
    for box in boxes:
        with contextlib.suppress(ValueError):
            user, _, domain = _one_line(box.address).rpartition("@")
            values.append(Address(_one_line(box.name), user or domain, domain if user else ""))
    return tuple(values)


def build(message: Message, rules: Rules) -> BuiltMessage:
    """Build the MIME message; no header can be injected.

    The Message-ID is as the app's callback gets it. The envelope is what Nodemailer's getEnvelope
    derives: the first address of From, and every address of To, Cc and Bcc once. Raise SendError
    for an attachment that cannot be read and an extra header that cannot be sent.
    """
    senders = parse_addresses([message.sender], rules.line)
    groups = [
        parse_addresses(list(each), rules.line) for each in (message.to, message.cc, message.bcc)
    ]
    envelope_from = senders[0].address if senders else ""
    recipients = tuple(dict.fromkeys(box.address for group in groups for box in group))
    unique = "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
    identifier = f"{unique}@{envelope_from.rpartition('@')[2] or 'localhost'}"
    mail = EmailMessage(policy=SMTP)
    for name, boxes in zip(("From", "To", "Cc"), (senders, *groups[:2]), strict=True):
        addresses = _header_value(boxes)
        if addresses:
            mail[name] = addresses
    if message.subject:
        mail["Subject"] = _one_line(message.subject)
    mail["Message-ID"] = f"<{identifier}>"
    mail["Date"] = format_datetime(datetime.now(UTC))
    for name, value in message.headers:
        _add_header(mail, name.strip(), _one_line(value))
    text, html = _encodable(message.text), _encodable(message.html)
    if text or not html:
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
    else:
        mail.set_content(html, subtype="html")
    for path in message.attachments:
        _attach(mail, path)
    return BuiltMessage(
        data=mail.as_bytes(),
        envelope_from=envelope_from,
        envelope_to=recipients,
        message_id=f"<{identifier}>" if rules.message_id_in_brackets else identifier,
    )


def _add_header(mail: EmailMessage, name: str, value: str) -> None:
    if not name or not all(33 <= ord(c) <= 126 and c != ":" for c in name):
        raise SendError(
            f"The header name “{_one_line(name)}” is not allowed: use letters, digits and hyphens."
        )
    if name.lower() in _OWN:
        raise SendError(f"The header {name} is set by the form; leave it out of the extra headers.")
    try:
        mail[name] = value
    except (ValueError, IndexError) as error:
        # One that may stand there once only, or an address that the email package trips over.
        raise SendError(
            f"The header {name} cannot be “{value}”: give it once, with a whole value."
        ) from error


def _attach(mail: EmailMessage, path: Path) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise SendError(f"The attachment {path} cannot be read: {reason}.") from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    mail.add_attachment(data, maintype=main, subtype=sub, filename=_one_line(path.name))
