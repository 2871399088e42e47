"""Takes out of answers and dialogues what differs from run to run, and nothing else.

Ports, this host's name, OpenSSL's thread number, function and line, the paths of a module that was
not found. Long runs of one letter are written as their length. TLS 1.3 lets a client that refuses the certificate finish the handshake or not as it
pleases, so the line of a finished handshake is dropped where nothing follows it.
"""

import re
import socket
from typing import Any

_OPENSSL = re.compile(r"(?:[0-9A-F]+:)?error:([0-9A-F]{8}):[^:\n]*:[^:\n]*:([^:\n]*)(?:[^\n]*\n|$)")
_REQUIRE_STACK = re.compile(r"\nRequire stack:.*", re.DOTALL)
NO_ANSWER = "no-answer"
_RUN = re.compile(r"(.)\1{99,}")


def text(value: str, port: int) -> str:
    """Return the text without what differs from run to run."""
    value = _OPENSSL.sub(lambda match: f"{{OpenSSL {match[1]}: {match[2]}}}", value)
    value = _REQUIRE_STACK.sub("", value)
    value = value.replace("number (98765)", "number (********)")  # a secret: loopmail masks it
    value = _RUN.sub(lambda match: f"{{{len(match[0])} times {match[1]}}}", value)
    host = socket.gethostname()
    if len(host) > 3:
        value = value.replace(host, "{host}")
    return re.sub(rf"(?<!\d){port}(?!\d)", "{port}", value)


def answer(value: dict[str, Any], port: int) -> dict[str, Any]:
    """Return an answer without what differs from run to run, and without empty fields.

    Where the app never boots or dies, no callback gets a code: only the exception's text counts.
    """
    fatal = value.get("outcome") in ("crash", "boot-error")
    made = {}
    for key, item in value.items():
        if item is None or item == [] or (fatal and key not in ("ok", "outcome", "message")):
            continue
        made[key] = text(item, port) if isinstance(item, str) else item
    return made


def dialogues(saw: list[list[str]], outcome: str, port: int) -> list[list[str]]:
    """Return what each connection saw; of endless attempts (no answer ever comes) the first."""
    kept = [dialogue(lines, port) for lines in saw]
    return kept[:1] if outcome == NO_ANSWER else kept


def dialogue(lines: list[str], port: int) -> list[str]:
    """Return what a connection saw, without what differs from run to run."""
    kept = [text(line, port) for line in lines]
    if kept and kept[-1].startswith("-- TLSv"):
        kept.pop()
    return kept
