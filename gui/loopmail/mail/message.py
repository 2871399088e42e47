"""The test message. STUB: building is being written."""

from dataclasses import dataclass, field
from pathlib import Path


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


def build(message: Message, *, major: int) -> BuiltMessage:
    """Build the MIME message; raise SendError (unreadable attachment). No header can be injected."""
    raise NotImplementedError
