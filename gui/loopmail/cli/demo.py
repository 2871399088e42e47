"""`loopmail demo`: the sample app with the built-in mail catcher."""

import argparse

from loopmail.cli.options import Subparsers, add_verb
from loopmail.cli.output import print_error, print_line
from loopmail.display import has_display


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail demo`."""
    parser = add_verb(
        subparsers,
        "demo",
        run,
        "try loopmail with a sample app and a mail catcher",
        "Open the sample app, whose mail goes to the built-in mail catcher on this computer. "
        "Nothing is delivered.",
        on_app=False,
    )
    parser.add_argument(
        "--headless", action="store_true", help="send one message in the terminal, no window"
    )


def run(namespace: argparse.Namespace) -> int:
    """Open the window, or do the demo in the terminal where there is no display."""
    if not namespace.headless:
        if has_display():
            from loopmail.app import run_window

            return int(run_window(None, demo=True))
        print_error("No display to open the window on; the demo runs in the terminal instead.")
    from loopmail.catcher.demo import run_demo
    from loopmail.catcher.server import MailCatcher

    with MailCatcher() as catcher:
        print_line(
            f"The mail catcher listens on {catcher.host} port {catcher.port}; the sample app's "
            "mail goes there.",
            flush=True,
        )
        sentence, message = run_demo(catcher)
    print_line(sentence)
    print_line(f"From: {message.envelope_from}")
    print_line(f"To: {', '.join(message.envelope_to)}")
    print_line(f"Received: {message.subject}")
    return 0
