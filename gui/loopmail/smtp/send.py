"""One test message as the app's LoopBack would send it: plan, session, verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from loopmail.core.app.versions import Versions
from loopmail.core.checks.problem import Problem
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.connectors import could_not_initialize
from loopmail.core.nodemailer import Rules, TransportPlan, plan_datasource, rules_for
from loopmail.core.secret_names import mask_host, mask_text, texts_to_mask
from loopmail.net.cancel import Cancel, Cancelled
from loopmail.smtp.connection import Connection
from loopmail.smtp.diagnosis import diagnose
from loopmail.smtp.dkim import signed
from loopmail.smtp.errors import AppCrash, SmtpFailure
from loopmail.smtp.message import BuiltMessage, Message, build
from loopmail.smtp.recorder import DialogueMask, Recorder, SessionEvent, StageStarted
from loopmail.smtp.session import Delivery, Session
from loopmail.smtp.verdict import Stage, Verdict, VerdictOutcome

__all__ = ["SendRequest", "SessionEvent", "StageStarted", "cancelled", "send"]


# --- Connections that close while the pool sends --------------------------------------
# Source: nodemailer-smtp-pool 2.8.2, lib/smtp-pool.js (Nodemailer 2.7.2); nodemailer 4.7.0 and 6.10.1,
# lib/smtp-pool/index.js: a close without an error puts the message back into the queue and connects
# again, at once and without end; Nodemailer 6 stops after `maxRequeues` if that is set. A close with
# an error (Nodemailer 6 in mid-dialogue, a reset anywhere) goes to the callback as without a pool.

WAITS_FOR_EVER = (
    "The app would wait for ever: when the server closes the connection, Nodemailer's pool queues "
    "the message again and connects again, without end and without telling the app."
)
_GIVES_UP = "Reached maximum number of retries after connection was closed"
_SILENT_CLOSES = ("Connection closed", "Unexpected socket close")


def after_close(
    failure: SmtpFailure, plan: TransportPlan, rules: Rules
) -> tuple[SmtpFailure, str | None]:
    """Return the failure that the app's callback gets, and a note if it never gets one."""
    if not plan.pool or failure.code is not None or failure.message not in _SILENT_CLOSES:
        return failure, None
    limit = plan.options.get("maxRequeues", UNDEFINED)
    if rules.line == 6 and isinstance(limit, (int, float)) and limit >= 0:
        return SmtpFailure(_GIVES_UP, None), None
    return failure, WAITS_FOR_EVER


