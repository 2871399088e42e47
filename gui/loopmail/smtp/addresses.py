"""Addresses as Nodemailer reads them from "Name <address>, …".

Sources: addressparser 1.0.1, lib/addressparser.js, and buildmail 4.0.1, lib/buildmail.js (Nodemailer
2.7.2); nodemailer 4.7.0 and 6.10.1, lib/addressparser/index.js and lib/mime-node/index.js.

Not Python's parser: what a sloppy address becomes decides which RCPT TO the server sees.
"""

import re
from dataclasses import dataclass

from loopmail.core.errors import SendError
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


def _tokens(text: str, line: Line) -> list[_Token]:
    modern = line >= 6
    tokens: list[_Token] = []
    expecting, escaped = "", False  # what closes the quotes, comment, address or group
    for number, char in enumerate(text, 1):
        as_text = escaped and (modern or char in _CLOSERS or char == "\\")
        if as_text and not modern:
            # the backslash of an escaped backslash is taken as the start of another escape
            escaped = False
        elif not as_text:
            if char == expecting or (not expecting and char in _CLOSERS):
                following = text[number : number + 1]
                joins = modern and expecting and following and following not in _BREAKS
                tokens.append(_Token(True, char, bool(joins)))
                expecting = "" if expecting else _CLOSERS[char]
                escaped = False
                continue
            if modern and expecting == '"' and char == "\\":
                escaped = True
                continue
        if not modern and not escaped and char == "\\":
            escaped = True
            continue
        if not tokens or tokens[-1].operator:
            tokens.append(_Token(False, ""))
        if not modern:
            tokens[-1].value += ("\\" if escaped and char != "\\" else "") + char
        elif char >= "!" or char in " \t\n":
            tokens[-1].value += " " if char == "\n" else char
        escaped = False
    return tokens


def _sort(tokens: list[_Token]) -> dict[str, list[str]]:
    """Return the texts of these tokens by what they are; "group" is there if a colon is."""
    parts: dict[str, list[str]] = {"address": [], "comment": [], "text": []}
    kept = parts["text"]
    previous: _Token | None = None
    for token in tokens:
        if token.operator:
            kind = {"<": "address", "(": "comment", ":": "group"}.get(token.value, "text")
            kept = parts.setdefault(kind, [])
        elif token.value:
            value = token.value
            if kept is parts["address"]:
                value = re.sub(r"^[^<]*<\s*", "", value)
            if previous is not None and previous.joins and kept:
                kept[-1] += value
            else:
                kept.append(value)
        previous = token
    return parts


def _take_address(texts: list[str]) -> list[str]:
    """Take the address out of the texts where none stands in angle brackets."""
    for number in reversed(range(len(texts))):
        if _WHOLE.match(texts[number]):
            return [texts.pop(number)]
    for number, text in reversed(list(enumerate(texts))):
        found = _INSIDE.search(text)
        if found:
            texts[number] = (text[: found.start()] + " " + text[found.end() :]).strip()
            return [found.group().strip()]
    return []


def _mailboxes(tokens: list[_Token], line: Line) -> list[Mailbox]:
    parts = _sort(tokens)
    if "group" in parts:
        return _parse_field(",".join(parts["group"]), line)
    texts, comments = parts["text"], parts["comment"]
    if not texts:
        texts, comments = comments, []
    addresses = parts["address"] or _take_address(texts)
    text, address = " ".join((texts or comments) + addresses[1:]), " ".join(addresses[:1])
    found, name = address or text, text or address
    if found == name:
        name, found = ("", found) if "@" in found else (name, "")
    return [Mailbox(name, found)] if found else []


def _parse_field(text: str, line: Line) -> list[Mailbox]:
    """Return the mailboxes of one address field, addresses as they are written."""
    boxes: list[Mailbox] = []
    current: list[_Token] = []
    for token in [*_tokens(text, line), _Token(True, ",")]:
        token.value = token.value.strip()
        if token.operator and token.value in (",", ";"):
            if current:
                boxes += _mailboxes(current, line)
            current = []
        elif token.value:
            current.append(token)
    return boxes


def ascii_domain(domain: str) -> str:
    """Return the domain as punycode's toASCII(), which looks at no label's length."""
    labels = re.split("[.\u3002\uff0e\uff61]", domain)
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels
    )


def _normalize(address: str, line: Line) -> str:
    """Return the address as _normalizeAddress() does: the domain in lower case and in ASCII."""
    cleaned = _CONTROLS.sub(" ", address).strip() if line >= 6 else address.strip()
    user, at, domain = cleaned.rpartition("@")
    if not at and line > 2:
        return cleaned
    if line >= 6 and " " in user:
        user = '"' + user.removeprefix('"').removesuffix('"') + '"'
    return f"{user}@{ascii_domain(domain.lower())}"


def parse_addresses(fields: list[str], line: Line = 6) -> list[Mailbox]:
    """Return the mailboxes of these fields, normalised; what contains no address is left out.

    Raise SendError for groups within groups that are nested too deeply.
    """
    try:
        found = [box for text in fields for box in _parse_field(text, line)]
    except RecursionError:
        raise SendError(
            "An address holds groups within groups, deeper than loopmail reads."
        ) from None
    return [Mailbox(box.name, _normalize(box.address, line)) for box in found]
