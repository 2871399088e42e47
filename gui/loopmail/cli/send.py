"""`loopmail send`: one test message, as that LoopBack would send it."""

import argparse
import math

from loopmail.cli.checking import find_problems
from loopmail.cli.loading import LoadedApp, load, require_readable
from loopmail.cli.message import add_message_options, make_message
from loopmail.cli.output import print_error, print_json, print_line
from loopmail.cli.parser import Subparsers, add_dir, add_env, add_format, add_loopback
from loopmail.cli.verdict_text import print_event, print_verdict
from loopmail.core import datasource_names
from loopmail.core.errors import SendError, UsageError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.plan import plan_datasource
from loopmail.mail.send import SendRequest, SessionEvent, send


def add_parser(subparsers: Subparsers) -> None:
    """Add the verb `send`."""
    parser = subparsers.add_parser(
        "send",
        help="send a test message as the app would",
        description="Send one test message as the app's LoopBack would send it. Exit codes: 0 "
        "sent, 10 dns, 11 connect, 12 tls, 13 greeting, 14 sign-in, 15 sender or recipient, "
        "16 data, 17 nothing would be sent, 18 the app would not start, 19 it would crash.",
    )
    add_dir(parser)
    parser.add_argument("--datasource", metavar="NAME", help="default: the one Email is bound to")
    parser.add_argument("--transport", metavar="ALIAS", help="as in send({transport: ALIAS})")
    add_message_options(parser)
    parser.add_argument("--verify-only", action="store_true", help="sign in, send no message")
    add_env(parser)
    add_loopback(parser)
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, help="shortens LoopBack's time-outs"
    )
    parser.add_argument("--transcript", action="store_true", help="show the dialogue, masked")
    add_format(parser, "text", "json")
    parser.set_defaults(func=run_send)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"“{text}” is no number of seconds above zero")
    return value


def run_send(arguments: argparse.Namespace) -> int:
    """Send (or only sign in) and report; the verdict decides the exit code."""
    loaded = load(arguments)
    require_readable(loaded)
    request = _request(arguments, loaded)
    as_text = arguments.format == "text"

    def report(event: SessionEvent) -> None:
        if as_text:
            print_event(event, transcript=arguments.transcript)

    try:
        verdict = send(request, on_event=report)
    except SendError as error:
        raise UsageError(str(error)) from None
    if as_text:
        print_verdict(verdict)
    else:
        print_json(verdict.to_json())
    return verdict.exit_code()


def _request(arguments: argparse.Namespace, loaded: LoadedApp) -> SendRequest:
    effective = loaded.effective
    settings: dict[str, Json] = {}
    name = arguments.datasource or ""
    if effective.error is None:
        name = choose_datasource(loaded, arguments.datasource)
        settings = effective.datasources[name].settings
    if arguments.format == "text":
        _print_heading(arguments, loaded, name)
    user = _user(loaded, settings, arguments.transport) if settings else UNDEFINED
    boot_error = effective.error
    message = make_message(arguments, "nobody@localhost" if boot_error else user, name)
    return SendRequest(
        settings=settings,
        versions=loaded.versions,
        message=message,
        transport=arguments.transport,
        verify_only=arguments.verify_only,
        timeout=arguments.timeout,
        modules=loaded.modules,
        boot_error=boot_error,
        secrets=loaded.resolution.secrets,
        problems=tuple(find_problems(loaded.workspace, arguments.env, arguments.loopback)),
    )


def choose_datasource(loaded: LoadedApp, wanted: str | None) -> str:
    """Return the mail data source to test: `wanted`, else Email's, else the first; UsageError."""
    datasources = loaded.effective.datasources
    mail = [n for n, found in datasources.items() if found.settings.get("connector") == "mail"]
    if wanted is not None:
        key = datasource_names.resolve(datasources, wanted)
        if key in mail:
            return key
        what = "is not for mail" if key else "does not exist"
        known = ", ".join(mail) or "none"
        raise UsageError(f"The data source “{wanted}” {what}; those for mail are: {known}.")
    bound = loaded.effective.models.get("Email")
    key = datasource_names.resolve(datasources, bound) if bound else None
    if key in mail:
        return key
    if not mail:
        raise UsageError(
            "The app has no mail data source; “loopmail preset DIR NAME gmail” makes one."
        )
    return mail[0]


def _user(loaded: LoadedApp, settings: dict[str, Json], transport: str | None) -> Json:
    plan = plan_datasource(settings, loaded.versions, loaded.modules)
    if plan.boot_error is not None or not plan.transports:
        return UNDEFINED
    if transport is not None and transport not in plan.routes:
        print_error(f"note: no transport is called “{transport}”, so LoopBack takes the default.")
    return plan.route(transport).auth.user


def _print_heading(arguments: argparse.Namespace, loaded: LoadedApp, name: str) -> None:
    versions = loaded.versions
    what = f"Data source {name}" if name else "The app"
    print_line(
        f"{what}, environment {loaded.effective.env}, LoopBack {versions.loopback}, "
        f"Nodemailer {versions.nodemailer}" + (" (assumed)" if versions.assumed else ""),
        flush=True,
    )
    resolution = loaded.resolution
    if resolution.missing and resolution.keyring_error is not None:
        print_error(f"note: {resolution.keyring_error}")
    for item in resolution.missing:
        print_error(f"note: nothing gives {item.variable} a value; LoopBack takes undefined.")
