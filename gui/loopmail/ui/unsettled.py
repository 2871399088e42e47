"""Typed secrets that have not reached their home yet: saving and closing wait for them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal


class Unsettled(QObject):
    """The fields whose secrets are on their way, each with what sends it off."""

    begun = Signal()  # there is one
    settled = Signal()  # none is left

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._flush: dict[int, Callable[[], None]] = {}

    def add(self, key: int, flush: Callable[[], None]) -> None:
        """Note a secret that was typed; `flush` sends it to its home without further delay."""
        first = not self._flush
        self._flush[key] = flush
        if first:
            self.begun.emit()

    def discard(self, key: int) -> None:
        """Note that this secret has arrived, or never will."""
        if self._flush.pop(key, None) is not None and not self._flush:
            self.settled.emit()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._flush)

    def settle(self) -> bool:
        """Send all on their way; tell whether none is left. `settled` follows if not."""
        for flush in list(self._flush.values()):
            flush()
        return not self._flush

    def forget(self) -> None:
        """Another app is open."""
        self._flush.clear()
