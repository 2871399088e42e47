"""Envelope and extensions: SIZE, SMTPUTF8, 8BITMIME, PIPELINING, DSN, partial recipients."""

from conformance.server.behaviour import Behaviour
from conformance.server.reply import Reply, say

OK = say("250 Recipient ok")
NO = say("550 5.1.1 No such user")
LATER = say("451 4.7.1 Greylisted")
FULL = say("452 4.5.3 Too many recipients")
AUTH = "AUTH PLAIN LOGIN"

RECIPIENTS: dict[str, tuple[Reply, ...]] = {
    "first-refused": (NO, OK),
    "last-refused": (OK, OK, NO),
    "all-refused": (NO,),
    "mixed-refusals": (NO, LATER, FULL),
    "one-later": (OK, LATER, OK),
    "251-forwarded": (say("251 User not local; will forward"),),
    "421-at-second": (OK, say("421 4.3.2 Shutting down", end="close")),
    "closes-at-second": (OK, Reply(end="close")),
}


def catalogue() -> list[Behaviour]:
    """All behaviours of this family."""
    made = [
        Behaviour("good"),
        Behaviour("bare", capabilities=(AUTH,)),
        Behaviour("size-large", capabilities=("SIZE 35882577", AUTH)),
        Behaviour("size-small", capabilities=("SIZE 100", AUTH)),
        Behaviour("size-zero", capabilities=("SIZE 0", AUTH)),
        Behaviour("size-without-number", capabilities=("SIZE", AUTH)),
        Behaviour("size-not-a-number", capabilities=("SIZE big", AUTH)),
        Behaviour("smtputf8", capabilities=("SMTPUTF8", "8BITMIME", AUTH)),
        Behaviour("smtputf8-without-8bitmime", capabilities=("SMTPUTF8", AUTH)),
        Behaviour("8bitmime", capabilities=("8BITMIME", AUTH)),
        Behaviour("pipelining", capabilities=("PIPELINING", AUTH)),
        Behaviour("dsn", capabilities=("DSN", AUTH)),
        Behaviour("everything", capabilities=("PIPELINING", "SIZE 9999999", "8BITMIME", "DSN")
                  + ("SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING", AUTH)),
        Behaviour("lower-case-extensions", capabilities=("size 5", "smtputf8", "auth plain")),
    ]  # fmt: skip
    for name, replies in RECIPIENTS.items():
        made.append(Behaviour(f"rcpt-{name}", replies={"rcpt": replies}, capabilities=(AUTH,)))
        made.append(Behaviour(f"rcpt-{name}-pipelined", replies={"rcpt": replies}))
    return made
