"""`loopmail bind`: bind a model to a data source in model-config.json."""

import argparse

from loopmail.cli.options import Subparsers, add_dir, add_file, write
from loopmail.cli.output import print_error, print_line
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.bindings import MODEL_MISSING, bind, list_bindings
from loopmail.core.errors import UsageError
from loopmail.core.loopback import datasources as datasource_names
from loopmail.core.loopback.datasources import datasource_keys
from loopmail.core.loopback.layers import reading_order


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail bind`."""
    parser = subparsers.add_parser(
        "bind",
        help="bind a model to a data source",
        description="Write a model's data source into model-config.json; “null” binds it to none.",
    )
    add_dir(parser)
    parser.add_argument("model", metavar="MODEL", help="Email, or a model of the app")
    parser.add_argument("datasource", metavar="DATASOURCE", help="a data source, or null")
    add_file(parser, "model-config.json")
    parser.set_defaults(func=bind_model)


def bind_model(arguments: argparse.Namespace) -> int:
    """Bind the model and save; refuse a data source that would keep LoopBack from starting."""
    if not arguments.file.startswith("model-config."):
        raise UsageError(f"Models are bound in model-config.json, not in {arguments.file}.")
    if not arguments.model or arguments.model == "_meta":
        raise UsageError(f"“{arguments.model}” cannot be the name of a model.")
    workspace = Workspace.open(arguments.dir)
    target = None if arguments.datasource == "null" else arguments.datasource
    if target is not None:
        _check_datasource(workspace, target)
    write(workspace, bind(workspace, arguments.model, target, arguments.file))
    print_line(f"{arguments.model} is bound to {target or 'no data source'} in {arguments.file}.")
    for binding in list_bindings(workspace.snapshot(), "development"):
        if binding.model == arguments.model and binding.state == MODEL_MISSING:
            print_error(
                f"note: no file in the app's model folders defines “{binding.model}”; "
                "unless a script does, LoopBack will not start."
            )
    return 0


def _check_datasource(workspace: Workspace, name: str) -> None:
    snapshot = workspace.snapshot()
    names = datasource_keys(snapshot)
    scripts = any(file.kind == "datasources" and file.script for file in workspace.app.files)
    broken = any(
        file.path in snapshot.errors for file in reading_order("datasources", None, snapshot.errors)
    )
    if datasource_names.registered_key(names, name) is not None or scripts or broken:
        return
    known = ", ".join(names) or "none"
    raise UsageError(f"There is no data source “{name}”; the app has: {known}.")