# --- Sending one test message ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Plain data for a worker: one data source's effective settings and a message.

    `timeout` (seconds) shortens Nodemailer's own time-outs; `modules` as in `plan_datasource`;
    `boot_error` and `boot_code` are LoopBack's own error when the app would not even boot. The fixes of `problems`
    are offered where the diagnosis of a failure names their check.
    """

    settings: Mapping[str, Json] = field(repr=False)
    versions: Versions
    message: Message
    transport: str | None = None  # alias, as in send({transport: …})
    verify_only: bool = False
    timeout: float | None = None
    modules: frozenset[str] = frozenset()
    boot_error: str | None = None
    boot_code: str | None = None
    datasource: str = "mail"  # its name, for LoopBack's words
    secrets: tuple[str, ...] = field(default=(), repr=False)  # further texts to mask
    problems: tuple[Problem, ...] = field(default=(), repr=False)


def send(
    request: SendRequest,
    cancel: Cancel | None = None,
    on_event: Callable[[SessionEvent], None] = lambda _event: None,
) -> Verdict:
    """Run the test to its end and return the verdict; blocks, never raises for what a server does.

    `on_event` is called on the calling thread as stages start and end and lines pass.
    """
    plan, failed = _choose(request)
    verdict = _decide(request, plan, failed, cancel or Cancel(), on_event)
    host = mask_host(plan.host) if plan and plan.host else None
    return replace(verdict, diagnosis=diagnose(verdict, host, request.problems))


def cancelled(request: SendRequest, stage: Stage | None) -> Verdict:
    """Return the verdict on a test that was given up in this stage, without waiting for its end."""
    return Verdict(False, "cancelled", stage, request.versions.major)


def _decide(
    request: SendRequest,
    plan: TransportPlan | None,
    failed: Verdict | None,
    cancel: Cancel,
    on_event: Callable[[SessionEvent], None],
) -> Verdict:
    if failed is not None or plan is None:
        return failed or _verdict(request, None, outcome="failed", ok=False)
    secrets = texts_to_mask([request.settings, {"auth": plan.auth.block}], request.secrets)
    recorder = Recorder(DialogueMask(secrets), on_event)
    if plan.outcome != "smtp":
        return _without_session(request, plan)
    return _run(request, plan, recorder, cancel)


def _verdict(
    request: SendRequest,
    recorder: Recorder | None,
    *,
    ok: bool,
    outcome: VerdictOutcome,
    message: str | None = None,
) -> Verdict:
    if recorder is None:
        message = message if message is None else mask_text(message)
        return Verdict(ok, outcome, None, request.versions.major, message=message)
    recorder.leave()
    return Verdict(
        ok,
        outcome,
        recorder.stage,
        request.versions.major,
        message=message if message is None else recorder.mask(message),
        stages=tuple(recorder.stages),
        transcript=tuple(recorder.lines),
        notes=tuple(recorder.notes),
    )


def _choose(request: SendRequest) -> tuple[TransportPlan | None, Verdict | None]:
    error, code = request.boot_error, request.boot_code
    if error is None:
        plans = plan_datasource(request.settings, request.versions, request.modules)
        if plans.boot_error is None:
            return plans.route(request.transport), None
        major = request.versions.major
        error = could_not_initialize(request.datasource, request.settings, major, plans.boot_error)
        code = plans.boot_code
    verdict = _verdict(request, None, ok=False, outcome="boot-error", message=error)
    return None, replace(verdict, code=code)


def _without_session(request: SendRequest, plan: TransportPlan) -> Verdict:
    if plan.outcome in ("stub", "none"):
        return _verdict(request, None, ok=True, outcome="nothing-sent", message=plan.text)
    if plan.outcome == "crash":
        verdict = _verdict(request, None, ok=False, outcome="crash", message=plan.text)
        return replace(verdict, code=plan.faults[0].code if plan.faults else None)
    if plan.outcome == "error":
        verdict = _verdict(request, None, ok=False, outcome="failed", message=plan.text)
        return replace(verdict, code=plan.faults[0].code if plan.faults else None)
    text = f"{plan.text} loopmail cannot test this kind of transport."
    return _verdict(request, None, ok=False, outcome="failed", message=text)


def _run(request: SendRequest, plan: TransportPlan, recorder: Recorder, cancel: Cancel) -> Verdict:
    rules = rules_for(request.versions.nodemailer_major)
    message: BuiltMessage | None = None
    if not request.verify_only:
        message = build(request.message, rules)
        data, notes = signed(message.data, plan, rules)
        message = replace(message, data=data)
        recorder.notes.extend(notes)
    verdict: Verdict
    connection = None
    try:
        connection = Connection(
            plan, rules, recorder, cancel, limit=request.timeout, verifying=request.verify_only
        )
        delivery = Session(plan, rules, connection, recorder).run(message)
    except Cancelled:
        verdict = _verdict(request, recorder, ok=False, outcome="cancelled")
    except AppCrash as crash:
        verdict = _verdict(request, recorder, ok=False, outcome="crash", message=str(crash))
        verdict = replace(verdict, code=crash.code)
    except SmtpFailure as ending:
        failure, note = (ending, None) if message is None else after_close(ending, plan, rules)
        recorder.notes.extend([note] if note else [])
        verdict = _failed(request, recorder, failure)
    else:
        verdict = _sent(request, recorder, delivery, message)
    finally:
        if connection is not None:
            connection.close()
    return replace(
        verdict,
        tls=connection.tls if connection else None,
        raw_message=message.data if message else b"",
        notes=tuple(recorder.notes),
    )


def _failed(request: SendRequest, recorder: Recorder, failure: SmtpFailure) -> Verdict:
    verdict = _verdict(request, recorder, ok=False, outcome="failed", message=failure.message)
    return replace(
        verdict,
        code=failure.code,
        command=failure.command,
        response_code=failure.response_code,
        response=failure.response and recorder.mask(failure.response),
        rejected=failure.rejected,
    )


def _sent(
    request: SendRequest,
    recorder: Recorder,
    delivery: Delivery | None,
    message: BuiltMessage | None,
) -> Verdict:
    verdict = _verdict(request, recorder, ok=True, outcome="sent")
    if delivery is None or message is None:
        return verdict
    return replace(
        verdict,
        response=recorder.mask(delivery.response),
        accepted=delivery.accepted,
        rejected=delivery.rejected,
        message_id=message.message_id,
    )
