"""`loopmail effective`: what LoopBack would load."""

import argparse

from loopmail.cli.app import load
from loopmail.cli.options import Subparsers, add_env, add_format, add_loopback, add_verb
from loopmail.cli.output import print_json, print_line


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail effective`."""
    parser = add_verb(
        subparsers,
        "effective",
        show_effective,
        "show what LoopBack would load",
        "Merge the app's files and resolve ${VAR} as LoopBack does, and show the result with its "
        "origins. Secrets are masked.",
    )
    add_env(parser)
    add_loopback(parser)
    parser.add_argument("--show-secrets", action="store_true", help="print passwords readably")
    add_format(parser, "text", "json")


def show_effective(arguments: argparse.Namespace) -> int:
    """Print the effective configuration; exit code 0 also where LoopBack would not start."""
    from loopmail.core.loopback.report import effective_json, effective_text

    loaded = load(arguments)
    loaded.require_readable()
    view = loaded.view
    show = arguments.show_secrets
    if arguments.format == "json":
        print_json(effective_json(view.effective, view.plans, show_secrets=show))
    else:
        text = effective_text(view.effective, view.plans, show_secrets=show)
        print_line(text.removesuffix("\n"))
    return 0
