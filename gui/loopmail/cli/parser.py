"""argparse with this program's manners: a usage error is one line and exit code 64."""

import argparse
import re
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from loopmail.core.errors import UsageError


class _Help(argparse.HelpFormatter):
    """Help whose first column has room for every verb."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)
        self._action_max_length = 14


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError where argparse would print its usage and exit with 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        kwargs.setdefault("formatter_class", _Help)
        super().__init__(*args, **kwargs)
        # argparse takes -1.5e1 for an option, unless told how negative numbers look.
        self._negative_number_matcher = re.compile("-[0-9]")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's message and where to find the help."""
        text = message[:1].upper() + message[1:]
        raise UsageError(f"{text}. See “{self.prog} --help”.")


Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_dir(parser: argparse.ArgumentParser) -> None:
    """Add the positional DIR."""
    parser.add_argument(
        "dir", metavar="DIR", type=Path, help="the app's folder or its server folder"
    )


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add --format with these choices, the first being the default."""
    parser.add_argument(
        "--format", choices=formats, default=formats[0], help=f"default: {formats[0]}"
    )


def add_env(parser: "argparse._ActionsContainer") -> None:
    """Add --env; unset means NODE_ENV, else development, as in LoopBack."""
    parser.add_argument(
        "--env", metavar="NAME", help="the environment (default: NODE_ENV, else development)"
    )


def add_loopback(parser: argparse.ArgumentParser) -> None:
    """Add --loopback 2|3."""
    parser.add_argument(
        "--loopback",
        type=int,
        choices=(2, 3),
        help="the LoopBack version to follow (default: what is installed)",
    )
