r"""Hiding secrets in a whole text even where they are broken over lines or written with escapes.

What a server or another program says of a secret may be folded (`535-hunt`, `535 er22`), coloured
in the middle, or escaped sign by sign (`\u0068…`, `%68`, `=68`, `&#104;`). Such a text is looked at
without its line ends, blanks and control characters, and then with its escapes read.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from loopmail.core.secret_names import MASK
from loopmail.core.secrets.output import encoded_forms

# Shorter ones occur by chance where blanks do not count.
_SHORTEST = 5
_ESCAPED_TWICE = 2  # how often escapes are read: JSON within JSON
# Folded replies begin with a code (RFC 5321, 4.2.1) and often an enhanced one (RFC 2034), folded
# quoted-printable ends with "=" (RFC 2045, 6.7); ECMA-48's sequences only colour a text.
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_NOTHING = re.compile(
    r"(?m:^)\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3}(?:[ \t]|(?=\s)))?|=\r?\n|\x1b\[[0-?]*[ -/]*[@-~]"
    rf"|{_BLANKS.pattern}"
)
_ESCAPE = re.compile(
    r"(?:\\u[0-9A-Fa-f]{4})+|\\u\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2}|\\[^\w\s]"
    r"|[%=][0-9A-Fa-f]{2}|&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,6});"
)
_LINE = re.compile(r"\n|\d")  # the end of a line, or a code at its beginning
_WIDE = re.compile(r"[^\x00-\xff]")
_HINTS = re.compile(r"[\s\\%=&\x00-\x1f\x7f-\x9f\xad\u200b-\u202e\u2060\ufeff]")


@dataclass(slots=True)
class _View:
    """A text as it is read: bytes, as the letters of the same numbers, each with where it stands."""

    letters: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, data: bytes, start: int, end: int) -> None:
        """Add what one piece of the text, from start to end, stands for."""
        self.letters += data.decode("latin-1")
        self.starts += [start] * len(data)
        self.ends += [end] * len(data)


class ScatteredMask:
    """Replaces secrets in texts, in every form, whole or scattered; lines stay lines."""

    def __init__(self, secrets: Iterable[str], users: Iterable[str] = ()) -> None:
        self._users = tuple(users)
        self._forms: list[str] = []
        self._needles: list[str] = []
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Mask these secrets, too, from now on."""
        forms, needles = set(self._forms), set(self._needles)
        for secret in filter(None, secrets):
            for form in encoded_forms(secret, self._users):
                # replies are read as Latin-1, texts of our own as UTF-8
                forms |= {form.decode("latin-1"), form.decode("utf-8", "replace")}
                needles.add(_BLANKS.sub("", form.decode("latin-1")))
            needles.add(_BLANKS.sub("", secret))  # of Latin-1 itself
        self._forms = sorted(forms, key=len, reverse=True)
        self._needles = sorted(
            (needle for needle in needles if len(needle) >= _SHORTEST), key=len, reverse=True
        )

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        hidden = bytearray(len(text))
        if self._needles and _HINTS.search(text):
            self._mark_scattered(text, hidden)
        # Marked all at once: of a secret that holds a shorter one no part may stay.
        for form in self._forms:
            for place in _places(text, form):
                hidden[place : place + len(form)] = b"\1" * len(form)
        return _without(text, hidden) if any(hidden) else text

    def _mark_scattered(self, text: str, hidden: bytearray) -> None:
        for view in _views(text):
            for needle in self._needles:
                for place in _places(view.letters, needle):
                    first, last = view.starts[place], view.ends[place + len(needle) - 1]
                    hidden[first:last] = b"\1" * (last - first)
        for between in _NOTHING.finditer(text):
            if _LINE.search(between[0]):
                hidden[between.start() : between.end()] = bytes(len(between[0]))


def _places(text: str, part: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)


def _views(text: str) -> Iterator[_View]:
    """Yield the text without what is nothing, then with its escapes read, also those in these."""
    view, position = _View(), 0
    for match in _NOTHING.finditer(text):
        _add_letters(view, text, position, match.start())
        position = match.end()
    _add_letters(view, text, position, len(text))
    yield view
    for _ in range(_ESCAPED_TWICE):
        read, position = _View(), 0
        for match in _ESCAPE.finditer(view.letters):
            _copy(read, view, position, match.start())
            read.add(_meaning(match[0]), view.starts[match.start()], view.ends[match.end() - 1])
            position = match.end()
        if not position:
            return
        _copy(read, view, position, len(view.letters))
        yield read
        view = read


def _add_letters(view: _View, text: str, start: int, end: int) -> None:
    part = text[start:end]
    if part.isascii() or not _WIDE.search(part):
        view.letters += part
        view.starts += range(start, end)
        view.ends += range(start + 1, end + 1)
        return
    for place, letter in enumerate(part, start):
        data = (
            letter.encode("utf-8", "surrogatepass") if ord(letter) > 255 else bytes([ord(letter)])
        )
        view.add(data, place, place + 1)


def _copy(target: _View, view: _View, start: int, end: int) -> None:
    target.letters += view.letters[start:end]
    target.starts += view.starts[start:end]
    target.ends += view.ends[start:end]


def _meaning(escape: str) -> bytes:
    """Return the bytes that an escape stands for."""
    if escape[0] in "%=":
        return bytes([int(escape[1:], 16)])
    if escape[0] == "&":
        return html.unescape(escape).encode("utf-8", "surrogatepass")
    if escape[1] == "x":
        return bytes([int(escape[2:], 16)])
    if escape[1].isdigit():
        return bytes([int(escape[1:], 8)])
    if escape[1] != "u":
        return escape[1].encode("latin-1")
    if escape[2] == "{":
        return chr(min(int(escape[3:-1], 16), 0x10FFFF)).encode("utf-8", "surrogatepass")
    units = b"".join(bytes.fromhex(unit) for unit in escape.split("\\u")[1:])
    text = units.decode("utf-16-be", "surrogatepass")
    return text.encode("utf-8", "surrogatepass")


def _without(text: str, hidden: bytearray) -> str:
    """Return the text with the marked places masked, line by line."""
    done: list[str] = []
    position = 0
    for match in re.finditer(b"\x01+", hidden):
        masked = re.sub(r"[^\r\n]+", MASK, text[match.start() : match.end()])
        done += [text[position : match.start()], masked]
        position = match.end()
    return "".join([*done, text[position:]])
