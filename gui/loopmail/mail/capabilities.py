"""What the server offers, searched in its EHLO reply as Nodemailer does (§6.5)."""

import re
from dataclasses import dataclass

from loopmail.core.plan import Rules

_ANY = re.IGNORECASE | re.MULTILINE | re.ASCII
_EXTENSIONS = ("SMTPUTF8", "DSN", "8BITMIME", "PIPELINING")
_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The extensions and mechanisms that Nodemailer would record."""

    extensions: frozenset[str] = frozenset()
    mechanisms: tuple[str, ...] = ()
    allows_auth: bool = False
    max_size: int = 0


def offers_starttls(reply: str) -> bool:
    """Tell whether the reply advertises STARTTLS."""
    return bool(re.search(r"[ -]STARTTLS\b", reply, _ANY))


def parse_capabilities(reply: str, rules: Rules) -> Capabilities:
    """Return what the reply advertises, mechanisms in Nodemailer's own fixed order."""
    found = {name for name in _EXTENSIONS if re.search(rf"[ -]{name}\b", reply, _ANY)}
    before = "[ -]" if rules.auth_needs_separator else ""
    mechanisms = tuple(
        name
        for name in _MECHANISMS
        if re.search(rf"{before}AUTH(?:(\s+|=)[^\n]*\s+|\s+|=){name}", reply, _ANY)
    )
    gap = r"[ \t]" if rules.line >= 6 else r"\s"
    size = re.search(rf"[ -]SIZE(?:{gap}+(\d+))?", reply, _ANY)
    if size:
        found.add("SIZE")
    return Capabilities(
        extensions=frozenset(found),
        mechanisms=mechanisms,
        allows_auth=bool(re.search(r"[ -]AUTH\b", reply, _ANY)),
        max_size=int(size.group(1) or 0) if size else 0,
    )
