"""`loopmail run DIR -- COMMAND …`: the command with the variables the app's placeholders need."""

import argparse
import os
from pathlib import Path

from loopmail.cli.options import Subparsers, add_env, add_verb, open_workspace
from loopmail.cli.output import print_error
from loopmail.core.errors import UsageError
from loopmail.core.loopback.placeholders import user_names
from loopmail.core.secrets.resolution import resolve
from loopmail.core.secrets.store import KeyringStore


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail run`."""
    parser = add_verb(
        subparsers,
        "run",
        run,
        "run a command with the app's secrets in its environment",
        "Run COMMAND with NODE_ENV and just the variables that the app's ${VAR} placeholders need "
        "and the environment lacks; they come from the keyring. Secrets in its output are masked. "
        "The command runs in the current folder if that is inside the app, else in the app's "
        "folder. Its exit status is passed on (128 + n for signal n).",
        usage="loopmail run DIR [--env NAME] -- COMMAND …",
    )
    add_env(parser)


def run(namespace: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from loopmail.process.child import CommandNotStarted
    from loopmail.process.passthrough import run_in_our_place

    command: list[str] = namespace.command_line
    if not command:
        raise UsageError("No command was given: loopmail run DIR -- COMMAND …")
    workspace = open_workspace(namespace.dir)
    resolution = resolve(workspace.snapshot(), namespace.env, KeyringStore())
    if resolution.missing and resolution.keyring_error is not None:
        print_error(str(resolution.keyring_error))
    for item in resolution.missing:
        where = item.uses[0]
        print_error(
            f"Warning: no value for {item.variable} ({where.file} {where.pointer}); LoopBack "
            f"will take it for undefined. Store it with “loopmail secret set DIR {item.variable}” "
            "or set it in the environment."
        )
    here, root = (Path(os.path.realpath(path)) for path in (os.curdir, workspace.app.root))
    try:
        return run_in_our_place(
            command,
            # Inside the app we stay where we are, so that relative paths mean what they say.
            here if here.is_relative_to(root) else root,
            resolution.child_environment(os.environ),
            resolution.secrets,
            user_names(workspace.snapshot()),
        )
    except CommandNotStarted as error:
        print_error(str(error))
        return error.status
