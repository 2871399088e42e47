"""One test message as the app's LoopBack would send it: plan, session, verdict."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from loopmail.core.app.versions import Versions
from loopmail.core.checks.problem import Problem
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.connectors import could_not_initialize
from loopmail.core.nodemailer import (
    NodeSettings,
    Rules,
    TransportPlan,
    node_effects,
    plan_datasource,
    rules_for,
    smuggled,
)
from loopmail.core.nodemailer.node_settings import NodeEffect
from loopmail.core.plain_secrets import texts_to_mask
from loopmail.core.secret_names import mask_host, mask_text
from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.log import never_log
from loopmail.net.cancel import Cancel, Cancelled
from loopmail.smtp.connection import Connection
from loopmail.smtp.diagnosis import diagnose
from loopmail.smtp.dkim import signed
from loopmail.smtp.errors import AppCrash, NotTestable, SmtpFailure
from loopmail.smtp.message import BuiltMessage, Message, build
from loopmail.smtp.recorder import Recorder, SessionEvent
from loopmail.smtp.session import Session
from loopmail.smtp.verdict import Stage, Verdict, VerdictOutcome

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Plain data for a worker: one data source's effective settings and a message.

    `timeout` (seconds) shortens Nodemailer's own time-outs; `modules` as in `plan_datasource`;
    `boot_error` and `boot_code` are LoopBack's own error when the app would not even boot. The
    fixes of `problems` are offered where the diagnosis of a failure names their check. `notes` are
    sentences that the verdict passes on, whatever it is.
    """

    settings: Mapping[str, Json] = field(repr=False)
    versions: Versions
    message: Message
    transport: str | None = None  # alias, as in send({transport: …})
    verify_only: bool = False
    timeout: float | None = None
    modules: frozenset[str] = frozenset()
    node: NodeSettings = NodeSettings()  # what the app's environment makes of its TLS
    boot_error: str | None = None
    boot_code: str | None = None
    datasource: str = "mail"  # its name, for LoopBack's words
    secrets: tuple[str, ...] = field(default=(), repr=False)  # further texts to mask
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()


def send(
    request: SendRequest,
    cancel: Cancel | None = None,
    on_event: Callable[[SessionEvent], None] = lambda _event: None,
) -> Verdict:
    """Run the test to its end and return the verdict; blocks, never raises for what a server does.

    `on_event` is called on the calling thread as stages start and end and lines pass. Raise
    SendError for a message that cannot be built.
    """
    major, plan = request.versions.major, None
    error, code = request.boot_error, request.boot_code
    if error is None:
        plans = plan_datasource(request.settings, request.versions, request.modules, request.node)
        if plans.boot_error is None:
            plan = plans.route(request.transport)
        else:
            error = could_not_initialize(
                request.datasource, request.settings, major, plans.boot_error
            )
            code = plans.boot_code
    if plan is None:
        verdict = Verdict(False, "boot-error", None, major, code, message=mask_text(error or ""))
    elif found := smuggled(plan.options):
        text = f"loopmail does not send this. {found[0].text}"
        verdict = Verdict(False, "failed", found[0].stage, major, message=text, refused=True)
    elif plan.outcome == "smtp":
        verdict = _hold_session(request, plan, cancel or Cancel(), on_event)
    else:
        verdict = _without_session(plan, major)
    host = mask_host(plan.host) if plan and plan.host else None
    never_log(texts_to_mask(request.settings, request.secrets))
    _log.info(
        "%s %s (%s): %s, at %s, %s",
        "checked" if request.verify_only else "tested",
        request.datasource,
        host,
        verdict.outcome,
        verdict.stage,
        verdict.code,
    )
    notes = (*request.notes, *verdict.notes)
    return replace(verdict, diagnosis=diagnose(verdict, host, request.problems), notes=notes)


def cancelled(request: SendRequest, stage: Stage | None) -> Verdict:
    """Return the verdict on a test that was given up in this stage, without waiting for its end."""
    return Verdict(False, "cancelled", stage, request.versions.major)


APP_CAN = "The app’s own LoopBack can test it: send through the app (--through-app)."


def _without_session(plan: TransportPlan, major: int) -> Verdict:
    ends: Mapping[str, VerdictOutcome] = {
        "stub": "nothing-sent",
        "none": "nothing-sent",
        "crash": "crash",
        "error": "failed",
    }
    outcome = ends.get(plan.outcome, "not-testable")
    text = mask_text(plan.text or "")
    if outcome == "not-testable":
        text = f"{text} {APP_CAN}"
    code = plan.faults[0].code if plan.faults else None
    return Verdict(outcome == "nothing-sent", outcome, None, major, code, message=text)


