"""Records a session: stages with their durations, and the transcript with its secrets masked."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from loopmail.core.secret_names import MASK
from loopmail.core.secrets.output import encoded_forms
from loopmail.smtp.verdict import Stage, StageTime, TranscriptLine

# --- Masking secrets ------------------------------------------------------------------


class DialogueMask:
    """Replaces secrets in text, in every form in which the dialogue may carry them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: list[str] = []
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Mask these secrets, too, from now on (e.g. a token that was fetched)."""
        forms = set(self._forms)
        for secret in filter(None, secrets):
            for form in encoded_forms(secret):
                # replies are read as Latin-1, texts of our own as UTF-8
                forms |= {form.decode("latin-1"), form.decode("utf-8", "replace")}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


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

    def __init__(self, mask: DialogueMask, on_event: Callable[[SessionEvent], None]) -> None:
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
        """Note a reply, line by line."""
        for line in text.split("\n"):
            self._note("server", line)

    def _note(self, sender: Literal["client", "server"], text: str) -> None:
        if len(self.lines) > _MOST_LINES:
            return
        if len(self.lines) == _MOST_LINES:
            sender, text = "server", "… (the rest of the transcript is left out)"
        self.lines.append(TranscriptLine(self._elapsed(), sender, _visible(self.mask(text))))
        self._on_event(self.lines[-1])
