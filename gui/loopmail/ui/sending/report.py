"""A test as plain text, to copy or save: its report, and the equal command line of swaks.

Both are without secrets: the transcript is masked, and the command refers to a variable.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from loopmail.core.checks.context import Context, Texts
from loopmail.core.checks.fixes import transport_view
from loopmail.core.errors import UsageError
from loopmail.core.secret_names import mask_host
from loopmail.smtp.message import Message
from loopmail.smtp.request import settings_of
from loopmail.smtp.swaks import swaks_command
from loopmail.smtp.verdict import Verdict
from loopmail.ui.sending.one_test import About
from loopmail.ui.sending.verdict_banner import loopback_report
from loopmail.ui.session.state import AppState

if TYPE_CHECKING:
    from loopmail.net.certificates import CertificateFacts, TlsFacts


def report_text(verdict: Verdict, datasource: str, when: datetime) -> str:
    """Return the report of one test."""
    lines = [
        f"loopmail test of {datasource}, {when.isoformat(sep=' ', timespec='seconds')}",
        "",
        verdict.sentence(),
    ]
    if report := loopback_report(verdict, told=verdict.sentence()):
        lines.append(f"LoopBack {verdict.major} would report: {report}")
    if verdict.accepted:
        lines.append(f"Accepted: {', '.join(verdict.accepted)}")
    if verdict.rejected:
        lines.append(f"Rejected: {', '.join(verdict.rejected)}")
    lines += [f"Note: {note}" for note in verdict.notes]
    if (found := verdict.diagnosis) is not None:
        lines += ["", f"Diagnosis: {found.title}", *filter(None, [verdict.explanation()])]
        lines += [f"  {at}. {step}" for at, step in enumerate(found.steps, 1)]
    if verdict.stages:
        lines += ["", "Stages"]
        lines += [f"  {stage.stage:<10} {stage.ms:9.1f} ms" for stage in verdict.stages]
    if verdict.tls is not None:
        lines += _tls(verdict.tls)
    if verdict.transcript:
        lines += ["", "Transcript (ms; C client, S server; secrets masked)"]
        for line in verdict.transcript:
            lines.append(f"  {line.ms:9.1f} {line.sender[0].upper()}: {line.text}")
    return "\n".join(lines) + "\n"


def _tls(facts: TlsFacts) -> list[str]:
    verified = "verified" if facts.verified else f"not verified: {facts.problem or 'unknown'}"
    lines = ["", f"TLS: {facts.protocol}, {facts.cipher}, {verified}"]
    for one in _chain(facts):
        names = f", names {', '.join(one.names)}" if one.names else ""
        valid = f"valid {one.not_before} to {one.not_after}"
        digest = f", SHA-256 {one.sha256}" if one.sha256 else ""
        lines.append(f"  {one.subject}, issued by {one.issuer}{names}, {valid}{digest}")
    return lines


def _chain(facts: TlsFacts) -> tuple[CertificateFacts, ...]:
    """The certificates from the server's on; it alone where the chain is not known."""
    return facts.chain or ((facts.certificate,) if facts.certificate else ())


# --- What is tested, noted when it begins -------------------------------------------------


def about_test(
    state: AppState, datasource: str, alias: str | None, message: Message | None
) -> About:
    """Return what is said later of a test that begins now; `message` None: it sends none."""
    view = state.view()
    plan = view.route(datasource, alias)
    server = f"{mask_host(plan.host)}:{plan.port}" if plan is not None and plan.host else ""
    settings = settings_of(view, datasource)
    transport = transport_view(Context(view, Texts(state.snapshot())), datasource, alias)
    variable = transport.from_variable("auth/pass") if transport is not None else None
    try:
        command = swaks_command(plan, message, datasource, variable=variable, secrets=view.secrets)
    except UsageError as error:
        return About(server, settings, no_swaks=str(error))
    return About(server, settings, command)
