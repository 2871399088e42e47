"""A caught message: its bytes taken apart for showing; garbage is shown as well as possible."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CaughtAttachment:
    """An attached file; `size` in bytes after decoding."""

    name: str
    content_type: str
    size: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaughtMessage:
    """A message that arrived."""

    number: int
    received: str  # ISO 8601, local time
    envelope_from: str
    envelope_to: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str  # as source, never rendered
    raw: bytes = field(repr=False)
    attachments: tuple[CaughtAttachment, ...] = ()
    signed_in_as: str | None = None  # the user name of AUTH; the password is not kept


def take_apart(
    number: int,
    raw: bytes,
    envelope_from: str,
    envelope_to: Sequence[str],
    signed_in_as: str | None = None,
) -> CaughtMessage:
    """Make a CaughtMessage of what came over the wire; never raises, whatever the bytes."""
    message = _attempt(lambda: BytesParser(policy=policy.default).parsebytes(raw))
    # For the headers the lenient old parser: the modern one can raise on reading a malformed value.
    lenient = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    headers = tuple((name, _header_text(value)) for name, value in lenient.items())
    text, html, attachments = _bodies(message) if message is not None else ("", "", ())
    subject = next((value for name, value in headers if name.lower() == "subject"), "")
    return CaughtMessage(
        number=number,
        received=datetime.now().astimezone().isoformat(timespec="milliseconds"),
        envelope_from=envelope_from,
        envelope_to=tuple(envelope_to),
        subject=subject,
        headers=headers,
        text=text,
        html=html,
        raw=raw,
        attachments=attachments,
        signed_in_as=signed_in_as,
    )


def _header_text(value: object) -> str:
    """Unfold a header and decode its RFC 2047 words; what cannot be decoded stays as it came."""
    plain = " ".join(line.strip() for line in str(value).splitlines())
    decoded = _attempt(lambda: str(make_header(decode_header(plain))))
    return plain if decoded is None else decoded


def _bodies(message: EmailMessage) -> tuple[str, str, tuple[CaughtAttachment, ...]]:
    """Return text, HTML and attachments of all leaves."""
    texts: list[str] = []
    pages: list[str] = []
    attachments: list[CaughtAttachment] = []
    for part in _attempt(lambda: list(message.walk())) or []:
        kind = _attempt(part.get_content_type) or "text/plain"
        if kind.startswith("multipart/"):
            continue
        file_name = _attempt(part.get_filename)
        disposition = _attempt(part.get_content_disposition)
        if disposition != "attachment" and not file_name and kind in ("text/plain", "text/html"):
            (pages if kind == "text/html" else texts).append(_text_of(part))
        elif kind != "message/rfc822" or disposition == "attachment":
            data = _bytes_of(part)
            name = file_name or f"part-{len(attachments) + 1}"
            attachments.append(CaughtAttachment(name, kind, len(data), data))
    return "\n".join(texts), "\n".join(pages), tuple(attachments)


def _bytes_of(part: Message) -> bytes:
    """Return a leaf's decoded bytes."""
    payload = _attempt(lambda: part.get_payload(decode=True))
    return payload if isinstance(payload, bytes) else b""


def _text_of(part: Message) -> str:
    """Return a leaf's text; an unknown or wrong charset gives replacement characters."""
    charset = _attempt(part.get_content_charset) or "utf-8"
    data = _bytes_of(part)
    text = _attempt(lambda: data.decode(charset, "replace"))
    if text is None:
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _attempt(call: Callable[[], T]) -> T | None:
    """Return the call's result, or None where Python's email package stumbles over garbage."""
    try:
        return call()
    except Exception:  # noqa: BLE001 - email raises many kinds, by defect
        return None
