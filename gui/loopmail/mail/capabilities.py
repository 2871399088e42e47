"""What the server offers, searched in its EHLO reply as Nodemailer does (§6.5)."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from loopmail.core.plan import Rules
from loopmail.mail.replies import Reply

_ANY = re.IGNORECASE | re.MULTILINE | re.ASCII
_SPACES = re.compile(r"\s++", re.ASCII)
_MOST_DIGITS = 15
_EXTENSIONS = ("SMTPUTF8", "DSN", "8BITMIME", "PIPELINING")
_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The extensions and mechanisms that Nodemailer would record."""

    extensions: frozenset[str] = frozenset()
    mechanisms: tuple[str, ...] = ()
    allows_auth: bool = False
    max_size: int = 0


def offers_starttls(reply: Reply) -> bool:
    """Tell whether the reply advertises STARTTLS."""
    return bool(re.search(r"[ -]STARTTLS\b", reply.text, _ANY))


def parse_capabilities(reply: Reply, rules: Rules) -> Capabilities:
    """Return what the reply advertises, mechanisms in Nodemailer's own fixed order."""
    text = reply.text
    found = {name for name in _EXTENSIONS if re.search(rf"[ -]{name}\b", text, _ANY)}
    before = "[ -]" if rules.auth_needs_separator else ""
    lists = _mechanism_lists(text, before)
    mechanisms = tuple(name for name in _MECHANISMS if _is_listed(name, text, before, lists))
    gap = r"[ \t]" if rules.line >= 6 else r"\s"
    size = re.search(rf"[ -]SIZE(?:{gap}+(\d+))?", text, _ANY)
    if size:
        found.add("SIZE")
    return Capabilities(
        extensions=frozenset(found),
        mechanisms=mechanisms,
        allows_auth=bool(re.search(r"[ -]AUTH\b", text, _ANY)),
        max_size=int((size.group(1) or "0")[:_MOST_DIGITS]) if size else 0,
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
