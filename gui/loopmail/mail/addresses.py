"""Addresses as Nodemailer reads them from "Name <address>, …"."""

import contextlib
from dataclasses import dataclass
from email.utils import getaddresses


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address; the domain is lower-case and in ASCII."""

    name: str
    address: str


def normalize(address: str) -> str:
    """Return the address as Nodemailer's _normalizeAddress does: domain punycoded, no <> in it."""
    cleaned = "".join(" " if ord(c) < 32 or c in "<>" else c for c in address).strip()
    user, at, domain = cleaned.rpartition("@")
    if not at:
        return cleaned
    domain = domain.lower()
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    if " " in user:
        user = '"' + user.removeprefix('"').removesuffix('"') + '"'
    return f"{user}@{domain}"


def parse_addresses(fields: list[str]) -> list[Mailbox]:
    """Return the mailboxes of these fields; what holds no address is left out."""
    boxes = []
    for name, address in getaddresses([f for f in fields if f.strip()]):
        if "@" in address:
            boxes.append(Mailbox(name, normalize(address)))
    return boxes
