"""Finding the secret parts of a text: at once, or in a worker where that would be felt."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from shiboken6 import isValid

from loopmail.core.json_masking import HiddenPart, hidden_parts
from loopmail.ui.session.worker import Job

_AT_ONCE = 100_000  # characters, some 50 ms


class PartsFinder(QObject):
    """Answers the last question only; the answer to the same text is kept."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known: tuple[str, list[HiddenPart]] = ("", [])
        self._job: Job | None = None

    def find(self, text: str, take: Callable[[list[HiddenPart]], None]) -> None:
        """Call `take` with the secret parts of a text, now or later."""
        self.drop()
        if text == self._known[0]:
            take(self._known[1])
        elif len(text) <= _AT_ONCE:
            self._known = text, hidden_parts(text)
            take(self._known[1])
        else:
            self._job = Job(lambda: hidden_parts(text))
            self._job.done.connect(lambda parts: self._answer(text, parts, take))
            self._job.start()

    def drop(self) -> None:
        """Forget the question."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _answer(
        self, text: str, parts: list[HiddenPart], take: Callable[[list[HiddenPart]], None]
    ) -> None:
        if isValid(self):
            self._job = None
            self._known = text, parts
            take(parts)
