"""`loopmail send --through-app`: the same message through the app's own LoopBack, compared."""

import argparse
from dataclasses import replace
from pathlib import Path

from loopmail.cli.app import LoadedApp
from loopmail.cli.options import Parser, make_message
from loopmail.cli.output import confirm, print_error, print_json, print_line
from loopmail.core.errors import LoopmailError, SendError, UsageError
from loopmail.core.js import Json
from loopmail.core.loopback.readiness import Readiness
from loopmail.process.app_answer import (
    answer_json,
    compare,
    conclusion,
    judge,
    rows,
    sentence,
    verdict_of,
)
from loopmail.process.ask_app import AppAnswer, AskRequest, ask_app, require_node
from loopmail.smtp.message import Message
from loopmail.smtp.verdict import Verdict

_BOOTING = 30.0  # seconds on top of --timeout, for the app to start
_PATIENCE = 180.0  # seconds: above Nodemailer's longest default time-out before the sign-in


def add_options(parser: Parser) -> None:
    """Add --through-app and what belongs to it."""
    group = parser.add_argument_group("asking the app itself")
    group.add_argument(
        "--through-app",
        action="store_true",
        help="then send it again through the app's own LoopBack (executes the app's code; "
        "needs node) and compare",
    )
    group.add_argument("--yes", action="store_true", help="do not ask before executing code")
    group.add_argument("--allow-boot-scripts", action="store_true", help="run server/boot as well")


def require_consent(arguments: argparse.Namespace) -> None:
    """Ask before code of the app is executed; raise UsageError or LoopmailError if that is no."""
    if not arguments.through_app:
        if arguments.allow_boot_scripts:
            raise UsageError("--allow-boot-scripts goes with --through-app.")
        return
    if arguments.verify_only:
        raise UsageError("--through-app sends a message, so it does not go with --verify-only.")
    require_node(Path(arguments.dir))
    what = "code and boot scripts" if arguments.allow_boot_scripts else "code"
    question = f"This executes the {what} of the app in {arguments.dir}. Go on?"
    if not confirm(question, yes=arguments.yes):
        raise LoopmailError("Nothing was sent: the app's code may not be executed.")


def ask(
    arguments: argparse.Namespace, loaded: LoadedApp, datasource: str, message: Message
) -> AppAnswer | SendError:
    """Send the message through the app; an error means that it could not be asked."""
    limit = arguments.timeout
    request = AskRequest(
        message=message,
        env=loaded.view.effective.env or "development",
        model=None,
        datasource=datasource or None,
        transport=arguments.transport,
        variables=loaded.resolution.variables.keyring,
        secrets=loaded.resolution.secrets,
        boot_scripts=arguments.allow_boot_scripts,
        timeout=_PATIENCE if limit is None else limit + _BOOTING,
    )
    try:
        return ask_app(loaded.workspace.app, request)
    except SendError as error:
        return error


def as_json(answer: AppAnswer | SendError, verdict: Verdict) -> dict[str, Json]:
    """Return the keys that `--through-app` adds to the JSON of `send`."""
    if isinstance(answer, SendError):
        return {"app": {"error": str(answer)}, "differences": []}
    return {"app": answer_json(answer), "differences": compare(answer, verdict)}


def alone(arguments: argparse.Namespace, loaded: LoadedApp) -> int:
    """Send through the app only, since loopmail does not know the data source; the exit code.

    Raise UsageError where the app could not be asked.
    """
    view, wanted = loaded.view, arguments.datasource
    message = make_message(arguments, "", wanted or "of the app", ask_sender=True)
    answer = ask(arguments, loaded, wanted or "", message)
    if isinstance(answer, SendError):
        raise UsageError(str(answer))
    verdict = verdict_of(answer, view.versions.major)
    if arguments.format == "text":
        print_line(f"Note: {view.unread}")
        print_answer(answer, None)
    else:
        verdict = replace(verdict, notes=(view.unread,), app=Readiness((), view.unread))
        print_json({**verdict.to_json(), "app": answer_json(answer), "differences": []})
    return verdict.exit_code()


def print_answer(answer: AppAnswer | SendError, verdict: Verdict | None) -> None:
    """Print what the app said and where loopmail differs, if it has a verdict of its own."""
    print_line()
    if isinstance(answer, SendError):
        print_error(str(answer))
        return
    versions = judge(answer)
    print_line("The app itself" + (f" ({versions})" if versions else ""))
    print_line(sentence(answer))
    print_loopback_error(answer)
    if answer.output and answer.outcome not in ("sent", "failed"):
        print_line("The app printed:")
        print_line("\n".join(f"  {line}" for line in answer.output.splitlines()[-20:]))
    if verdict is None:
        return
    print_line(conclusion(answer, verdict))
    for row in rows(answer, verdict):
        if not row.agrees:
            print_line(f"  {row.name}: the app {row.app or 'none'}; loopmail {row.ours or 'none'}")


def print_loopback_error(result: AppAnswer | Verdict) -> None:
    """Print the code, command and reply code that LoopBack's callback gets, if it gets an error."""
    if result.code is not None:
        parts = [result.code, result.command, result.response_code]
        print_line("LoopBack's error: " + ", ".join(str(p) for p in parts if p is not None))
