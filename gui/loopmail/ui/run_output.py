"""What a running app prints, as bounded plain text."""

import re
import threading
from collections import deque

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LINE_LIMIT = 4000  # characters; longer lines are broken
WAITING_LIMIT = 100_000  # characters that wait to be shown; of more, the oldest are dropped
PORTION = 1000  # lines that are shown at once; more would keep the window from answering


class OutputBuffer:
    """Takes text from the runner's threads and gives it to the GUI thread in portions."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._size = 0
        self._dropped = False
        self._lock = threading.Lock()
        self._column = 0

    def put(self, text: str) -> None:
        """Add text (any thread)."""
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
            while self._size > WAITING_LIMIT and len(self._parts) > 1:
                self._size -= len(self._parts.popleft())
                self._dropped = True

    def take(self) -> str:
        """Return what has come since, ready to be shown (GUI thread)."""
        with self._lock:
            text, dropped = "".join(self._parts), self._dropped
            self._parts.clear()
            self._size, self._dropped = 0, False
        shown = self._broken(plain(text))
        if shown.count("\n") > PORTION:
            shown, dropped = "\n".join(shown.split("\n")[-PORTION:]), True
        return f"\n… some output was too fast to show …\n{shown}" if dropped else shown

    def _broken(self, text: str) -> str:
        """Break lines that never end."""
        lines = []
        for at, line in enumerate(text.split("\n")):
            start = self._column if at == 0 else 0
            pieces = []
            while start + len(line) > LINE_LIMIT:
                room = max(LINE_LIMIT - start, 0)
                pieces.append(line[:room])
                line, start = line[room:], 0
            pieces.append(line)
            lines.append("\n".join(pieces))
            self._column = start + len(line)
        return "\n".join(lines)


def plain(text: str) -> str:
    """Return terminal output without colours; other control characters become `·`.

    A sequence that is split over two portions stays visible in part.
    """
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("·", text)
