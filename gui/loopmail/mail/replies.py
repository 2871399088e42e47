"""Reading replies as Nodemailer's _onData and _processResponse do."""

import re
from collections.abc import Callable

from loopmail.mail.failure import TooMuch

_LINE_END = re.compile(r"\r?\n")
_CONTINUES = re.compile(r"\d+-", re.ASCII)
_LONGEST = 64 * 1024  # of an unfinished line
_MOST = 1024 * 1024  # of all replies that wait, in characters
_MOST_LINES = 20_000  # of one reply, or replies nobody asked for


def _continues(reply: list[str]) -> bool:
    return bool(_CONTINUES.match(reply[-1]))


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
    def waiting(self) -> str | None:
        """A reply that has arrived before it was asked for."""
        return "\n".join(self._queue[0]) if self._queue else None

    def next(self) -> str:
        """Return the next reply, its lines joined by newlines; `receive`'s errors pass through."""
        while True:
            if self._queue and not (self._joins_split and _continues(self._queue[-1])):
                reply = self._queue.pop(0)
                self._size -= sum(map(len, reply))
                if not _continues(reply):
                    return "\n".join(reply)
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
