"""argv to command line or window.

`loopmail VERB …`, `--help` and `--version` go to the command line; `loopmail [DIR]` opens the
window. Either is imported only when it is wanted. `--verbose` stands anywhere in front of `--`.
"""

import os
import sys


def _forget_the_current_folder() -> None:
    """Take the current folder out of the folders that modules come from.

    `python -m` puts it first, and a relative or empty entry of PYTHONPATH puts it among them: a
    `json.py` in the opened app would be imported for ours. An absolute entry stays.
    """
    by_module = __name__ == "__main__" and not sys.flags.safe_path
    if by_module and sys.path[:1] == [os.getcwd()]:
        del sys.path[0]
    given = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    for entry in given.split(os.pathsep) if given else ():
        folder = os.path.abspath(entry)
        if not os.path.isabs(entry) and folder in sys.path:
            sys.path.remove(folder)


_forget_the_current_folder()  # before anything else is imported

from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

from loopmail.display import has_display  # noqa: E402
from loopmail.log import take_verbose  # noqa: E402
from loopmail.process.core_dumps import no_dumps  # noqa: E402

EXIT_NO_WINDOW = 4
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run loopmail and return its exit code."""
    no_dumps()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        words = list(arguments)
        verbose = take_verbose(words)
        if _wants_window(words):
            return _window(Path(words[0]) if words else None, verbose)
        from loopmail import cli

        return cli.main(arguments)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _wants_window(arguments: list[str]) -> bool:
    """Tell a folder from a command: a bare word that is no folder is a mistyped command."""
    if not arguments:
        return True
    first = arguments[0]
    if len(arguments) > 1 or first.startswith("-") or not first:
        return False
    if os.sep in first or "/" in first:
        return True
    from loopmail import cli

    return first not in cli.VERBS and os.path.lexists(first)


def _window(path: Path | None, verbose: bool) -> int:
    problem = "No display to open the window on; see “loopmail --help” for commands."
    if has_display():
        try:
            from loopmail.app import run_window
        except ImportError as error:
            # Qt's own libraries, such as libEGL on a bare server.
            problem = f"The window cannot be opened: {error}"
        else:
            return run_window(path, verbose=verbose)
    from loopmail.cli.output import print_error

    print_error(problem)
    return EXIT_NO_WINDOW


if __name__ == "__main__":
    sys.exit(main())
