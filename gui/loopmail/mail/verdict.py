"""The result of a test, as LoopBack's callback would get it, and all that was seen.

STUB: `to_json` is being written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import Json

VerdictOutcome = Literal["sent", "failed", "nothing-sent", "boot-error", "crash", "cancelled"]
Stage = Literal[
    "dns", "connect", "tls", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data"
]


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage that ended: its duration in milliseconds, and since the start."""

    stage: str
    ms: float
    start_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A line of the dialogue, secrets masked, control characters made visible."""

    ms: float
    sender: Literal["client", "server"]
    text: str


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The server's certificate; times are ISO 8601 in UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What TLS came to."""

    protocol: str
    cipher: str
    verified: bool
    certificate: CertificateFacts | None
    chain: tuple[CertificateFacts, ...] = ()
    problem: str | None = (
        None  # why it did not verify; also set when only the system's roots differ
    )


@dataclass(frozen=True, slots=True)
class DiagnosisFix:
    """A mend the diagnosis offers: the check id it belongs to and a line for the button."""

    check: str
    summary: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why it failed and what to do."""

    id: str
    title: str
    why: str
    steps: tuple[str, ...] = ()
    fixes: tuple[DiagnosisFix, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole result; `to_json` gives the contract's JSON."""

    ok: bool
    outcome: VerdictOutcome
    stage: str | None
    major: int
    code: str | None = None
    command: str | None = None
    response_code: int | None = None
    message: str | None = None
    response: str | None = None
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    message_id: str | None = None
    tls: TlsFacts | None = None
    stages: tuple[StageTime, ...] = ()
    transcript: tuple[TranscriptLine, ...] = ()
    diagnosis: Diagnosis | None = None
    raw_message: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """One plain sentence that begins with Sent, Not sent, Nothing was sent or Stopped."""
        raise NotImplementedError

    def exit_code(self) -> int:
        """The command line's exit code for this verdict."""
        raise NotImplementedError

    def to_json(self) -> Mapping[str, Json]:
        """Return the contract's JSON of `send`."""
        raise NotImplementedError
