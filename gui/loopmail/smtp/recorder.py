"""Records a session: stages with their durations, and the transcript with its secrets masked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.smtp.verdict import Stage, StageTime, TranscriptLine


def _visible(text: str) -> str:
    """Make control characters visible and clip long lines."""
    shown = "".join(
        c if c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
        for c in text[:_LONGEST]
    )
    return shown + (f"… ({len(text)} characters)" if len(text) > _LONGEST else "")


# --- Stages and transcript ------------------------------------------------------------

_MOST_LINES = 2000
_LONGEST = 2000  # characters of a line that are shown


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage has begun."""

    stage: Stage
    ms: float


SessionEvent = StageStarted | StageTime | TranscriptLine


class Recorder:
    """Collects stages and lines, and reports them as they come; `mask` hides the secrets."""

    def __init__(self, mask: ScatteredMask, on_event: Callable[[SessionEvent], None]) -> None:
        self.mask = mask
        self._on_event = on_event
        self._begin = time.monotonic()
        self._stage_begin: float | None = None
        self.stage: Stage | None = None
        self.stages: list[StageTime] = []
        self.lines: list[TranscriptLine] = []
        self.notes: list[str] = []

    def _elapsed(self) -> float:
        """Return the milliseconds since the test began."""
        return round((time.monotonic() - self._begin) * 1000, 3)

    def enter(self, stage: Stage) -> None:
        """End the current stage, if another, and begin this one."""
        if stage == self.stage:
            return
        self.leave()
        self.stage, self._stage_begin = stage, self._elapsed()
        self._on_event(StageStarted(stage, self._stage_begin))

    def leave(self) -> None:
        """End the current stage; `stage` keeps its name, as the stage that was reached."""
        if self.stage is None or self._stage_begin is None:
            return
        spent = round(self._elapsed() - self._stage_begin, 3)
        self.stages.append(StageTime(self.stage, spent, self._stage_begin))
        self._stage_begin = None
        self._on_event(self.stages[-1])

    def client(self, text: str) -> None:
        """Note a line that was sent."""
        self._note("client", text)

    def server(self, text: str) -> None:
        """Note a reply, line by line; a secret may be spread over several."""
        for line in self.mask(text).split("\n"):
            self._note("server", line)

    def _note(self, sender: Literal["client", "server"], text: str) -> None:
        if len(self.lines) > _MOST_LINES:
            return
        if len(self.lines) == _MOST_LINES:
            sender, text = "server", "… (the rest of the transcript is left out)"
        self.lines.append(TranscriptLine(self._elapsed(), sender, _visible(self.mask(text))))
        self._on_event(self.lines[-1])
