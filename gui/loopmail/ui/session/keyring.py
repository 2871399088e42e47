"""Reading the app's variables from the keyring in a worker; typed secrets that are not stored yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError, SecretError
from loopmail.ui.session.worker import Job

if TYPE_CHECKING:
    from loopmail.core.app.workspace import Snapshot
    from loopmail.core.secrets.store import SecretStore


class KeyringReader(QObject):
    """Keeps what the keyring said last; asks again only when there is something new to ask."""

    arrived = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self.forget()

    def forget(self) -> None:
        """Know nothing again; an answer that is under way is dropped."""
        self.values: Mapping[str | None, Mapping[str, str]] = {}  # by environment
        self.error: SecretError | None = None  # why it could not be read
        self.name: str | None = None  # once it has answered, e.g. `GNOME Keyring`
        self._asked: tuple[object, ...] | None = None
        self._drop()

    def read(
        self, store: SecretStore, environments: Sequence[str | None], snapshot: Snapshot
    ) -> None:
        """Fetch the values for this app and environments; `arrived` follows if it asked.

        What the environment has already is not asked for: LoopBack takes that first.
        """
        from loopmail.core.loopback.placeholders import all_uses
        from loopmail.core.secrets.resolution import keyring_values

        names = {origin.variable for origin in all_uses(snapshot) if origin.variable is not None}
        app, wanted = snapshot.app.name, sorted(names.difference(os.environ))
        question = (app, wanted, frozenset(environments))
        if question == self._asked or not wanted:
            return
        self._asked = question
        self._drop()
        self._job = Job(
            lambda: (
                store.describe(),
                {env: keyring_values(store, app, wanted, env) for env in environments},
            )
        )
        self._job.done.connect(self._take)
        self._job.failed.connect(self._fail)
        self._job.start()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _take(self, answer: tuple[str, dict[str | None, dict[str, str]]]) -> None:
        self.name, self.values = answer
        self.error = None
        self.arrived.emit()

    def _fail(self, error: LoopmailError) -> None:
        self.error = error if isinstance(error, SecretError) else SecretError(str(error))
        self.arrived.emit()


# --- Typed secrets that are not stored yet --------------------------------------------


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
        return not self

    def forget(self) -> None:
        """Another app is open."""
        self._flush.clear()
