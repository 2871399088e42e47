"""Python's socket and TLS errors in Node's words (Node 20)."""

import errno
import os
import re
import socket
import ssl

_REASON = re.compile(r"\[SSL: ([A-Z0-9_]+)\]")


def errno_name(error: OSError) -> str:
    """Return ECONNREFUSED and the like."""
    return errno.errorcode.get(error.errno or 0, "EIO")


def connect_text(error: OSError, address: str, port: object) -> str:
    """Return the message of a failed connect: `connect ECONNREFUSED 127.0.0.1:25`."""
    shown = f"{address}:{port}"
    return f"connect {errno_name(error)} {shown}"


def read_text(error: OSError) -> str:
    """Return the message of a failed read: `read ECONNRESET`."""
    return f"read {errno_name(error)}"


def lookup_text(error: OSError, host: str) -> str:
    """Return the message of a failed name look-up: `getaddrinfo ENOTFOUND host`."""
    name = "ENOTFOUND"
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        name = "EAI_AGAIN"
    return f"getaddrinfo {name} {host}"


def tls_text(error: ssl.SSLError) -> str:
    """Return the reason of a failed handshake as OpenSSL words it in Node's message."""
    reason = error.reason or ""
    if not reason:
        found = _REASON.search(str(error))
        reason = found.group(1) if found else os.strerror(error.errno or 0)
    words = reason.replace("_", " ").lower()
    return f"SSL routines::{words}"
