"""A named way for a server to behave, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.server.reply import Reply, say

Wrap = Literal["clear", "starttls", "implicit"]
Stage = Literal[
    "greeting",
    "first-ehlo",  # before STARTTLS, where the server is made for it
    "ehlo",  # and LHLO
    "helo",
    "starttls",
    "auth",  # the AUTH command
    "auth-1",  # the client's first answer to a 334
    "auth-2",
    "auth-3",
    "mail",
    "rcpt",
    "data",
    "message",  # after the final dot
    "quit",
    "rset",
    "other",
]
Handshake = Literal["good", "close", "reset", "silent", "garbage", "clear-text"]
Certificate = Literal["good", "expired", "self-signed", "wrong-name", "unknown-ca"]

USER, PASSWORD, TOKEN = "user@example.test", "correct horse", "good-token"
PLAIN_LOGIN = ("PIPELINING", "8BITMIME", "AUTH PLAIN LOGIN")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the server does where it differs from a well-behaved one.

    `wrap`: None takes what the configuration under test expects. `replies` gives the replies of
    a stage in order; the last one is repeated. `first_ehlo` replies before TLS only.
    """

    name: str
    wrap: Wrap | None = None
    replies: Mapping[Stage, tuple[Reply, ...]] = field(default_factory=dict)
    capabilities: tuple[str, ...] = PLAIN_LOGIN
    before_tls: tuple[str, ...] = ("STARTTLS",)  # capabilities before STARTTLS
    certificate: Certificate = "good"
    handshake: Handshake = "good"
    tls_version: Literal["any", "1.1", "1.2", "1.3"] = "any"
    listening: bool = True
    proxy: Reply | None = None  # answer a proxy's CONNECT with this first; go on after a 2xx
    proxy_tls: bool = False
    credentials: tuple[str, str, str] = (USER, PASSWORD, TOKEN)  # what signs in


DEFAULTS: Mapping[Stage, Reply] = {
    "greeting": say("220 mail.example.test ESMTP"),
    "helo": say("250 mail.example.test"),
    "starttls": say("220 Go ahead"),
    "mail": say("250 Sender ok"),
    "rcpt": say("250 Recipient ok"),
    "data": say("354 Go ahead"),
    "message": say("250 Queued as 12345"),
    "quit": say("221 Bye"),
    "rset": say("250 Ok"),
    "other": say("500 Unknown command"),
}


def capability_reply(capabilities: tuple[str, ...]) -> Reply:
    """Return the EHLO reply that lists these capabilities."""
    lines = ["mail.example.test", *capabilities]
    marked = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
    return say("\n".join(marked))
