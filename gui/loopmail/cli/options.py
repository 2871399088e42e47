"""argparse as this program uses it: one-line usage errors with exit code 64, and common options."""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from loopmail.cli.output import confirm, print_error
from loopmail.core.app.folder import KINDS, LAYERS, parse_layer_name
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import LeavesApp, UsageError
from loopmail.smtp.message import Message


class _Help(argparse.HelpFormatter):
    """Help whose first column has room for every verb."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)
        self._action_max_length = 14


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError where argparse would print its usage and exit with 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        kwargs.setdefault("formatter_class", _Help)
        super().__init__(*args, **kwargs)
        # argparse takes -1.5e1 for an option, unless told how negative numbers look.
        self._negative_number_matcher = re.compile("-[0-9]")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's message and where to find the help."""
        text = message[:1].upper() + message[1:]
        raise UsageError(f"{text}. See “{self.prog} --help”.")


Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_verb(
    subparsers: Subparsers,
    verb: str,
    run: Callable[[argparse.Namespace], int],
    short: str,
    description: str = "",
    *,
    on_app: bool = True,
    usage: str | None = None,
) -> Parser:
    """Add a verb's parser, with the positional DIR if it works on an app.

    `run` returns the exit code; `short` stands in the list of verbs and, without `description`,
    in the verb's own help as well.
    """
    description = description or f"{short[0].upper()}{short[1:]}."
    parser = subparsers.add_parser(verb, help=short, description=description, usage=usage)
    parser.set_defaults(func=run)
    if on_app:
        parser.add_argument(
            "dir",
            metavar="DIR",
            type=Path,
            help="the app's folder, its server folder, or one that holds it",
        )
    return parser


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add --format with these choices, the first being the default."""
    parser.add_argument(
        "--format", choices=formats, default=formats[0], help=f"default: {formats[0]}"
    )


def add_env(parser: "argparse._ActionsContainer") -> None:
    """Add --env; unset means NODE_ENV, else development, as in LoopBack."""
    parser.add_argument(
        "--env", metavar="NAME", help="the environment (default: NODE_ENV, else development)"
    )


def add_loopback(parser: argparse.ArgumentParser) -> None:
    """Add --loopback 2|3."""
    parser.add_argument(
        "--loopback",
        type=int,
        choices=(2, 3),
        help="the LoopBack version to follow (default: what is installed)",
    )


# --- `--file`: choosing a layer and writing it ----------------------------------------


def add_file(parser: Parser, default: str) -> None:
    """Add --file, a file of the app's configuration by its name."""
    parser.add_argument(
        "--file",
        metavar="NAME",
        default=default,
        type=layer_name,
        help=f"the file, such as datasources.production.json (default: {default})",
    )


def layer_name(name: str) -> str:
    """Return the name if it is that of a JSON layer; raise ArgumentTypeError."""
    found = parse_layer_name(name)
    if not found or any(character in name for character in "/\\\0\n\r"):
        endings = [layer.part.format(env="ENVIRONMENT") + ".json" for layer in LAYERS]
        raise argparse.ArgumentTypeError(
            f"“{name}” is none of LoopBack's files: {_one_of(KINDS)}, with {_one_of(endings)}"
        )
    if found.script:
        raise argparse.ArgumentTypeError(f"“{name}” is a script, which loopmail leaves alone")
    return name


