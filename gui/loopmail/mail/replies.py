"""Reading replies as Nodemailer's _onData and _processResponse do."""

import re
from collections.abc import Callable
from typing import NamedTuple

from loopmail.mail.failure import TooMuch

_LINE_END = re.compile(r"\r?\n")
_CONTINUES = re.compile(r"\d+-", re.ASCII)
_LONGEST = 64 * 1024  # of an unfinished line
_MOST = 1024 * 1024  # of all replies that wait, in characters
_MOST_LINES = 20_000  # of one reply, or replies nobody asked for


def _continues(reply: list[str]) -> bool:
    return bool(_CONTINUES.match(reply[-1]))


class Reply(NamedTuple):
    """A server's reply. Nodemailer judges it by its first characters, whatever stands there.

    Source: nodemailer 6, lib/smtp-connection/index.js: `str.substr(0, 3)`, `str.charAt(0)`.
    """

    code: str  # the first three characters: of a sound reply, its number
    text: str  # all lines, joined by newlines

    @classmethod
    def parse(cls, text: str) -> "Reply":
        """Return the reply that these lines are."""
        return cls(text[:3], text)

    @property
    def is_success(self) -> bool:
        """Whether the server did what it was asked (2yz in RFC 5321, 4.2.1)."""
        return self.code[:1] == "2"

    @property
    def wants_more(self) -> bool:
        """Whether the server waits for what belongs to the command (3yz in RFC 5321, 4.2.1)."""
        return self.code[:1] == "3"

    @property
    def is_refusal(self) -> bool:
        """Whether the server refuses, for now or for good (4yz, 5yz in RFC 5321, 4.2.1)."""
        return self.code[:1] in ("4", "5") and self.code.isdigit()


class ReplyReader:
    """Cuts what arrives into replies; bytes are read as Latin-1, as Nodemailer does.

    `joins_split`: before version 6 a multi-line reply that arrives in several packets lost the
    part that came first (smtp-connection: _processResponse takes it from the queue and returns).
    """

    def __init__(
        self,
        joins_split: bool,
        receive: Callable[[], bytes],
        receive_now: Callable[[], bytes] = lambda: b"",
    ) -> None:
        self._joins_split = joins_split
        self._receive = receive
        self._receive_now = receive_now
        self.lost = False  # a part of a reply was lost, as it is in the app
        self._queue: list[list[str]] = []  # replies, each as its lines
        self._size = 0  # of all that waits in the queue, in characters
        self.remainder = ""

    @property
    def waiting(self) -> Reply | None:
        """A reply that has arrived before it was asked for."""
        return Reply.parse("\n".join(self._queue[0])) if self._queue else None

    def next(self) -> Reply:
        """Return the next reply; raise TooMuch, and what `receive` raises."""
        while True:
            if self._queue and not (self._joins_split and _continues(self._queue[-1])):
                reply = self._queue.pop(0)
                self._size -= sum(map(len, reply))
                if not _continues(reply):
                    return Reply.parse("\n".join(reply))
                self.lost = True
                continue
            self._feed(self._receive())
            self._gather()

    def _gather(self) -> None:
        """Take what follows at once: packets that come together are one for Node, too."""
        while not self._joins_split and self._queue and _continues(self._queue[-1]):
            more = self._receive_now()
            if not more:
                return
            self._feed(more)

    def _feed(self, chunk: bytes) -> None:
        lines = _LINE_END.split(self.remainder + chunk.decode("latin-1"))
        self.remainder = lines.pop()
        for line in lines:
            self._size += len(line)
            if self._queue and _continues(self._queue[-1]):
                self._queue[-1].append(line)
            else:
                self._queue.append([line])
        waiting = len(self._queue) + len(self._queue[-1]) if self._queue else 0
        if len(self.remainder) > _LONGEST or self._size > _MOST or waiting > _MOST_LINES:
            raise TooMuch
