"""The options of `send` that describe the message, and the message made of them."""

import argparse
import re
from pathlib import Path

from loopmail.cli.parser import Parser
from loopmail.core.errors import UsageError
from loopmail.mail.message import Attachment, Message

DEFAULT_SUBJECT = "Test message from loopmail"
# RFC 5322, 3.6.8: a header's name is printable ASCII without the colon.
_HEADER = re.compile(r"([!-9;-~]+):[ \t]*(.*)", re.DOTALL)


def add_message_options(parser: Parser) -> None:
    """Add --from, --to and the rest of the message."""
    group = parser.add_argument_group("the message")
    group.add_argument("--from", dest="sender", metavar="A", help="default: the transport's user")
    for name, text in (("to", "default: the transport's user"), ("cc", ""), ("bcc", "")):
        group.add_argument(
            f"--{name}", metavar="A", nargs="+", action="extend", default=[], help=text
        )
    group.add_argument("--subject", metavar="S", default=DEFAULT_SUBJECT)
    group.add_argument("--text", metavar="T", help="the plain text")
    group.add_argument("--html", metavar="H", help="the HTML text")
    group.add_argument(
        "--attach", metavar="FILE", type=Path, nargs="+", action="extend", default=[]
    )
    group.add_argument(
        "--header", metavar='"Name: value"', action="append", default=[], type=_header
    )


def _header(text: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("a header looks like “Name: value”")
    if re.search("[\r\n\0]", match[2]):
        raise argparse.ArgumentTypeError("a header's value cannot hold line breaks")
    return match[1], match[2]


def make_message(arguments: argparse.Namespace, own: str, datasource: str) -> Message:
    """Make the message; `own` is the transport's user, which stands in for From and To.

    It is empty where that is no address.

    Raise UsageError where there is nobody to send to and `--verify-only` is not given.
    """
    to = list(arguments.to)
    nobody = not (to or arguments.cc or arguments.bcc)
    if nobody and not arguments.verify_only:
        fallback = own or arguments.sender
        if not fallback:
            raise UsageError("Say whom to send to with --to; the transport's user is no address.")
        to = [fallback]
    sender = arguments.sender
    if sender is None:
        sender = own or next(iter([*to, *arguments.cc, *arguments.bcc]), "")
    _check_attachments(arguments.attach)
    text = arguments.text
    if text is None:
        text = "" if arguments.html else _text(datasource)
    return Message(
        sender=sender,
        to=tuple(to),
        cc=tuple(arguments.cc),
        bcc=tuple(arguments.bcc),
        subject=arguments.subject,
        text=text,
        html=arguments.html or "",
        attachments=tuple(Attachment(path) for path in arguments.attach),
        headers=tuple(arguments.header),
    )


def _text(datasource: str) -> str:
    return (
        f"This is a test message, sent by loopmail through the data source “{datasource}” "
        "in the way the app itself would send it.\n"
    )


def _check_attachments(paths: list[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise UsageError(f"There is no file {path} to attach.")
