"""`loopmail bind`: bind a model to a data source in model-config.json."""

import argparse
import os

from loopmail.cli.options import Subparsers, add_file, add_verb, add_yes, open_workspace, write
from loopmail.cli.output import print_error, print_line
from loopmail.core.app.folder import parse_layer_name
from loopmail.core.edit.bindings import bind
from loopmail.core.errors import UsageError
from loopmail.core.loopback.bindings import MODEL_MISSING, MODEL_UNKNOWN, list_bindings
from loopmail.core.loopback.datasources import datasource_keys, registered_key
from loopmail.core.loopback.layers import reading_order
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail bind`."""
    parser = add_verb(
        subparsers,
        "bind",
        bind_model,
        "bind a model to a data source",
        "Write a model's data source into model-config.json; “null” binds it to none.",
    )
    parser.add_argument("model", metavar="MODEL", help="Email, or a model of the app")
    parser.add_argument("datasource", metavar="DATASOURCE", help="a data source, or null")
    add_file(parser, "model-config.json")
    add_yes(parser)


def bind_model(arguments: argparse.Namespace) -> int:
    """Bind the model and save; refuse a data source that would keep LoopBack from starting."""
    if not arguments.file.startswith("model-config."):
        raise UsageError(f"Models are bound in model-config.json, not in {arguments.file}.")
    if not arguments.model or arguments.model == "_meta":
        raise UsageError(f"“{arguments.model}” cannot be the name of a model.")
    workspace = open_workspace(arguments.dir)
    target = None if arguments.datasource == "null" else arguments.datasource
    snapshot = workspace.snapshot()
    names = datasource_keys(snapshot)
    if target is not None and registered_key(names, target) is None:
        read = reading_order("datasources", None, snapshot.errors)
        scripts = any(file.kind == "datasources" and file.script for file in workspace.app.files)
        # What a script or a broken file defines cannot be known.
        if not scripts and not any(file.path in snapshot.errors for file in read):
            known = ", ".join(names) or "none"
            raise UsageError(f"There is no data source “{target}”; the app has: {known}.")
    write(workspace, bind(workspace, arguments.model, target, arguments.file), yes=arguments.yes)
    print_line(f"{arguments.model} is bound to {target or 'no data source'} in {arguments.file}.")
    layer = parse_layer_name(arguments.file)
    env = (layer.env if layer is not None else None) or "development"
    variables = Variables(environment=dict(os.environ))
    view = AppView(workspace.snapshot(), env, variables, workspace.app.versions)
    for binding in list_bindings(view):
        if binding.model == arguments.model and binding.state in (MODEL_MISSING, MODEL_UNKNOWN):
            print_error(
                f"note: no file in the app's model folders defines “{binding.model}”; "
                "unless a script does, LoopBack will not start."
            )
    return 0
