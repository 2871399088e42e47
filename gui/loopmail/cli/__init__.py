"""The command line: `main` finds the verb, runs it and turns every error into one line.

Each verb is a module here with `add_parser(subparsers)`, which adds its parser and sets `func`
to a function that takes the parsed namespace and returns the exit code. Only the module of the
verb that is asked for is imported, so that a verb costs no more than it needs.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from loopmail import __version__
from loopmail.cli.options import Parser
from loopmail.cli.output import print_error, protect_streams, silence_stdout
from loopmail.core.errors import AppError, FileError, LoopmailError, UsageError
from loopmail.log import VERBOSE, log_to, only_places, stop_logging, take_verbose

_log = logging.getLogger(__name__)

EXIT_FAILED = 1
EXIT_FILES = 3
EXIT_USAGE = 64
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141

# Verb to module, in the order of the help.
VERBS = {
    "demo": "demo",
    "effective": "effective",
    "check": "check",
    "fix": "fix",
    "get": "values",
    "set": "values",
    "unset": "values",
    "preset": "preset",
    "bind": "bind",
    "send": "send",
    "secret": "secret",
    "run": "run",
    "catch": "catch",
}

# Of errors whose text is a sentence for the user; the first that fits counts.
_EXIT_CODES: dict[type[Exception], int] = {
    UsageError: EXIT_USAGE,
    argparse.ArgumentError: EXIT_USAGE,
    AppError: EXIT_FILES,
    FileError: EXIT_FILES,
    LoopmailError: EXIT_FAILED,
}

_EPILOG = (
    "Without a command, “loopmail [DIR]” opens the window. DIR is an app's folder, its server "
    "folder, or a folder with one app somewhere in it. Exit codes: 0 done, 3 the app or a file "
    "cannot be read, 64 wrong usage."
)


def build_parser(verb: str | None = None) -> Parser:
    """Make the parser of one verb, or of all of them (for the help)."""
    parser = Parser(
        prog="loopmail",
        description="Set up, test and mend the e-mail of LoopBack 2 and 3 apps.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"loopmail {__version__}")
    # Taken out before, wherever it stands; here for the help.
    parser.add_argument(
        VERBOSE,
        action="store_true",
        help="say what is done, without secrets, on standard error; the window writes it to its log",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    modules = [VERBS[verb]] if verb else list(dict.fromkeys(VERBS.values()))
    for name in modules:
        import_module(f"loopmail.cli.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises, never prints a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    protect_streams()
    logs = [log_to(sys.stderr)] if take_verbose(arguments) else []
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone away: the shell's convention is to end without a word.
        silence_stdout()
        return EXIT_PIPE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort; its line names no values
        _log.debug("The command ended with an error", extra=only_places(error))
        return _report(error)
    finally:
        for handler in logs:
            stop_logging(handler)
    return code


def _run(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first not in VERBS and not first.startswith("-"):
        raise UsageError(f"“{first}” is no command and no folder; see “loopmail --help”.")
    parser = build_parser(first if first in VERBS else None)
    # Behind the first “--” of `run` stands a command as it is: argparse would take an option
    # between DIR and “--” for a part of it.
    end = arguments.index("--") if first == "run" and "--" in arguments else len(arguments)
    try:
        namespace = parser.parse_args(arguments[:end])
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    namespace.command_line = arguments[end + 1 :]
    function = getattr(namespace, "func", None)
    if function is None:
        raise UsageError("No command was given; “loopmail --help” lists them.")
    return int(function(namespace))


def _report(error: Exception) -> int:
    """Print the line for an error and return its exit code."""
    for kind, code in _EXIT_CODES.items():
        if isinstance(error, kind):
            print_error(str(error))
            return code
    if isinstance(error, RecursionError):
        print_error(
            "A file of the app is nested too deeply for loopmail; LoopBack may read it all the same."
        )
        return EXIT_FILES
    # What nobody foresaw is described by its type and place alone: its text may hold secrets.
    if isinstance(error, OSError) and error.strerror:
        print_error(f"The system refused: {error.strerror}.")
    else:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        module = trace.tb_frame.f_globals.get("__name__") if trace else None
        place = f" at {module}:{trace.tb_lineno}" if trace else ""
        name = type(error).__name__
        print_error(f"loopmail has a defect: {name}{place}. Please report this line.")
    if isinstance(error, OSError):
        silence_stdout()  # if it was the output that failed, what is buffered would fail again
    return EXIT_INTERNAL
