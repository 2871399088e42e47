"""The result of a test, as LoopBack's callback would get it, and all that was seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from loopmail.core.js import Json

if TYPE_CHECKING:  # not at run time: it brings ssl and cryptography, which only a test needs
    from loopmail.core.loopback.readiness import Readiness
    from loopmail.core.nodemailer.node_settings import NodeEffect
    from loopmail.net.certificates import TlsFacts

VerdictOutcome = Literal[
    "sent", "failed", "nothing-sent", "boot-error", "crash", "not-testable", "cancelled"
]
Stage = Literal[
    "dns", "connect", "tls", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data"
]


class StageKind(NamedTuple):
    """What is known about a stage, wherever it is reached."""

    words: str  # for people
    exit_code: int  # of `loopmail send` when it fails here
    depends_on_port: bool = False  # another port or security may get past it


# In the order in which a session comes to them (STARTTLS and a second EHLO between, where used).
STAGES: Mapping[Stage, StageKind] = {
    "dns": StageKind("DNS", 10),
    "connect": StageKind("Connect", 11, depends_on_port=True),
    "tls": StageKind("TLS", 12, depends_on_port=True),
    "greeting": StageKind("Greeting", 13, depends_on_port=True),
    "ehlo": StageKind("EHLO", 13, depends_on_port=True),
    "starttls": StageKind("STARTTLS", 12, depends_on_port=True),
    "auth": StageKind("Sign-in", 14),
    "mail": StageKind("Sender", 15),
    "rcpt": StageKind("Recipient", 15),
    "data": StageKind("Message", 16),
}


# The exit code of `loopmail send` where it ends otherwise than by failing at a stage.
_OUTCOME_EXITS: Mapping[VerdictOutcome, int] = {
    "sent": 0,
    "nothing-sent": 17,
    "boot-error": 18,
    "crash": 19,
    "not-testable": 20,
    "cancelled": 130,
}


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage that ended: its duration in milliseconds, and since the start."""

    stage: Stage
    ms: float
    start_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A line of the dialogue, secrets masked, control characters made visible."""

    ms: float
    sender: Literal["client", "server"]
    text: str


@dataclass(frozen=True, slots=True)
class DiagnosisFix:
    """A fix the diagnosis offers: the check id it belongs to and a line for the button."""

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
    as_of: str | None = None  # the day (ISO 8601) a provider's rule was looked up, if it is one
    page: str | None = None  # the provider's own page about it, from the catalogue


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole result; `to_json` gives what `loopmail send --format json` prints."""

    ok: bool
    outcome: VerdictOutcome
    stage: Stage | None
    major: int
    code: str | None = None
    command: str | None = None
    response_code: int | None = None
    message: str | None = None
    response: str | None = None
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    message_id: str | None = None
    tls: "TlsFacts | None" = None
    stages: tuple[StageTime, ...] = ()
    transcript: tuple[TranscriptLine, ...] = ()
    diagnosis: Diagnosis | None = None
    raw_message: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()
    environment: tuple["NodeEffect", ...] = ()  # what variables of Node changed
    refused: bool = False  # by loopmail: the app must not send this either
    app: "Readiness | None" = None  # whether the app itself will send; None: not asked

    def sentence(self) -> str:
        """One plain sentence that begins with Sent, Not sent, Nothing was sent or Stopped."""
        where = f" at the stage “{self.stage}”" if self.stage else ""
        text = " ".join((self.message or "").split())
        match self.outcome:
            case "sent":
                if self.response:
                    return f"Sent. The server said: {self.response}"
                return "Sent nothing, as asked: the connection and the sign-in work."
            case "nothing-sent":
                unsure = ", unless a script that was not read changes that"
                unread = self.app is not None and self.app.unread
                return f"Nothing was sent{unsure if unread else ''}: {text}"
            case "cancelled":
                return f"Stopped{where}."
            case "boot-error":
                return f"Not sent: the app would not boot: {text}"
            case "crash":
                return f"Not sent: the app would crash{where}: {text}"
            case "not-testable":
                return f"Not sent: loopmail cannot test this transport. {text}"
            case _:
                return f"Not sent: {text or 'it failed'}{where}."

    def explanation(self) -> str:
        """Return why, as the diagnosis says it; empty where the sentence has said that already."""
        why = self.diagnosis.why if self.diagnosis is not None else ""
        return "" if why == self.message and self.outcome != "failed" else why

    def exit_code(self) -> int:
        """The exit code of `loopmail send`: 0 if sent, else one for each stage or outcome."""
        if self.outcome == "failed":
            return STAGES[self.stage or "auth"].exit_code
        return _OUTCOME_EXITS[self.outcome]

    def to_json(self) -> Mapping[str, Json]:
        """Return the JSON that `loopmail send --format json` prints; other programs read it."""
        tls = _json(self.tls)
        if self.tls is not None:
            tls |= {"protocol": self.tls.protocol or None, "cipher": self.tls.cipher or None}
        return {
            "ok": self.ok,
            "outcome": self.outcome,
            "stage": self.stage,
            "loopback": {
                "major": self.major,
                "code": self.code,
                "command": self.command,
                "responseCode": self.response_code,
                "message": self.message,
            },
            "response": self.response,
            "accepted": _json(self.accepted),
            "rejected": _json(self.rejected),
            "messageId": self.message_id,
            "tls": tls,
            "stages": [{"stage": s.stage, "ms": s.ms} for s in self.stages],
            "transcript": [
                {"ms": line.ms, "from": line.sender, "text": line.text} for line in self.transcript
            ],
            "diagnosis": _json(self.diagnosis),
            "notes": _json(self.notes),
            "environment": _json(self.environment),
            **({} if self.app is None else {"appSends": self.app.to_json()}),
        }


def _json(value: object) -> Json:
    """Return a dataclass as a JSON object, the names of its fields in camel case."""
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    if not is_dataclass(value):
        return value
    told = (each.name for each in fields(value) if each.metadata.get("told", True))
    return {_camel(name): _json(getattr(value, name)) for name in told}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
