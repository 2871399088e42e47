"""A test as plain text, to copy or save: without secrets, since the transcript is masked."""

from datetime import datetime
from typing import TYPE_CHECKING

from loopmail.mail.verdict import Verdict
from loopmail.ui.verdict_banner import loopback_report

if TYPE_CHECKING:  # not at run time: it brings ssl and cryptography
    from loopmail.mail.certificates import CertificateFacts


def report_text(verdict: Verdict, datasource: str, when: datetime) -> str:
    """Return the report of one test."""
    lines = [
        f"loopmail test of {datasource}, {when.isoformat(sep=' ', timespec='seconds')}",
        "",
        verdict.sentence(),
    ]
    if report := loopback_report(verdict):
        lines.append(f"LoopBack {verdict.major} would report: {report}")
    if verdict.accepted:
        lines.append(f"Accepted: {', '.join(verdict.accepted)}")
    if verdict.rejected:
        lines.append(f"Rejected: {', '.join(verdict.rejected)}")
    lines += [f"Note: {note}" for note in verdict.notes]
    lines += _diagnosis(verdict)
    if verdict.stages:
        lines += ["", "Stages"]
        lines += [f"  {stage.stage:<10} {stage.ms:9.1f} ms" for stage in verdict.stages]
    lines += _tls(verdict)
    if verdict.transcript:
        lines += ["", "Transcript (ms; C client, S server; secrets masked)"]
        for line in verdict.transcript:
            lines.append(f"  {line.ms:9.1f} {line.sender[0].upper()}: {line.text}")
    return "\n".join(lines) + "\n"


def _diagnosis(verdict: Verdict) -> list[str]:
    found = verdict.diagnosis
    if found is None:
        return []
    steps = [f"  {at}. {step}" for at, step in enumerate(found.steps, 1)]
    return ["", f"Diagnosis: {found.title}", found.why, *steps]


def _tls(verdict: Verdict) -> list[str]:
    facts = verdict.tls
    if facts is None:
        return []
    verified = "verified" if facts.verified else f"not verified: {facts.problem or 'unknown'}"
    lines = ["", f"TLS: {facts.protocol}, {facts.cipher}, {verified}"]
    chain = facts.chain or ((facts.certificate,) if facts.certificate else ())
    return lines + [_certificate(one) for one in chain]


def _certificate(facts: "CertificateFacts") -> str:
    names = f", names {', '.join(facts.names)}" if facts.names else ""
    return (
        f"  {facts.subject}, issued by {facts.issuer}{names}, "
        f"valid {facts.not_before} to {facts.not_after}"
    )
