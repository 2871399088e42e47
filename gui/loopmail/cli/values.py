"""`loopmail get`, `set` and `unset`: one value by JSON Pointer."""

import argparse

from loopmail.cli.options import Parser, Subparsers, add_dir, add_file, existing_document, write
from loopmail.cli.output import print_error, print_json
from loopmail.core.app.document import value_from_text
from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import EditError, NotJson, UsageError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer

EXIT_NOT_THERE = 1


def add_parser(subparsers: Subparsers) -> None:
    """Add the parsers of `loopmail get`, `set` and `unset`."""
    getter = _parser(subparsers, "get", "print one value as JSON")
    getter.set_defaults(func=get_value)
    setter = _parser(subparsers, "set", "change or add one value, and nothing else in the file")
    setter.add_argument("value", metavar="JSON-VALUE", help="such as 465, true or '\"text\"'")
    setter.set_defaults(func=set_value)
    unsetter = _parser(subparsers, "unset", "remove one value, and nothing else in the file")
    unsetter.set_defaults(func=unset_value)


def _parser(subparsers: Subparsers, verb: str, help_text: str) -> Parser:
    parser = subparsers.add_parser(verb, help=help_text, description=help_text.capitalize() + ".")
    add_dir(parser)
    parser.add_argument(
        "pointer", metavar="POINTER", help="a JSON Pointer: /emailDs/transports/0/port"
    )
    add_file(parser, BASE_FILE)
    return parser


def _check_pointer(pointer: str) -> None:
    try:
        parse_pointer(pointer)
    except EditError as error:
        raise UsageError(str(error)) from None


def get_value(arguments: argparse.Namespace) -> int:
    """Print the value, secrets included: it was asked for by name."""
    _check_pointer(arguments.pointer)
    document = existing_document(Workspace.open(arguments.dir), arguments.file)
    value = document.get(arguments.pointer)
    if value is UNDEFINED:
        return _not_there(arguments)
    print_json(value)
    return 0


def _not_there(arguments: argparse.Namespace) -> int:
    print_error(f"{arguments.file} has nothing at {arguments.pointer or 'its root'}.")
    return EXIT_NOT_THERE


def parse_value(text: str) -> Json:
    """Return the value of a JSON text as Node would read it; raise UsageError."""
    try:
        return value_from_text(text)
    except NotJson as error:
        # The text itself may be a password, so it is not repeated.
        hint = " A text needs quotes of its own: '\"text\"'." if _bare_text(text) else ""
        raise UsageError(f"The value is not JSON: {error.reason}.{hint}") from None


def _bare_text(text: str) -> bool:
    return bool(text.strip()) and text.strip()[0] not in '{["'


def set_value(arguments: argparse.Namespace) -> int:
    """Set the value, creating its parents and, if need be, the file."""
    _check_pointer(arguments.pointer)
    value = parse_value(arguments.value)
    workspace = Workspace.open(arguments.dir)
    document = workspace.document(arguments.file, create=True)
    if document.error is not None:
        raise document.error
    write(workspace, [workspace.edit_value(arguments.file, arguments.pointer, value)])
    return 0


def unset_value(arguments: argparse.Namespace) -> int:
    """Remove the value; exit code 1 if it is not there."""
    _check_pointer(arguments.pointer)
    if not arguments.pointer:
        raise UsageError("A file's root cannot be removed; set it to {} instead.")
    workspace = Workspace.open(arguments.dir)
    document = existing_document(workspace, arguments.file)
    if document.get(arguments.pointer) is UNDEFINED:
        return _not_there(arguments)
    write(workspace, [workspace.edit_value(arguments.file, arguments.pointer, UNDEFINED)])
    return 0
