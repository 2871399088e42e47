"""Proxies in front of the server: what they answer to CONNECT, and how the session goes on."""

from conformance.server.behaviour import Behaviour
from conformance.server.reply import CLOSE, RESET, SILENT, raw, say

OPEN = raw(b"HTTP/1.1 200 Connection established\r\n\r\n")
ANSWERS = {
    "good": OPEN,
    "http-1.0": raw(b"HTTP/1.0 200 OK\r\nVia: 1.0 proxy\r\n\r\n"),
    "200-without-words": raw(b"HTTP/1.1 200\r\n\r\n"),
    "204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "in-pieces": raw(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n", pieces=5),
    "301": raw(b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n"),
    "403": raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nno no"),
    "407": raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
    "502": raw(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    "garbage": raw(b"not a proxy\r\n\r\n"),
    "smtp-greeting": raw(b"220 mail.example.test ESMTP\r\n\r\n"),
    "lower-case": raw(b"http/1.1 403 forbidden\r\n\r\n"),
    "closes": CLOSE,
    "resets": RESET,
    "breaks-off": raw(b"HTTP/1.1 200 OK\r\n", end="close"),
    "is-silent": SILENT,
}


def catalogue() -> list[Behaviour]:
    """All behaviours of this family."""
    made = [Behaviour(f"proxy-{name}", proxy=reply) for name, reply in ANSWERS.items()]
    refused = {"auth": (say("535 5.7.8 Bad credentials"),)}
    together = raw(OPEN.data + b"220 mail.example.test ESMTP\r\n")
    made += [
        Behaviour("proxy-with-greeting", replies={"greeting": (SILENT,)}, proxy=together),
        Behaviour("proxy-then-refuses", None, refused, proxy=OPEN),  # type: ignore[arg-type]
        Behaviour("proxy-then-closes", None, {"greeting": (CLOSE,)}, proxy=OPEN),
        Behaviour("proxy-then-silent", None, {"greeting": (SILENT,)}, proxy=OPEN),
        Behaviour("proxy-then-554", None, {"greeting": (say("554 No"),)}, proxy=OPEN),
        Behaviour("proxy-then-expired", None, certificate="expired", proxy=OPEN),
        Behaviour("proxy-then-handshake-closes", None, handshake="close", proxy=OPEN),
        Behaviour("proxy-tls", None, proxy=OPEN, proxy_tls=True),
        Behaviour("proxy-tls-403", None, proxy=ANSWERS["403"], proxy_tls=True),
    ]
    return made
