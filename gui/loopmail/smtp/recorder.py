"""Records a session: stages with their durations, and the transcript with its secrets masked."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loopmail.core.secret_names import MASK
from loopmail.core.secrets.output import encoded_forms
from loopmail.smtp.verdict import Stage, StageTime, TranscriptLine

# --- Masking secrets ------------------------------------------------------------------


class DialogueMask:
    """Replaces secrets in text, in every form in which the dialogue may carry them."""

    def __init__(self, secrets: Iterable[str], users: Iterable[str] = ()) -> None:
        self._users = tuple(users)
        self._forms: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask one more secret from now on (a token that was fetched)."""
        forms = set(self._forms)
        for form in encoded_forms(secret, self._users) if secret else ():
            # replies are read as Latin-1, texts of our own as UTF-8
            forms |= {form.decode("latin-1"), form.decode("utf-8", "replace")}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def visible(text: str, limit: int = 2000) -> str:
    """Make control characters visible and clip long lines."""
    shown = "".join(
        c if c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
        for c in text[:limit]
    )
    return shown + (f"… ({len(text)} characters)" if len(text) > limit else "")


# --- Stages and transcript ------------------------------------------------------------

_MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage has begun."""

    stage: Stage
    ms: float


SessionEvent = StageStarted | StageTime | TranscriptLine


class Recorder:
    """Collects stages and lines, and reports them as they come."""

    def __init__(self, masker: DialogueMask, on_event: Callable[[SessionEvent], None]) -> None:
        self._masker = masker
        self._on_event = on_event
        self._begin = time.monotonic()
        self._stage_begin = 0.0
        self.stage: Stage | None = None
        self.stages: list[StageTime] = []
        self.lines: list[TranscriptLine] = []
        self.notes: list[str] = []

    def elapsed(self) -> float:
        """Return the milliseconds since the test began."""
        return round((time.monotonic() - self._begin) * 1000, 3)

    def enter(self, stage: Stage) -> None:
        """End the current stage, if another, and begin this one."""
        if stage == self.stage:
            return
        self.leave()
        self.stage = stage
        self._stage_begin = self.elapsed()
        self._on_event(StageStarted(stage, self._stage_begin))

    def leave(self) -> None:
        """End the current stage; `stage` keeps its name, as the stage that was reached."""
        if self.stage is None or (self.stages and self.stages[-1].start_ms == self._stage_begin):
            return
        spent = StageTime(
            self.stage, round(self.elapsed() - self._stage_begin, 3), self._stage_begin
        )
        self.stages.append(spent)
        self._on_event(spent)

    def client(self, text: str) -> None:
        """Note a line that was sent."""
        self._line("client", text)

    def server(self, text: str) -> None:
        """Note a reply, line by line."""
        for line in text.split("\n"):
            self._line("server", line)

    def keep_secret(self, secret: str) -> None:
        """Mask one more secret from now on."""
        self._masker.add(secret)

    def mask(self, text: str) -> str:
        """Return the text without secrets."""
        return self._masker(text)

    def _line(self, sender: str, text: str) -> None:
        if len(self.lines) > _MOST_LINES:
            return
        if len(self.lines) == _MOST_LINES:
            sender, text = "server", "… (the rest of the transcript is left out)"
        shown = visible(self._masker(text))
        line = TranscriptLine(self.elapsed(), "client" if sender == "client" else "server", shown)
        self.lines.append(line)
        self._on_event(line)