def _built(message: Message, plan: TransportPlan, rules: Rules, recorder: Recorder) -> BuiltMessage:
    """Build the message and sign it; what there is to say of the signature goes to the notes."""
    built = build(message, rules)
    data, notes = signed(built.data, plan, rules)
    recorder.notes.extend(notes)
    return replace(built, data=data)


def _hold_session(
    request: SendRequest,
    plan: TransportPlan,
    cancel: Cancel,
    on_event: Callable[[SessionEvent], None],
) -> Verdict:
    rules = rules_for(request.versions.nodemailer_major)
    secrets = texts_to_mask([request.settings, {"auth": plan.auth.block}], request.secrets)
    recorder = Recorder(ScatteredMask(secrets), on_event)
    mask = recorder.mask
    message = None if request.verify_only else _built(request.message, plan, rules, recorder)
    outcome: VerdictOutcome = "sent"
    connection = delivery = crash = None
    failure: SmtpFailure | None = None
    try:
        connection = Connection(
            plan, rules, recorder, cancel, limit=request.timeout, verifying=request.verify_only
        )
        delivery = Session(plan, rules, connection, recorder).run(message)
    except Cancelled:
        outcome = "cancelled"
    except AppCrash as ending:
        outcome, crash = "crash", ending
    except NotTestable as ending:
        outcome, failure = "not-testable", NotTestable(f"{ending} {APP_CAN}", None)
    except SmtpFailure as ending:
        outcome, failure = "failed", ending
        if message is not None and plan.pool:
            failure = _after_close(ending, plan, rules, recorder)
    finally:
        if connection is not None:
            connection.close()
    recorder.leave()
    effects = _effects_of_node(plan, recorder, connection)
    error, answer = failure or crash, delivery or failure
    return Verdict(
        ok=outcome == "sent",
        outcome=outcome,
        stage=recorder.stage,
        major=request.versions.major,
        code=error.code if error else None,
        command=failure.command if failure else None,
        response_code=failure.response_code if failure else None,
        message=mask(str(error)) if error else None,
        response=mask(answer.response) if answer and answer.response else None,
        accepted=delivery.accepted if delivery else (),
        rejected=answer.rejected if answer else (),
        message_id=message.message_id if message and delivery else None,
        tls=connection.tls if connection else None,
        stages=tuple(recorder.stages),
        transcript=tuple(recorder.lines),
        raw_message=message.data if message else b"",
        notes=tuple(recorder.notes),
        environment=effects,
    )


def _effects_of_node(
    plan: TransportPlan, recorder: Recorder, connection: Connection | None
) -> tuple[NodeEffect, ...]:
    """Return what variables of Node changed in a session that came to TLS, and note it."""
    if recorder.stage not in ("tls", "starttls") and (connection is None or not connection.tls):
        return ()
    effects = node_effects(plan.tls_options, plan.node)
    recorder.notes.extend(f"{one.name}: the app {one.text}." for one in effects)
    return effects


# --- Connections that close while the pool sends --------------------------------------
# Source: nodemailer-smtp-pool 2.8.2, lib/smtp-pool.js (Nodemailer 2.7.2); nodemailer 4.7.0 and 6.10.1,
# lib/smtp-pool/index.js: a close without an error puts the message back into the queue and connects
# again, at once and without end; Nodemailer 6 stops after `maxRequeues` if that is set. A close with
# an error (Nodemailer 6 in mid-dialogue, a reset anywhere) goes to the callback as without a pool.

WAITS_FOR_EVER = (
    "The app would wait for ever: when the server closes the connection, Nodemailer's pool queues "
    "the message again and connects again, without end and without telling the app."
)


def _after_close(
    failure: SmtpFailure, plan: TransportPlan, rules: Rules, recorder: Recorder
) -> SmtpFailure:
    """Return the failure that the app's callback gets; a note says so if it never gets one."""
    silent = str(failure) in ("Connection closed", "Unexpected socket close")
    if failure.code is not None or not silent:
        return failure
    limit = plan.options.get("maxRequeues", UNDEFINED)
    if rules.line == 6 and isinstance(limit, (int, float)) and limit >= 0:
        return SmtpFailure("Reached maximum number of retries after connection was closed", None)
    recorder.notes.append(WAITS_FOR_EVER)
    return failure
