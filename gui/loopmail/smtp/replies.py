"""Reading replies, and what the server offers in them, as Nodemailer does.

Source: _onData() and _processResponse() of smtp-connection 2.12.0, lib/smtp-connection.js
(Nodemailer 2.7.2), and of nodemailer 4.7.0 and 6.10.1, lib/smtp-connection/index.js.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from loopmail.core.nodemailer import Rules
from loopmail.smtp.errors import TooMuch

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
        """Read a reply from its lines, joined by newlines."""
        return cls(text[:3], text)

    @property
    def is_success(self) -> bool:
        """Whether the server did what it was asked (2yz in RFC 5321, 4.2.1)."""
        return self.code.startswith("2")


class ReplyReader:
    """Cuts what arrives into replies; bytes are read as Latin-1, as Nodemailer does.

    `joins_split`: before version 6 a multi-line reply that arrives in several packets lost the
    part that came first: _processResponse() takes it from the queue and returns.
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


# --- What the server offers, searched in its EHLO reply as Nodemailer does ------------
# Source: _actionEHLO() of smtp-connection 2.12.0, lib/smtp-connection.js (Nodemailer 2.7.2), and of
# nodemailer 4.7.0 and 6.10.1, lib/smtp-connection/index.js.

_ANY = re.IGNORECASE | re.MULTILINE | re.ASCII
_SPACES = re.compile(r"\s++", re.ASCII)
_EXTENSIONS = ("SMTPUTF8", "PIPELINING")  # those on which its next steps depend
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What Nodemailer would record and act on."""

    extensions: frozenset[str] = frozenset()
    mechanisms: tuple[str, ...] = ()
    allows_auth: bool = False


def offers_starttls(reply: Reply) -> bool:
    """Tell whether the reply advertises STARTTLS."""
    return bool(re.search(r"[ -]STARTTLS\b", reply.text, _ANY))


def parse_capabilities(reply: Reply, rules: Rules) -> Capabilities:
    """Return what the reply advertises, mechanisms in Nodemailer's own fixed order."""
    text = reply.text
    found = {name for name in _EXTENSIONS if re.search(rf"[ -]{name}\b", text, _ANY)}
    before = "[ -]" if rules.auth_needs_separator else ""
    lists = _mechanism_lists(text, before)
    mechanisms = tuple(name for name in MECHANISMS if _is_listed(name, text, before, lists))
    return Capabilities(
        extensions=frozenset(found),
        mechanisms=mechanisms,
        allows_auth=bool(re.search(r"[ -]AUTH\b", text, _ANY)),
    )


def _mechanism_lists(text: str, before: str) -> list[tuple[int, int]]:
    """Return, for each line that a list of mechanisms leads to, where that begins and ends."""
    found: dict[int, tuple[int, int]] = {}
    for match in re.finditer(rf"{before}AUTH(?=\s|=)", text, _ANY):
        start = match.end() + 1
        if text[match.end()] != "=":
            spaces = _SPACES.match(text, match.end())
            start = spaces.end() if spaces else start
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        found.setdefault(end, (start, end))
    return sorted(found.values())


def _is_listed(name: str, text: str, before: str, lists: list[tuple[int, int]]) -> bool:
    r"""Tell whether `AUTH(?:(\s+|=)[^\n]*\s+|\s+|=)NAME` is in the reply.

    Nodemailer searches with this expression, which takes cubic time on a hostile reply: an
    hour for some kilobytes. This does the same in a time that grows with the length only.
    """
    if re.search(rf"{before}AUTH(?:\s++|=){name}", text, _ANY):
        return True
    # Behind the blanks or “=” anything may stand on the same line; the blanks in front of the
    # name begin on that line, but may end on a later one.
    for match in re.finditer(rf"(?<!\s)\s++{name}", text, _ANY):
        place = bisect_right(lists, (match.start(), len(text))) - 1
        if place >= 0 and match.start() <= lists[place][1]:
            return True
    return False
