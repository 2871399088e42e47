"""What the misbehaving server does when it is its turn to speak."""

from dataclasses import dataclass
from typing import Literal

End = Literal["stay", "close", "reset"]


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes to send (`after` some seconds), in how many pieces, and what follows."""

    data: bytes = b""
    pieces: int = 1
    end: End = "stay"
    after: float = 0.0


CLOSE = Reply(end="close")
RESET = Reply(end="reset")
SILENT = Reply()


def say(text: str, *, end: End = "stay", pieces: int = 1, line_end: str = "\r\n") -> Reply:
    """Send the lines of `text`, each ended as SMTP wants it (or not)."""
    lines = text.split("\n")
    data = "".join(line + line_end for line in lines)
    return Reply(data.encode("utf-8"), pieces, end)


def raw(data: bytes, *, end: End = "stay", pieces: int = 1) -> Reply:
    """Send exactly these bytes."""
    return Reply(data, pieces, end)
