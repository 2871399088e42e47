"""`loopmail send`: one test message, as that LoopBack would send it."""

import argparse
import math
from dataclasses import replace

from loopmail.cli import through_app
from loopmail.cli.effective import plan_mail
from loopmail.cli.loading import LoadedApp, load, require_readable
from loopmail.cli.message import add_message_options, make_message
from loopmail.cli.output import print_error, print_json, print_line
from loopmail.cli.parser import Subparsers, add_dir, add_env, add_format, add_loopback
from loopmail.cli.verdict_text import print_event, print_verdict
from loopmail.core import datasource_names
from loopmail.core.checks.problem import Problem
from loopmail.core.errors import SendError, UsageError
from loopmail.core.js import Json
from loopmail.core.plan import TransportPlan, plan_datasource
from loopmail.core.secret_names import mask_host
from loopmail.mail.diagnosis import concerning, diagnose
from loopmail.mail.send import SendRequest, SessionEvent, send
from loopmail.mail.verdict import Verdict

_NOBODY = "nobody@localhost"


def add_parser(subparsers: Subparsers) -> None:
    """Add the verb `send`."""
    parser = subparsers.add_parser(
        "send",
        usage="loopmail send DIR [options]",  # DIR first: --to takes all addresses that follow
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
    through_app.add_options(parser)
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
    through_app.require_consent(arguments)
    name = _datasource_to_test(arguments, loaded)
    settings = loaded.effective.datasources[name].settings if name else {}
    plan = _plan(loaded, settings, arguments.transport)
    request = _request(arguments, loaded, name, plan)
    as_text = arguments.format == "text"
    if as_text:
        _print_heading(loaded, name)
    verdict = _send(request, arguments)
    if verdict.diagnosis is not None:
        host = mask_host(plan.host) if plan and plan.host else None
        problems = concerning(_problems(arguments, loaded), name or "")
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


def _datasource_to_test(arguments: argparse.Namespace, loaded: LoadedApp) -> str:
    """Return the data source that decides: one that stops the boot, else the one asked for.

    Empty where LoopBack refuses the layers before it makes any data source.
    """
    if loaded.effective.error is not None:
        return ""
    failing = next((name for name, plan in plan_mail(loaded).items() if plan.boot_error), None)
    return failing or choose_datasource(loaded, arguments.datasource)


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


def _plan(
    loaded: LoadedApp, settings: dict[str, Json], transport: str | None
) -> TransportPlan | None:
    """Return the transport that would be taken, None where LoopBack would not come that far."""
    plan = plan_datasource(settings, loaded.versions, loaded.modules)
    if plan.boot_error is not None:
        return None
    if transport is not None and transport not in plan.routes:
        print_error(f"note: no transport is called “{transport}”, so LoopBack takes the default.")
    return plan.route(transport)


def _request(
    arguments: argparse.Namespace,
    loaded: LoadedApp,
    name: str,
    plan: TransportPlan | None,
) -> SendRequest:
    # An app that does not start has no user to ask for; its verdict needs no message.
    user = plan.auth.user if plan and name else _NOBODY
    return SendRequest(
        settings=loaded.effective.datasources[name].settings if name else {},
        versions=loaded.versions,
        message=make_message(arguments, user, name),
        transport=arguments.transport,
        verify_only=arguments.verify_only,
        timeout=arguments.timeout,
        modules=loaded.modules,
        boot_error=loaded.effective.error,
        datasource=name or "mail",
        secrets=loaded.resolution.secrets,
    )


def _problems(arguments: argparse.Namespace, loaded: LoadedApp) -> list[Problem]:
    """Return what the checks find; only a failed test is worth their time."""
    from loopmail.cli.checking import find_problems

    return find_problems(loaded.workspace, arguments.env, arguments.loopback)


def _print_heading(loaded: LoadedApp, name: str) -> None:
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
