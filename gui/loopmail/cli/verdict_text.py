"""A test's stages and verdict as text for the terminal."""

from loopmail.cli.output import print_line
from loopmail.mail.certificates import TlsFacts
from loopmail.mail.send import SessionEvent
from loopmail.mail.verdict import Diagnosis, StageTime, TranscriptLine, Verdict


def print_event(event: SessionEvent, *, transcript: bool) -> None:
    """Print a stage that ended and, if asked for, a line of the dialogue, as they happen."""
    if isinstance(event, StageTime):
        print_line(f"  {event.stage:<9}{event.ms:8.1f} ms", flush=True)
    elif isinstance(event, TranscriptLine) and transcript:
        mark = "C:" if event.sender == "client" else "S:"
        print_line(f"    {mark} {event.text}", flush=True)


def print_verdict(verdict: Verdict) -> None:
    """Print the verdict's sentence, what is known about TLS, and what to do."""
    if verdict.tls is not None:
        print_line(f"  {_tls(verdict.tls)}")
    for note in verdict.notes:
        print_line(f"Note: {note}")
    print_line(verdict.sentence())
    if verdict.code is not None:
        print_line(f"LoopBack's error: {_error(verdict)}")
    if verdict.diagnosis is not None:
        _print_diagnosis(verdict.diagnosis)


def _tls(tls: TlsFacts) -> str:
    state = "certificate verified" if tls.verified else "certificate not verified"
    return f"{tls.protocol}, {tls.cipher}, {state}"


def _error(verdict: Verdict) -> str:
    parts = [verdict.code, verdict.command, verdict.response_code]
    return ", ".join(str(part) for part in parts if part is not None)


def _print_diagnosis(diagnosis: Diagnosis) -> None:
    print_line()
    print_line(diagnosis.title)
    dated = f" (as of {diagnosis.as_of})" if diagnosis.as_of else ""
    print_line(f"{diagnosis.why}{dated}")
    for step in diagnosis.steps:
        print_line(f"  - {step}")
    for fix in diagnosis.fixes:
        print_line(f"  loopmail fix DIR {fix.check}: {fix.summary}")
