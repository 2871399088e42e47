"""`loopmail check DIR`: the problems of an app, for people and for CI."""

import argparse

from loopmail.cli.output import print_json, print_line
from loopmail.cli.parser import Subparsers, add_dir, add_env, add_format, add_loopback


def add_parser(subparsers: Subparsers) -> None:
    """Add the verb."""
    parser = subparsers.add_parser(
        "check",
        help="find what is wrong with the app's mail",
        description=(
            "List the problems of the app's configuration, each with what LoopBack will do because "
            "of it. Exit code: 0 none or only notes, 1 warnings, 2 errors."
        ),
    )
    add_dir(parser)
    group = parser.add_mutually_exclusive_group()
    add_env(group)
    group.add_argument("--all-envs", action="store_true", help="check every environment")
    add_loopback(parser)
    add_format(parser, "text", "json", "sarif")
    parser.set_defaults(func=run)


def run(namespace: argparse.Namespace) -> int:
    """Check and print; return the exit code of the worst problem."""
    from loopmail.cli.app import find_problems
    from loopmail.core.checks.report import exit_code, to_json, to_sarif, to_text
    from loopmail.core.workspace import Workspace

    workspace = Workspace.open(namespace.dir)
    problems = find_problems(
        workspace, namespace.env, namespace.loopback, all_envs=namespace.all_envs
    )
    if namespace.format == "json":
        print_json(to_json(problems))
    elif namespace.format == "sarif":
        print_json(to_sarif(problems, workspace.app.server.relative_to(workspace.app.root)))
    else:
        print_line(to_text(problems))
    return exit_code(problems)
