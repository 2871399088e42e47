"""`loopmail effective`: what LoopBack would load."""

import argparse

from loopmail.cli.loading import LoadedApp, load, require_readable
from loopmail.cli.output import print_json, print_text
from loopmail.cli.parser import Subparsers, add_dir, add_env, add_format, add_loopback
from loopmail.core.plan.types import DatasourcePlan


def add_parser(subparsers: Subparsers) -> None:
    """Add the verb `effective`."""
    parser = subparsers.add_parser(
        "effective",
        help="show what LoopBack would load",
        description="Merge the app's files and resolve ${VAR} as LoopBack does, and show the "
        "result with its origins. Secrets are masked.",
    )
    add_dir(parser)
    add_env(parser)
    add_loopback(parser)
    parser.add_argument("--show-secrets", action="store_true", help="print passwords readably")
    add_format(parser, "text", "json")
    parser.set_defaults(func=show_effective)


def show_effective(arguments: argparse.Namespace) -> int:
    """Print the effective configuration; exit code 0 also where LoopBack would not start."""
    from loopmail.core.effective_report import effective_json, effective_text

    loaded = load(arguments)
    require_readable(loaded)
    plans = plan_mail(loaded)
    show = arguments.show_secrets
    if arguments.format == "json":
        print_json(effective_json(loaded.effective, plans, show_secrets=show))
    else:
        print_text(effective_text(loaded.effective, plans, show_secrets=show))
    return 0


def plan_mail(loaded: LoadedApp) -> dict[str, DatasourcePlan]:
    """Plan every mail data source of the effective configuration."""
    from loopmail.core.plan import plan_datasource

    return {
        name: plan_datasource(source.settings, loaded.versions, loaded.modules)
        for name, source in loaded.effective.datasources.items()
        if source.settings.get("connector") == "mail"
    }
