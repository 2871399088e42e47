"""`loopmail get`, `set` and `unset`: one value by JSON Pointer."""

import argparse

from loopmail.cli.options import Subparsers, add_file, add_verb, add_yes, open_workspace, write
from loopmail.cli.output import print_json
from loopmail.core.app.document import value_from_text
from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import EditError, LoopmailError, NotJson, UsageError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer


def add_parser(subparsers: Subparsers) -> None:
    """Add the parsers of `loopmail get`, `set` and `unset`."""
    for verb, run, text in (
        ("get", get_value, "print one value as JSON"),
        ("set", set_value, "change or add one value, and nothing else in the file"),
        ("unset", unset_value, "remove one value, and nothing else in the file"),
    ):
        parser = add_verb(subparsers, verb, run, text)
        parser.add_argument(
            "pointer", metavar="POINTER", help="a JSON Pointer: /emailDs/transports/0/port"
        )
        add_file(parser, BASE_FILE)
        if verb != "get":
            add_yes(parser)
        if verb == "set":
            parser.add_argument(
                "value", metavar="JSON-VALUE", help="such as 465, true or '\"text\"'"
            )


def get_value(arguments: argparse.Namespace) -> int:
    """Print the value, secrets included: it was asked for by name."""
    _check_pointer(arguments.pointer)
    print_json(_look_up(open_workspace(arguments.dir), arguments))
    return 0


def set_value(arguments: argparse.Namespace) -> int:
    """Set the value, creating its parents and, if need be, the file."""
    _check_pointer(arguments.pointer)
    value = parse_value(arguments.value)
    workspace = open_workspace(arguments.dir)
    document = workspace.document(arguments.file, create=True)
    if document.error is not None:
        raise document.error
    write(
        workspace,
        [workspace.edit_value(arguments.file, arguments.pointer, value)],
        yes=arguments.yes,
    )
    return 0


def unset_value(arguments: argparse.Namespace) -> int:
    """Remove the value."""
    _check_pointer(arguments.pointer)
    if not arguments.pointer:
        raise UsageError("A file's root cannot be removed; set it to {} instead.")
    workspace = open_workspace(arguments.dir)
    _look_up(workspace, arguments)
    write(
        workspace,
        [workspace.edit_value(arguments.file, arguments.pointer, UNDEFINED)],
        yes=arguments.yes,
    )
    return 0


def _check_pointer(pointer: str) -> None:
    try:
        parse_pointer(pointer)
    except EditError as error:
        raise UsageError(str(error)) from None


def _look_up(workspace: Workspace, arguments: argparse.Namespace) -> Json:
    """Return the value; raise FileUnreadable, InvalidJson or, if there is none, LoopmailError."""
    document = workspace.document(arguments.file)
    if document.error is not None:
        raise document.error
    value = document.get(arguments.pointer)
    if value is UNDEFINED:
        where = arguments.pointer or "its root"
        raise LoopmailError(f"{arguments.file} has nothing at {where}.")
    return value


def parse_value(text: str) -> Json:
    """Return the value of a JSON text as Node would read it; raise UsageError."""
    try:
        return value_from_text(text)
    except NotJson as error:
        # The text itself may be a password, so it is not repeated.
        bare = text.strip()[:1] not in ("", "{", "[", '"')
        hint = " A text needs quotes of its own: '\"text\"'." if bare else ""
        raise UsageError(f"The value is not JSON: {error.reason}.{hint}") from None
