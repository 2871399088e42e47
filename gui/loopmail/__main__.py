"""argv to command line or window.

`loopmail VERB …`, `--help` and `--version` go to the command line; `loopmail [DIR]` opens the
window. Either is imported only when it is wanted.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

EXIT_NO_DISPLAY = 4
EXIT_USAGE = 64
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run loopmail and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if _wants_window(arguments):
            return _window(Path(arguments[0]) if arguments else None)
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
    from loopmail import cli

    if first in cli.VERBS:
        return False
    return os.sep in first or "/" in first or os.path.lexists(first)


def _window(path: Path | None) -> int:
    if not _has_display():
        from loopmail.cli.output import print_error

        print_error("No display to open the window on; “loopmail --help” lists the commands.")
        return EXIT_NO_DISPLAY
    from loopmail.app import run_window

    return run_window(path)


def _has_display() -> bool:
    """Tell whether Qt could open a window; only X11 and Wayland can be known to be missing."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    sys.exit(main())
