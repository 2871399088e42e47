"""`loopmail send`: one test message, as that LoopBack would send it."""

import argparse
import math
from dataclasses import replace

from loopmail.cli import verdict_text as through_app
from loopmail.cli.app import LoadedApp, find_problems, load
from loopmail.cli.options import (
    Subparsers,
    add_dir,
    add_env,
    add_format,
    add_loopback,
    add_message_options,
    make_message,
)
from loopmail.cli.output import print_error, print_json, print_line
from loopmail.cli.verdict_text import print_event, print_verdict
from loopmail.core.checks.problem import Problem
from loopmail.core.errors import SendError, UsageError
from loopmail.core.loopback.view import AppView
from loopmail.core.secret_names import mask_host
from loopmail.smtp.diagnosis import concerning, diagnose
from loopmail.smtp.recorder import SessionEvent
from loopmail.smtp.request import make_request
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import STAGES, Verdict

_NOBODY = "nobody@localhost"


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail send`."""
    parser = subparsers.add_parser(
        "send",
        usage="loopmail send DIR [options]",  # DIR first: --to takes all addresses that follow
        help="send a test message as the app would",
        description="Send one test message as the app's LoopBack would send it. Exit codes: 0 "
        f"sent, {_stage_codes()}, 17 nothing would be sent, 18 the app would not start, 19 it would crash.",
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
    through_app.add_options(parser)
    parser.set_defaults(func=run_send)


def _stage_codes() -> str:
    """Return the exit codes of the stages with their names."""
    codes: dict[int, list[str]] = {}
    for stage in STAGES.values():
        codes.setdefault(stage.exit_code, []).append(stage.words)
    return ", ".join(f"{code} {' or '.join(names)}" for code, names in sorted(codes.items()))


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
    loaded.require_readable()
    through_app.require_consent(arguments)
    request = request_of(arguments, loaded.view)
    name = request.datasource
    as_text = arguments.format == "text"
    if as_text:
        _print_heading(loaded, name)
    verdict = _send(request, arguments)
    if verdict.diagnosis is not None:
        plan = loaded.view.route(name, arguments.transport)
        problems = concerning(_problems(arguments, loaded), name)
        host = mask_host(plan.host) if plan and plan.host else None
        verdict = replace(verdict, diagnosis=diagnose(verdict, host, problems))
    if as_text:
        print_verdict(verdict)
    answer = None
    if arguments.through_app:
        answer = through_app.ask(arguments, loaded, name, request.message)
    if not as_text:
        told = {} if answer is None else through_app.as_json(answer, verdict)
        print_json({**verdict.to_json(), **told})
    elif answer is not None:
        through_app.print_answer(answer, verdict)
    return verdict.exit_code()


def _send(request: SendRequest, arguments: argparse.Namespace) -> Verdict:
    def report(event: SessionEvent) -> None:
        if arguments.format == "text":
            print_event(event, transcript=arguments.transcript)

    try:
        return send(request, on_event=report)
    except SendError as error:
        raise UsageError(str(error)) from None


def request_of(arguments: argparse.Namespace, view: AppView) -> SendRequest:
    """Return what the options ask for; raise UsageError where they make no sense for the app."""
    name, transport = "", arguments.transport
    # An app that does not start has no user to ask for; its verdict needs no message.
    user = _NOBODY
    if view.boot_error is None:
        name = view.default_datasource(arguments.datasource)
        user = view.mail_user(name, transport)
        if transport is not None and transport not in view.plans[name].routes:
            print_error(
                f"note: no transport is called “{transport}”, so LoopBack takes the default."
            )
    return make_request(
        view,
        name,
        make_message(arguments, user, name),
        transport=transport,
        verify_only=arguments.verify_only,
        timeout=arguments.timeout,
    )


def _problems(arguments: argparse.Namespace, loaded: LoadedApp) -> list[Problem]:
    """Return what the checks find; only a failed test is worth their time."""
    return find_problems(loaded.workspace, arguments.env, arguments.loopback)


def _print_heading(loaded: LoadedApp, name: str) -> None:
    versions = loaded.view.versions
    what = f"Data source {name}" if name else "The app"
    print_line(
        f"{what}, environment {loaded.view.effective.env}, LoopBack {versions.loopback}, "
        f"Nodemailer {versions.nodemailer}" + (" (assumed)" if versions.assumed else ""),
        flush=True,
    )
    resolution = loaded.resolution
    if resolution.missing and resolution.keyring_error is not None:
        print_error(f"note: {resolution.keyring_error}")
    for item in resolution.missing:
        print_error(f"note: nothing gives {item.variable} a value; LoopBack takes undefined.")
