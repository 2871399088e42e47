"""The built-in mail catcher. STUB: bodies are being written."""

from collections.abc import Callable
from dataclasses import dataclass, field


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


class MailCatcher:
    """An SMTP server on the loopback interface that keeps what it gets (aiosmtpd, own thread)."""

    def __init__(
        self, port: int = 0, on_message: Callable[[CaughtMessage], None] | None = None
    ) -> None:
        raise NotImplementedError

    @property
    def host(self) -> str:
        """127.0.0.1."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        raise NotImplementedError

    def start(self) -> None:
        """Listen; raise SendError if the port cannot be had."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop listening and end the thread."""
        raise NotImplementedError

    def messages(self) -> list[CaughtMessage]:
        """What has arrived, oldest first (at most the last 1000)."""
        raise NotImplementedError
