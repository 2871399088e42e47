"""One test message as that LoopBack would send it: plan, session, verdict. STUB."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loopmail.core.js import Json
from loopmail.core.versions import Versions
from loopmail.mail.cancel import Cancel
from loopmail.mail.message import Message
from loopmail.mail.verdict import StageTime, TranscriptLine, Verdict


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Plain data for a worker: one data source's effective settings and a message.

    `timeout` (seconds) shortens Nodemailer's own time-outs; `modules` as in `plan_datasource`;
    `boot_error` is LoopBack's own error when the app would not even boot.
    """

    settings: Mapping[str, Json] = field(repr=False)
    versions: Versions
    message: Message
    transport: str | None = None  # alias, as in send({transport: …})
    verify_only: bool = False
    timeout: float | None = None
    modules: frozenset[str] = frozenset()
    boot_error: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)  # further texts to mask


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage has begun."""

    stage: str
    ms: float


SessionEvent = StageStarted | StageTime | TranscriptLine


def send(
    request: SendRequest,
    cancel: Cancel | None = None,
    on_event: Callable[[SessionEvent], None] = lambda _event: None,
) -> Verdict:
    """Run the test to its end and return the verdict; blocks, never raises for what a server does.

    `on_event` is called on the calling thread as stages start and end and lines pass.
    """
    raise NotImplementedError
