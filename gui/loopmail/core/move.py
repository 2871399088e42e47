"""A secret's change of home: edits of the files and writes to the keyring, done or undone together.

The keyring is written first and read back, so that a secret never leaves the file before it is
safe elsewhere. Nothing here shows a secret in `repr`, texts or errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from loopmail.core.errors import KeyringRefused, LoopmailError, SecretError
from loopmail.core.secrets import SecretStore
from loopmail.core.workspace import Change, Workspace


@dataclass(frozen=True, slots=True)
class KeyringWrite:
    """What an entry shall hold; None deletes it."""

    service: str
    user: str
    secret: str | None = field(repr=False)


@dataclass(slots=True)
class Move:
    """One undoable step.

    `text` names it for the undo list, `notes` are sentences about what the user still has to do.
    The window calls `write`/`unwrite` on a worker thread and pushes `changes` itself; the command
    line calls `do`.
    """

    text: str
    changes: tuple[Change, ...] = field(repr=False)
    writes: tuple[KeyringWrite, ...] = ()
    notes: tuple[str, ...] = ()
    _before: list[KeyringWrite] | None = field(default=None, repr=False)
    _undo_changes: list[Change] | None = field(default=None, repr=False)

    def write(self, store: SecretStore) -> None:
        """Do the keyring's part; if one write fails, take all back and raise SecretError."""
        before = [
            KeyringWrite(w.service, w.user, store.get(w.service, w.user)) for w in self.writes
        ]
        done = 0
        try:
            for entry in self.writes:
                done += 1
                _put(store, entry)
        except SecretError as error:
            _put_back(store, before[:done], error)
            raise
        self._before = before

    def unwrite(self, store: SecretStore) -> None:
        """Give the keyring back what it held before `write`; raise SecretError."""
        if self._before is None:
            return
        for entry in reversed(self._before):
            _put(store, entry)
        self._before = None

    def do(self, workspace: Workspace, store: SecretStore, *, save: bool = False) -> None:
        """Write the keyring, change the documents and, with `save`, the files.

        If any of it fails, all of it is taken back and the error raised.
        """
        self.write(store)
        undo: list[Change] = []
        try:
            undo = workspace.apply(self.changes)
            if save:
                workspace.save()
        except (LoopmailError, OSError) as error:
            self._take_back(workspace, store, undo, error, save=save)
            raise
        self._undo_changes = undo

    def undo(self, workspace: Workspace, store: SecretStore, *, save: bool = False) -> None:
        """Take a done move back: the documents first, so that a secret is never nowhere.

        If the keyring fails, the documents are as after `do` again.
        """
        redo = workspace.apply(self._undo_changes or [])
        try:
            if save:
                workspace.save()
            self.unwrite(store)
        except (LoopmailError, OSError):
            workspace.apply(redo)
            if save:
                workspace.save()
            raise
        self._undo_changes = None

    def _take_back(
        self,
        workspace: Workspace,
        store: SecretStore,
        undo: list[Change],
        error: Exception,
        *,
        save: bool,
    ) -> None:
        """Take documents, files and keyring back, in this order.

        A file that was written before the error holds `${VAR}` until it is written again; only
        then may the keyring's entry, the secret's last home, go.
        """
        try:
            workspace.apply(undo)
            if save and {change.file for change in undo} & set(workspace.modified()):
                workspace.save()
            self.unwrite(store)
        except (LoopmailError, OSError) as second:
            error.add_note(f"Not all could be taken back; the keyring keeps the entries: {second}")


def _put(store: SecretStore, entry: KeyringWrite) -> None:
    """Write or delete an entry and make sure that it was done."""
    if entry.secret is None:
        store.delete(entry.service, entry.user)
        return
    store.set(entry.service, entry.user, entry.secret)
    if store.get(entry.service, entry.user) != entry.secret:
        raise KeyringRefused(
            f"The keyring did not keep {entry.user}: reading it back gave something else. "
            "Nothing was changed in the files."
        )


def _put_back(store: SecretStore, before: Sequence[KeyringWrite], error: SecretError) -> None:
    for entry in reversed(before):
        try:
            _put(store, entry)
        except SecretError as second:
            error.add_note(f"{entry.user} could not be put back: {second}")
