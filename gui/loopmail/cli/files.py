"""Choosing a layer file by `--file`, and writing what was changed."""

import argparse
from collections.abc import Sequence

from loopmail.cli.output import print_error
from loopmail.cli.parser import Parser
from loopmail.core.app_folder import KINDS, LAYERS, parse_layer_name
from loopmail.core.document import Document
from loopmail.core.errors import UsageError
from loopmail.core.workspace import Change, Workspace


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


def existing_document(workspace: Workspace, name: str) -> Document:
    """Return a document to read; raise FileUnreadable or InvalidJson."""
    document = workspace.document(name)
    if document.error is not None:
        raise document.error
    return document


def write(workspace: Workspace, changes: list[Change]) -> list[str]:
    """Apply the changes and save; return the names of the files that were written.

    A note says so where LoopBack will not read the file at all.
    """
    workspace.apply(changes)
    written = workspace.save()
    for name in written:
        kind = name.partition(".")[0]
        if name != f"{kind}.json":
            _warn_unread(workspace, name, kind)
    return written


def _warn_unread(workspace: Workspace, name: str, kind: str) -> None:
    """Name what keeps LoopBack from reading a layer: its script twin, or a missing base file."""
    script = name.removesuffix(".json") + ".js"
    if workspace.app.file(script) is not None:
        print_error(f"note: {script} hides {name}, which LoopBack will not read.")
    elif f"{kind}.json" not in workspace.snapshot().texts:
        print_error(f"note: without a {kind}.json LoopBack does not read {name}.")


def require_datasource_file(name: str) -> None:
    """Raise UsageError unless the file is a layer of datasources.json."""
    if not name.startswith("datasources."):
        raise UsageError(f"Data sources stand in datasources.json and its layers, not in {name}.")