def _one_of(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def open_workspace(path: Path) -> Workspace:
    """Open an app and say what became of a save that was interrupted; raise AppError."""
    workspace = Workspace.open(path)
    for sentence in workspace.settled:
        print_error(f"note: {sentence}")
    return workspace


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add --yes to a verb that saves."""
    text = "do not ask, also where a file is a link out of the app's folder"
    parser.add_argument("--yes", action="store_true", help=text)


def save(workspace: Workspace, *, yes: bool) -> list[str]:
    """Save; ask first where a link leads out of the app's folder; return what was written."""
    workspace.may_leave = yes
    try:
        written = workspace.save()
    except LeavesApp as error:
        if not confirm(f"{error} Write there?", yes=yes):
            raise
        workspace.may_leave = True
        written = workspace.save()
    tell_said(workspace)
    return written


def tell_said(workspace: Workspace) -> None:
    """Print what there is to say of the save just made."""
    for sentence in workspace.said:
        print_error(f"note: {sentence}")


def write(workspace: Workspace, changes: list[Change], *, yes: bool) -> list[str]:
    """Apply the changes and save; return the names of the files that were written.

    A note says so where LoopBack will not read the file at all, or reads a copy of it.
    """
    workspace.apply(changes)
    written = save(workspace, yes=yes)
    if written and workspace.app.built_note is not None:
        print_error(f"note: {workspace.app.built_note}")
    for name in written:
        base, script = f"{name.partition('.')[0]}.json", name.removesuffix(".json") + ".js"
        if name == base:
            continue
        if workspace.app.file(script) is not None:
            print_error(f"note: {script} hides {name}, which LoopBack will not read.")
        elif base not in workspace.snapshot().texts:
            print_error(f"note: without a {base} LoopBack does not read {name}.")
    return written


# --- The options of `send` that describe the message, and the message made of them ----

# RFC 5322, 3.6.8: a header's name is printable ASCII without the colon.
_HEADER = re.compile(r"([!-9;-~]+):[ \t]*(.*)", re.DOTALL)


def add_message_options(parser: Parser) -> None:
    """Add --from, --to and the rest of the message."""
    group = parser.add_argument_group("the message")
    group.add_argument(
        "--from", dest="sender", metavar="A", type=_address, help="default: the transport's user"
    )
    for name, text in (("to", "default: the transport's user"), ("cc", ""), ("bcc", "")):
        group.add_argument(
            f"--{name}",
            metavar="A",
            nargs="+",
            action="extend",
            default=[],
            type=_address,
            help=text,
        )
    group.add_argument("--subject", metavar="S", default="Test message from loopmail")
    group.add_argument("--text", metavar="T", help="the plain text")
    group.add_argument("--html", metavar="H", help="the HTML text")
    group.add_argument(
        "--attach", metavar="FILE", type=Path, nargs="+", action="extend", default=[]
    )
    group.add_argument(
        "--header", metavar='"Name: value"', action="append", default=[], type=_header
    )


def _address(text: str) -> str:
    """Return the text of addresses; a line break in it would make another one of it."""
    if re.search("[\r\n\0]", text):
        raise argparse.ArgumentTypeError("an address cannot hold line breaks")
    return text


def _header(text: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError("a header looks like “Name: value”")
    if re.search("[\r\n\0]", match[2]):
        raise argparse.ArgumentTypeError("a header's value cannot hold line breaks")
    return match[1], match[2]


def make_message(
    arguments: argparse.Namespace, own: str, datasource: str, *, ask_sender: bool = False
) -> Message:
    """Make the message; `own` is the transport's user, which stands in for From and To.

    It is empty where that is no address; `ask_sender` then wants `--from` instead of taking a
    recipient's address, which the provider of such a user knows as nobody's.

    Raise UsageError where there is nobody to send to, or from, and `--verify-only` is not given.
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
        if ask_sender and not arguments.verify_only:
            raise UsageError("Say who sends with --from; the transport's user is no address.")
        sender = own or next(iter([*to, *arguments.cc, *arguments.bcc]), "")
    for path in arguments.attach:
        if not path.is_file():
            raise UsageError(f"There is no file {path} to attach.")
    text = arguments.text
    if text is None and not arguments.html:
        text = (
            f"This is a test message, sent by loopmail through the data source “{datasource}” "
            "in the way the app itself would send it.\n"
        )
    return Message(
        sender=sender,
        to=tuple(to),
        cc=tuple(arguments.cc),
        bcc=tuple(arguments.bcc),
        subject=arguments.subject,
        text=text or "",
        html=arguments.html or "",
        attachments=tuple(arguments.attach),
        headers=tuple(arguments.header),
    )
