"""Reading replies as Nodemailer's _onData and _processResponse do."""

import re
from collections.abc import Callable

_LINE_END = re.compile(r"\r?\n")
_CONTINUES = re.compile(r"\d+-", re.ASCII)
_LONGEST = 64 * 1024  # of an unfinished line
_MOST = 1024 * 1024  # of one reply


def _continues(reply: str) -> bool:
    return bool(_CONTINUES.match(reply.rpartition("\n")[2]))


class TooMuch(Exception):
    """The server sends without end; Nodemailer would go on, we stop."""


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
        self._queue: list[str] = []
        self.remainder = ""

    @property
    def waiting(self) -> str | None:
        """A reply that has arrived before it was asked for."""
        return self._queue[0] if self._queue else None

    def next(self) -> str:
        """Return the next reply, its lines joined by newlines; `receive`'s errors pass through."""
        while True:
            if self._queue and not (self._joins_split and _continues(self._queue[-1])):
                reply = self._queue.pop(0)
                if not _continues(reply):
                    return reply
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
            if self._queue and _continues(self._queue[-1]):
                self._queue[-1] += "\n" + line
            else:
                self._queue.append(line)
        if len(self.remainder) > _LONGEST or sum(map(len, self._queue)) > _MOST:
            raise TooMuch
