"""`loopmail send`: one test message, as that LoopBack would send it."""

import argparse
import math
from dataclasses import replace

from loopmail.cli import through_app
from loopmail.cli.app import Checker, LoadedApp, load
from loopmail.cli.options import (
    Subparsers,
    add_env,
    add_format,
    add_loopback,
    add_message_options,
    add_verb,
    make_message,
)
from loopmail.cli.output import print_error, print_json, print_line
from loopmail.core.app.misnamed import environment_hint
from loopmail.core.errors import SendError, UsageError
from loopmail.core.loopback.readiness import Readiness, readiness
from loopmail.core.loopback.view import AppView
from loopmail.core.secret_names import mask_host
from loopmail.smtp.diagnosis import concerning, diagnose
from loopmail.smtp.recorder import SessionEvent
from loopmail.smtp.request import make_request
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import STAGES, StageTime, TranscriptLine, Verdict


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail send`."""
    codes: dict[int, list[str]] = {}
    for stage in STAGES.values():
        codes.setdefault(stage.exit_code, []).append(stage.words)
    failures = ", ".join(f"{code} {' or '.join(names)}" for code, names in sorted(codes.items()))
    parser = add_verb(
        subparsers,
        "send",
        run_send,
        "send a test message as the app would",
        "Send one test message as the app's LoopBack would send it. Exit codes: 0 sent, "
        f"{failures}, 17 nothing would be sent, 18 the app would not start, 19 it would crash. "
        "What the app itself lacks to send, in any environment, is said after a success.",
        usage="loopmail send DIR [options]",  # DIR first: --to takes all addresses that follow
    )
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
    if arguments.through_app and loaded.view.perhaps_in_script(arguments.datasource):
        return through_app.alone(arguments, loaded)
    request = request_of(arguments, loaded.view)
    name = request.datasource
    as_text = arguments.format == "text"
    if as_text:
        _print_heading(loaded, name)

    def report(event: SessionEvent) -> None:
        if as_text:
            _print_event(event, transcript=arguments.transcript)

    try:
        verdict = send(request, on_event=report)
    except SendError as error:
        raise UsageError(str(error)) from None
    if verdict.diagnosis is not None:
        plan = loaded.view.route(name, arguments.transport)
        # Only a failed test is worth the time of the checks.
        checker = Checker(loaded.workspace, arguments.env, arguments.loopback)
        problems = checker.find(loaded.view.snapshot)
        host = mask_host(plan.host) if plan and plan.host else None
        found = diagnose(verdict, host, concerning(problems, name))
        verdict = replace(verdict, diagnosis=found)
    verdict = replace(verdict, app=_readiness(arguments, loaded))
    if as_text:
        _print_verdict(verdict)
        if loaded.view.unread_scripts("datasources", "model-config") and not arguments.through_app:
            print_line("--through-app asks the app itself, which runs its scripts.")
        _print_readiness(verdict)
    answer = None
    if arguments.through_app and not verdict.refused:
        answer = through_app.ask(arguments, loaded, name, request.message)
    if not as_text:
        told = {} if answer is None else through_app.as_json(answer, verdict)
        print_json({**verdict.to_json(), **told})
    elif answer is not None:
        through_app.print_answer(answer, verdict)
    return verdict.exit_code()


def request_of(arguments: argparse.Namespace, view: AppView) -> SendRequest:
    """Return what the options ask for; raise UsageError where they make no sense for the app."""
    name, transport = "", arguments.transport
    # An app that does not start has no user to ask for; its verdict needs no message.
    user, ask_sender = "nobody@localhost", False
    if view.boot_error is None:
        name = view.default_datasource(arguments.datasource)
        user = view.mail_user(name, transport)
        ask_sender = view.user_is_no_address(name, transport)
        if transport is not None and transport not in view.plans[name].routes:
            print_error(
                f"note: no transport is called “{transport}”, so LoopBack takes the default."
            )
    return make_request(
        view,
        name,
        make_message(arguments, user, name, ask_sender=ask_sender),
        transport=transport,
        verify_only=arguments.verify_only,
        timeout=arguments.timeout,
    )


def _print_heading(loaded: LoadedApp, name: str) -> None:
    versions = loaded.view.versions
    what = f"Data source {name}" if name else "The app"
    print_line(
        f"{what}, environment {loaded.view.effective.env}, LoopBack {versions.loopback}, "
        f"Nodemailer {versions.nodemailer}" + (" (assumed)" if versions.assumed else ""),
        flush=True,
    )
    hint = environment_hint(loaded.view.effective.env, loaded.workspace.app.with_files)
    if hint is not None:
        print_error(f"note: {hint.text}")
    if loaded.workspace.app.behind:
        print_error(f"note: {loaded.workspace.app.built_note}")
    resolution = loaded.resolution
    if resolution.missing and resolution.keyring_error is not None:
        print_error(f"note: {resolution.keyring_error}")
    for item in resolution.missing:
        print_error(f"note: nothing gives {item.variable} a value; LoopBack takes undefined.")


def _print_event(event: SessionEvent, *, transcript: bool) -> None:
    """Print a stage that ended and, if asked for, a line of the dialogue, as they happen."""
    if isinstance(event, StageTime):
        print_line(f"  {event.stage:<9}{event.ms:8.1f} ms", flush=True)
    elif isinstance(event, TranscriptLine) and transcript:
        mark = "C:" if event.sender == "client" else "S:"
        print_line(f"    {mark} {event.text}", flush=True)


def _print_verdict(verdict: Verdict) -> None:
    """Print the verdict's sentence, what is known about TLS, and what to do."""
    if verdict.tls is not None:
        state = "certificate verified" if verdict.tls.verified else "certificate not verified"
        print_line(f"  {verdict.tls.protocol}, {verdict.tls.cipher}, {state}")
    for note in verdict.notes:
        print_line(f"Note: {note}")
    print_line(verdict.sentence())
    through_app.print_loopback_error(verdict)
    diagnosis, why = verdict.diagnosis, verdict.explanation()
    if diagnosis is not None and (why or diagnosis.steps or diagnosis.fixes):
        print_line()
        print_line(diagnosis.title)
        dated = f" (as of {diagnosis.as_of})" if diagnosis.as_of else ""
        if why:
            print_line(f"{why}{dated}")
        for step in diagnosis.steps:
            print_line(f"  - {step}")
        for fix in diagnosis.fixes:
            print_line(f"  loopmail fix DIR {fix.check}: {fix.summary}")


def _readiness(arguments: argparse.Namespace, loaded: LoadedApp) -> Readiness:
    """Return whether the app itself will send through the data source that was to be tested."""
    name = arguments.datasource
    if name is None and loaded.view.mail:
        name = loaded.view.default_datasource()
    return readiness(loaded.view, name or "", loaded.other_views())


def _print_readiness(verdict: Verdict) -> None:
    """Print why the app itself will not send, although the test was a success."""
    app = verdict.app
    if verdict.outcome != "sent" or app is None:
        return
    here, elsewhere = "The app itself will not send yet:", "In other environments:"
    for title, found in ((here, app.here), (elsewhere, app.elsewhere)):
        if found:
            print_line()
            print_line(title)
        for one in found:
            print_line(f"  - {one.text}" + (f" {one.command}" if one.command else ""))
