"""Reads the values of the placeholders that the app's files use from the keyring, in a worker."""

import re
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError, SecretError
from loopmail.core.secrets import SecretStore, lookup
from loopmail.core.workspace import Snapshot
from loopmail.ui.worker import Job

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class KeyringReader(QObject):
    """Holds what the keyring said last; asks again only when there is something new to ask."""

    arrived = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.forget()

    def forget(self) -> None:
        """Know nothing again; an answer that is under way is dropped."""
        self.values: Mapping[str, str] = {}
        self.error: SecretError | None = None
        self.name: str | None = None
        self._asked: tuple[frozenset[str], str, str | None] | None = None
        job = getattr(self, "_job", None)
        if job is not None:
            job.cancel()
        self._job: Job | None = None

    def read(self, store: SecretStore, app: str, env: str | None, snapshot: Snapshot) -> None:
        """Fetch the values for this app and environment; `arrived` follows if it asked."""
        question = (placeholders(snapshot), app, env)
        if question == self._asked or not question[0]:
            return
        self._asked = question
        if self._job is not None:
            self._job.cancel()
        job = Job(lambda: _fetch(store, *question))
        job.done.connect(self._take)
        job.failed.connect(self._fail)
        self._job = job
        job.start()

    def _take(self, answer: tuple[str, dict[str, str]]) -> None:
        self.name, self.values = answer
        self.error = None
        self.arrived.emit()

    def _fail(self, error: LoopmailError) -> None:
        self.error = error if isinstance(error, SecretError) else SecretError(str(error))
        self.arrived.emit()


def placeholders(snapshot: Snapshot) -> frozenset[str]:
    """Return the names in all `${NAME}` of the app's files."""
    found = (_PLACEHOLDER.findall(text) for text in snapshot.texts.values() if "${" in text)
    return frozenset(name for names in found for name in names)


def _fetch(
    store: SecretStore, names: frozenset[str], app: str, env: str | None
) -> tuple[str, dict[str, str]]:
    values = {}
    for name in sorted(names):
        value = lookup(store, app, name, env)
        if value is not None:
            values[name] = value
    return store.describe(), values
