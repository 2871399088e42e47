"""Helpers of the tests that send."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.net.cancel import Cancel
from loopmail.smtp.message import Message
from loopmail.smtp.recorder import SessionEvent
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import Verdict
from servers.smtp_double import PASSWORD, USER

LINES = {
    "nodemailer 2": LOOPBACK_2,
    "nodemailer 4": replace(LOOPBACK_3, loopback="3.27.0", nodemailer="4.7.0"),
    "nodemailer 6": LOOPBACK_3,
}
MESSAGE = Message(
    sender="Ann <ann@example.org>", to=("bob@example.org",), subject="Hello", text="Hi\n.dot\n"
)
LOGIN = {"user": USER, "pass": PASSWORD}


def send_through(
    port: int,
    versions: Versions = LOOPBACK_3,
    message: Message = MESSAGE,
    *,
    cancel: Cancel | None = None,
    on_event: Callable[[SessionEvent], None] = lambda _event: None,
    timeout: float | None = 10,
    verify_only: bool = False,
    **transport: Any,
) -> Verdict:
    """Send through one SMTP transport to this port of 127.0.0.1."""
    setting = {"type": "smtp", "host": "127.0.0.1", "port": port, **transport}
    request = SendRequest(
        {"connector": "mail", "transports": [setting]},
        versions,
        message,
        timeout=timeout,
        verify_only=verify_only,
    )
    return send(request, cancel, on_event)
