"""A caught message: its bytes taken apart for showing; garbage is shown as well as possible."""

import mimetypes
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from itertools import islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


# A message may be made to exhaust whoever takes it apart; what is beyond stands in its source.
MAX_PARTS = 1000
MAX_NESTED = 20  # multiparts within each other
MAX_TEXT = 2_000_000  # characters of the text, and of the HTML
MAX_HEADERS = 500
_LONGEST_HEADER = 20_000  # characters that are decoded
_LONGEST_KIND = 2_000  # bytes of a header that names a part's type or file


@dataclass(frozen=True, slots=True)
class CaughtAttachment:
    """An attached file; `size` in bytes after decoding."""

    name: str
    content_type: str
    size: int
    data: bytes = field(repr=False)
    content_id: str = ""  # without its <>; the HTML shows the part by `cid:` and this


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
    html: str  # as it came: whoever shows it cleans it first (see catcher/html.py)
    raw: bytes = field(repr=False)
    attachments: tuple[CaughtAttachment, ...] = ()
    signed_in_as: str | None = None  # the user name of AUTH; the password is not kept
    cut: bool = False  # only the first parts were taken apart

    def header(self, name: str) -> str:
        """Return a header's value, empty where the message has none of this name."""
        found = (value for key, value in self.headers if key.lower() == name.lower())
        return next(found, "")


def take_apart(
    number: int,
    raw: bytes,
    envelope_from: str,
    envelope_to: Sequence[str],
    signed_in_as: str | None = None,
) -> CaughtMessage:
    """Make a CaughtMessage of what came over the wire; never raises, whatever the bytes."""
    manageable, cut = _manageable(raw)
    message = _attempt(lambda: BytesParser(policy=policy.default).parsebytes(manageable))
    # For the headers the lenient old parser: the modern one can raise on reading a malformed value.
    lenient = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    shown = islice(lenient.items(), MAX_HEADERS)
    headers = tuple((name, _header_text(value)) for name, value in shown)
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
        cut=cut,
    )


_DELIMITER = re.compile(rb"^--", re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)


def _manageable(raw: bytes) -> tuple[bytes, bool]:
    """Return as much of a message as is taken apart, and whether that is not all of it.

    Python's parser looks at each line once for each multipart around it, and begins a part at each
    delimiter.
    """
    ends = [
        found.start()
        for pattern, most in ((_DELIMITER, 2 * MAX_PARTS), (_BOUNDARY, MAX_NESTED))
        for found in islice(pattern.finditer(raw), most, most + 1)
    ]
    return (raw[: min(ends)], True) if ends else (raw, False)


def _header_text(value: object) -> str:
    """Unfold a header and decode its RFC 2047 words; what cannot be decoded stays as it came."""
    plain = " ".join(line.strip() for line in str(value)[:_LONGEST_HEADER].splitlines())
    decoded = _attempt(lambda: str(make_header(decode_header(plain))))
    return plain if decoded is None else decoded


def _bodies(message: EmailMessage) -> tuple[str, str, tuple[CaughtAttachment, ...]]:
    """Return text, HTML and attachments of the first leaves."""
    texts: list[str] = []
    pages: list[str] = []
    attachments: list[CaughtAttachment] = []
    for part in _attempt(lambda: list(islice(message.walk(), MAX_PARTS))) or []:
        plain = all(len(str(value)) <= _LONGEST_KIND for _, value in part.raw_items())
        kind = (_attempt(part.get_content_type) if plain else None) or "text/plain"
        if kind.startswith("multipart/"):
            continue
        file_name = _attempt(part.get_filename) if plain else None
        disposition = _attempt(part.get_content_disposition) if plain else None
        if disposition != "attachment" and not file_name and kind in ("text/plain", "text/html"):
            (pages if kind == "text/html" else texts).append(_text_of(part))
        elif kind != "message/rfc822" or disposition == "attachment":
            data = _bytes_of(part)
            ending = mimetypes.guess_extension(kind) or ""
            name = file_name or f"part-{len(attachments) + 1}{ending}"
            own = str(_attempt(lambda one=part: one.get("Content-ID", "")) or "")  # type: ignore[misc]
            id_ = own.strip().removeprefix("<").removesuffix(">")
            attachments.append(CaughtAttachment(name, kind, len(data), data, id_))
    return "\n".join(texts)[:MAX_TEXT], "\n".join(pages)[:MAX_TEXT], tuple(attachments)


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


# --- Files made of what a message holds -----------------------------------------------

_LONGEST_NAME = 100  # characters
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z")  # names of devices (Windows)


def safe_file_name(name: str, otherwise: str = "attachment") -> str:
    """Return a name for a file in a folder that the user chose, from one that a stranger gave.

    It holds no folder, no control or direction character (U+202E would show `exe.pdf` as
    `fdp.exe`), nothing that a file system reserves, and is neither hidden nor long.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    kept = re.sub(r'[<>:"|?*]', "_", kept).strip(" .\u00a0")
    if len(kept) > _LONGEST_NAME:
        stem, dot, ending = kept.rpartition(".")
        ending = dot + ending if stem and len(ending) < 10 else ""
        kept = kept[: _LONGEST_NAME - len(ending)].rstrip(". ") + ending
    while len(kept.encode("utf-8")) > 2 * _LONGEST_NAME:  # file systems count bytes
        kept = kept[1:]
    return f"_{kept}" if _RESERVED.match(kept) else kept or otherwise


def save_into(folder: Path, name: str, data: bytes) -> Path:
    """Write a new file of this name into a folder, numbered if there is one; return its path.

    Raise OSError.
    """
    path = folder / name
    stem, ending = path.stem, path.suffix
    for number in range(2, 1000):
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            path = folder / f"{stem} ({number}){ending}"
        else:
            return path
    raise FileExistsError(17, "There are a thousand files of this name", str(path))
