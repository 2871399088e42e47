"""`loopmail get`, `set` and `unset`: one value by JSON Pointer."""

import argparse

from loopmail.cli.options import Subparsers, add_file, add_verb, write
from loopmail.cli.output import print_error, print_json
from loopmail.core.app.document import Document, value_from_text
from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import EditError, NotJson, UsageError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer

EXIT_NOT_THERE = 1


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
        if verb == "set":
            parser.add_argument(
                "value", metavar="JSON-VALUE", help="such as 465, true or '\"text\"'"
            )


def get_value(arguments: argparse.Namespace) -> int:
    """Print the value, secrets included: it was asked for by name."""
    _check_pointer(arguments.pointer)
    _, document = _open(arguments)
    value = document.get(arguments.pointer)
    if value is UNDEFINED:
        return _not_there(arguments)
    print_json(value)
    return 0


def set_value(arguments: argparse.Namespace) -> int:
    """Set the value, creating its parents and, if need be, the file."""
    _check_pointer(arguments.pointer)
    value = parse_value(arguments.value)
    workspace, _ = _open(arguments, create=True)
    write(workspace, [workspace.edit_value(arguments.file, arguments.pointer, value)])
    return 0


def unset_value(arguments: argparse.Namespace) -> int:
    """Remove the value; exit code 1 if it is not there."""
    _check_pointer(arguments.pointer)
    if not arguments.pointer:
        raise UsageError("A file's root cannot be removed; set it to {} instead.")
    workspace, document = _open(arguments)
    if document.get(arguments.pointer) is UNDEFINED:
        return _not_there(arguments)
    write(workspace, [workspace.edit_value(arguments.file, arguments.pointer, UNDEFINED)])
    return 0


def _check_pointer(pointer: str) -> None:
    try:
        parse_pointer(pointer)
    except EditError as error:
        raise UsageError(str(error)) from None


def _open(arguments: argparse.Namespace, *, create: bool = False) -> tuple[Workspace, Document]:
    """Open the app and the file; raise FileUnreadable or InvalidJson."""
    workspace = Workspace.open(arguments.dir)
    document = workspace.document(arguments.file, create=create)
    if document.error is not None:
        raise document.error
    return workspace, document


def _not_there(arguments: argparse.Namespace) -> int:
    print_error(f"{arguments.file} has nothing at {arguments.pointer or 'its root'}.")
    return EXIT_NOT_THERE


def parse_value(text: str) -> Json:
    """Return the value of a JSON text as Node would read it; raise UsageError."""
    try:
        return value_from_text(text)
    except NotJson as error:
        # The text itself may be a password, so it is not repeated.
        bare = text.strip()[:1] not in ("", "{", "[", '"')
        hint = " A text needs quotes of its own: '\"text\"'." if bare else ""
        raise UsageError(f"The value is not JSON: {error.reason}.{hint}") from None
