"""Addresses as Nodemailer reads them from "Name <address>, …".

Sources: addressparser 1.0.1, lib/addressparser.js, and buildmail 4.0.1, lib/buildmail.js (Nodemailer
2.7.2); nodemailer 4.7.0 and 6.10.1, lib/addressparser/index.js and lib/mime-node/index.js.

Not Python's parser: what a sloppy address becomes decides which RCPT TO the server sees.
"""

import contextlib
import re
from dataclasses import dataclass, field

from loopmail.core.nodemailer.rules import Line

_CLOSERS = {'"': '"', "(": ")", "<": ">", ",": "", ":": ";", ";": ""}
_WHOLE = re.compile(r"[^@\s]+@[^@\s]+\Z")
_INSIDE = re.compile(r"\s*\b[^@\s]+@\S+\b\s*", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f<>]+")
_BREAKS = (" ", "\t", "\r", "\n", ",", ";")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address; the domain is lower-case and in ASCII."""

    name: str
    address: str


@dataclass(slots=True)
class _Token:
    operator: bool
    value: str
    joins: bool = False  # the text after it belongs to the text before it


class _Tokenizer:
    def __init__(self, line: Line) -> None:
        self._modern = line >= 6
        self._expecting = ""
        self._text: _Token | None = None
        self._escaped = False
        self.tokens: list[_Token] = []

    def take(self, char: str, following: str) -> None:
        """Take one character; `following` is the next one or empty."""
        if self._is_escaped(char):
            pass
        elif self._expecting and char == self._expecting:
            joins = self._modern and following != "" and following not in _BREAKS
            self._operator(char, "", joins)
            return
        elif not self._expecting and char in _CLOSERS:
            self._operator(char, _CLOSERS[char], False)
            return
        elif self._modern and self._expecting == '"' and char == "\\":
            self._escaped = True
            return
        if not self._modern and not self._escaped and char == "\\":
            self._escaped = True
            return
        self._add(char)

    def _is_escaped(self, char: str) -> bool:
        if self._modern:
            return self._escaped
        if self._escaped and (char in _CLOSERS or char == "\\"):
            # the backslash of an escaped backslash is taken as the start of another escape
            self._escaped = False
            return True
        return False

    def _operator(self, char: str, expecting: str, joins: bool) -> None:
        self.tokens.append(_Token(True, char, joins))
        self._text = None
        self._expecting = expecting
        self._escaped = False

    def _add(self, char: str) -> None:
        if self._text is None:
            self._text = _Token(False, "")
            self.tokens.append(self._text)
        if self._modern:
            char = " " if char == "\n" else char
            if ord(char) >= 0x21 or char in " \t":
                self._text.value += char
        else:
            self._text.value += ("\\" if self._escaped and char != "\\" else "") + char
        self._escaped = False


@dataclass(slots=True)
class _Parts:
    address: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def _sort(tokens: list[_Token]) -> tuple[_Parts, bool]:
    parts, state, grouped = _Parts(), "text", False
    previous: _Token | None = None
    for token in tokens:
        if token.operator:
            state = {"<": "address", "(": "comment", ":": "group"}.get(token.value, "text")
            grouped = grouped or state == "group"
        elif token.value:
            value = re.sub(r"^[^<]*<\s*", "", token.value) if state == "address" else token.value
            kept: list[str] = getattr(parts, state)
            if previous is not None and previous.joins and kept:
                kept[-1] += value
            else:
                kept.append(value)
        previous = token
    return parts, grouped


def _find_address(parts: _Parts) -> None:
    """Take the address out of the text where none stands in angle brackets."""
    for number in reversed(range(len(parts.text))):
        if _WHOLE.match(parts.text[number]):
            parts.address = [parts.text.pop(number)]
            return
    for number in reversed(range(len(parts.text))):
        found = _INSIDE.search(parts.text[number])
        if found:
            text = parts.text[number]
            parts.address = [found.group().strip()]
            parts.text[number] = (text[: found.start()] + " " + text[found.end() :]).strip()
            return


def _mailboxes(tokens: list[_Token], line: Line) -> list[Mailbox]:
    parts, grouped = _sort(tokens)
    if not parts.text and parts.comment:
        parts.text, parts.comment = parts.comment, []
    if grouped:
        return parse_address_list(",".join(parts.group), line)
    if not parts.address and parts.text:
        _find_address(parts)
    if not parts.text and parts.comment:
        parts.text = parts.comment
    parts.text += parts.address[1:]
    text, address = " ".join(parts.text), " ".join(parts.address[:1])
    found, name = address or text, text or address
    if found == name:
        name, found = ("", found) if "@" in found else (name, "")
    return [Mailbox(name, found)] if found else []


def parse_address_list(text: str, line: Line) -> list[Mailbox]:
    """Return the mailboxes of one address field, addresses as they are written."""
    tokenizer = _Tokenizer(line)
    for number, char in enumerate(text):
        tokenizer.take(char, text[number + 1 : number + 2])
    boxes: list[Mailbox] = []
    current: list[_Token] = []
    for token in [*tokenizer.tokens, _Token(True, ",")]:
        token.value = token.value.strip()
        if token.operator and token.value in (",", ";"):
            if current:
                boxes += _mailboxes(current, line)
            current = []
        elif token.value:
            current.append(token)
    return boxes


def normalize(address: str, line: Line) -> str:
    """Return the address as _normalizeAddress() does: the domain in lower case and in ASCII."""
    cleaned = _CONTROLS.sub(" ", address).strip() if line >= 6 else address.strip()
    user, at, domain = cleaned.rpartition("@")
    if not at and line > 2:
        return cleaned
    domain = domain.lower()
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):
            domain = ".".join(_label(label) for label in re.split("[.\u3002\uff0e\uff61]", domain))
    if line >= 6 and " " in user:
        user = '"' + user.removeprefix('"').removesuffix('"') + '"'
    return f"{user}@{domain}"


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def parse_addresses(fields: list[str], line: Line = 6) -> list[Mailbox]:
    """Return the mailboxes of these fields, normalised; what contains no address is left out."""
    return [
        Mailbox(box.name, normalize(box.address, line))
        for text in fields
        for box in parse_address_list(text, line)
    ]
