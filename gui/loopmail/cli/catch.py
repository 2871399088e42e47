"""`loopmail catch`: the built-in mail catcher in the terminal."""

import argparse
import queue
from typing import TYPE_CHECKING

from loopmail.cli.options import Subparsers, add_verb
from loopmail.cli.output import print_line
from loopmail.core.errors import UsageError

if TYPE_CHECKING:
    from loopmail.catcher.received import CaughtMessage


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail catch`."""
    parser = add_verb(
        subparsers,
        "catch",
        run,
        "catch mail on this computer and print it",
        "Listen on 127.0.0.1, accept every message and any sign-in, deliver nothing, and print "
        "each message that arrives. Ctrl-C ends it.",
        on_app=False,
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="default: any free port; it is printed"
    )


def run(namespace: argparse.Namespace) -> int:
    """Print messages until Ctrl-C (which the caller turns into exit code 130)."""
    from loopmail.catcher.server import MailCatcher

    if not 0 <= namespace.port <= 65535:
        raise UsageError("A port is a number from 0 to 65535.")
    arrived: queue.SimpleQueue[CaughtMessage] = queue.SimpleQueue()
    with MailCatcher(namespace.port, on_message=arrived.put) as catcher:
        print_line(
            f"Catching mail on {catcher.host} port {catcher.port} (no TLS, any sign-in). "
            "Ctrl-C ends it.",
            flush=True,
        )
        while True:
            print_line(describe(arrived.get()), flush=True)


def describe(message: "CaughtMessage") -> str:
    """Return a message as text for the terminal."""
    lines = [
        "",
        f"— Message {message.number}, {message.received} —",
        f"Envelope: <{message.envelope_from}> to "
        + ", ".join(f"<{address}>" for address in message.envelope_to),
    ]
    if message.signed_in_as is not None:
        lines.append(f"Signed in as: {message.signed_in_as}")
    lines += [f"{name}: {value}" for name, value in message.headers]
    if message.text:
        lines += ["", message.text.rstrip("\n")]
    if message.html:
        lines += ["", "HTML:", message.html.rstrip("\n")]
    for attachment in message.attachments:
        kind = f"{attachment.content_type}, {attachment.size} bytes"
        lines.append(f"Attachment: {attachment.name} ({kind})")
    return "\n".join(lines)
