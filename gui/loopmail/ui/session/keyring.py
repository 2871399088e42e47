"""Reading the app's variables from the keyring in a worker."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError, SecretError
from loopmail.log import never_log
from loopmail.ui.session.worker import Job

if TYPE_CHECKING:
    from loopmail.core.app.workspace import Snapshot
    from loopmail.core.secrets.pending import EntryKey
    from loopmail.core.secrets.store import SecretReader


class KeyringReader(QObject):
    """Keeps what the keyring said last; asks again only when there is something new to ask."""

    arrived = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self.forget()

    def forget(self) -> None:
        """Know nothing again; an answer that is under way is dropped."""
        self._entries: dict[str, str | None] = {}  # by user name
        self.error: SecretError | None = None  # why it could not be read
        self.name: str | None = None  # once it has answered, e.g. `GNOME Keyring`
        self._asked: tuple[object, ...] | None = None
        self._drop()

    def read(
        self, store: SecretReader, environments: Sequence[str | None], snapshot: Snapshot
    ) -> None:
        """Fetch the entries for this app and environments; `arrived` follows if it asked.

        What the environment has already is not asked for: LoopBack takes that first.
        """
        from loopmail.core.loopback.placeholders import all_uses
        from loopmail.core.secrets.store import entry_user, service_name

        names = {origin.variable for origin in all_uses(snapshot) if origin.variable is not None}
        app, wanted = snapshot.app.name, sorted(names.difference(os.environ))
        question = (app, wanted, frozenset(environments))
        if question == self._asked or not wanted:
            return
        self._asked = question
        self._drop()
        service = service_name(app)
        users = [entry_user(n, env) for n in wanted for env in dict.fromkeys((None, *environments))]
        self._job = Job(
            lambda: (store.describe(), {user: store.get(service, user) for user in users})
        )
        self._job.done.connect(self._take)
        self._job.failed.connect(self._fail)
        self._job.start()

    def has(self, user: str) -> bool:
        """Tell whether the keyring is known to have this entry."""
        return self._entries.get(user) is not None

    def know(self, entries: Mapping[str, str | None]) -> None:
        """Take over what a save has made of entries (by user name)."""
        self._entries.update(entries)
        if self._job is not None and self._job.running:
            self._asked = None  # what it has read may be older
            self._drop()

    def values(
        self, app_name: str, env: str | None, pending: Mapping[EntryKey, str | None]
    ) -> dict[str, str]:
        """Return the variables that the keyring gives an environment, pending entries first."""
        from loopmail.core.secrets.pending import Overlay
        from loopmail.core.secrets.resolution import keyring_values
        from loopmail.core.secrets.store import service_name

        service = service_name(app_name)
        known = {(service, user): secret for user, secret in self._entries.items()} | dict(pending)
        names = dict.fromkeys(user.partition("@")[0] for _, user in known)
        outside = names.keys() & os.environ.keys()
        return keyring_values(Overlay(None, known), app_name, names.keys() - outside, env)

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _take(self, answer: tuple[str, dict[str, str | None]]) -> None:
        self.name = answer[0]
        never_log(secret for secret in answer[1].values() if secret is not None)
        self._entries.update(answer[1])  # of what no file asks for any more, what was known stays
        self.error = None
        self.arrived.emit()

    def _fail(self, error: LoopmailError) -> None:
        self.error = error if isinstance(error, SecretError) else SecretError(str(error))
        self.arrived.emit()
