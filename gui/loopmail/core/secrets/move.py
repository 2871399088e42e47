"""Secrets that change their home: files and keyring together, or not at all.

A `Move` says what shall change, a `SecretTransaction` writes the keyring's part of it together
with the files, for the window and for the command line alike. The order keeps every secret in at
least one place at every moment: the entries that the new files need are written and read back
first, then the files are saved, and only then the other entries change; if any of it fails, all is
taken back in the opposite order. Nothing here shows a secret in `repr`, texts or errors.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from loopmail.core.app.workspace import Change, Saving, Snapshot
from loopmail.core.errors import KeyringRefused, SecretError
from loopmail.core.secrets.entries import claim, uses_of
from loopmail.core.secrets.store import SecretReader, SecretStore


@dataclass(frozen=True, slots=True)
class KeyringWrite:
    """The secret to store in an entry; None deletes the entry."""

    service: str
    user: str
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Move:
    """The plan of one undoable step.

    `text` names it for the undo list, `notes` are sentences about what the user still has to do.
    `left` are entries (service, user name) that nothing asks for any longer, `outside` those whose
    variable the environment is to give from now on; what the keyring holds of them stays there.
    """

    text: str
    changes: tuple[Change, ...] = field(repr=False)
    writes: tuple[KeyringWrite, ...] = ()
    notes: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    outside: tuple[tuple[str, str], ...] = ()


def overwritten(writes: Sequence[KeyringWrite], store: SecretReader) -> list[str]:
    """Return the entries (user names) whose secret would be lost; may block, raise SecretError."""
    held = [(write, store.get(write.service, write.user)) for write in writes]
    return [write.user for write, secret in held if secret not in (None, write.secret)]


class SecretTransaction:
    """Writes entries of the keyring and saves the files that go with them, as one act.

    `snapshot` is the app as it is going to be saved; its folder claims the entries. `share`: the
    user agreed to use them together with another app of the same name. One runs at a time: the
    next may wait for a keyring that asks its user something.
    """

    _turn = threading.Lock()

    def __init__(
        self,
        writes: Sequence[KeyringWrite],
        store: SecretStore,
        snapshot: Snapshot,
        *,
        share: bool = False,
    ) -> None:
        self._root = snapshot.app.root
        self._store = store
        self.share = share
        # What the saved files need comes before them, the rest after them: what an entry held is
        # needed by the files of before until they are replaced.
        needs = {write.user: bool(uses_of(snapshot, write.user)) for write in writes}
        self._first = [w for w in writes if w.secret is not None and needs[w.user]]
        self._last = [w for w in writes if w not in self._first]
        self._begun = threading.Lock()  # taken when the files' turn comes, or when given up
        # What was done, each with what the entry held before.
        self.done: list[tuple[KeyringWrite, KeyringWrite]] = []

    def abandon(self) -> bool:
        """Give up unless the files are being saved already; tell whether nothing will be done.

        What the keyring was asked to do is taken back as soon as it answers.
        """
        return self._begun.acquire(blocking=False)

    def run(self, saving: Saving | None = None) -> None:
        """Do all of it, or nothing; may block. An abandoned one does nothing.

        Raise SecretError (KeyringShared among them), SaveConflict or FileUnwritable. Where the
        system cannot take a saved file back, the error says so, and `done` names the entries that
        stay with it.
        """
        if not self._first and not self._last:
            if saving is not None and self.abandon():
                saving.run()
            return
        with self._turn:
            if not self._begun.locked():
                self._run(saving)

    def _run(self, saving: Saving | None) -> None:
        for service in sorted({write.service for write in (*self._first, *self._last)}):
            claim(service, self._root, share=self.share)
        # Asked before the files change: that opens a locked keyring, too.
        before = [_held(self._store, write) for write in (*self._first, *self._last)]
        first, last = before[: len(self._first)], before[len(self._first) :]
        stuck: list[SecretError] = []

        def finish() -> None:
            try:
                self._put_all(self._last)
            except SecretError as error:
                if not getattr(error, "__notes__", None):
                    raise
                stuck.append(error)  # what was taken out did not go back: the new files have it
            else:
                self.done += zip(self._last, last, strict=True)

        self._put_all(self._first)
        try:
            if not self.abandon():
                raise SecretError("Saving was given up.")
            self.done = list(zip(self._first, first, strict=True))
            if saving is None:
                finish()
            else:
                saving.run(finish)
        except BaseException as error:
            if saving is None or not saving.wrote:  # a file that is written may need its entry
                self._take_back(error, first)
                self.done = []
            raise
        if stuck:
            raise stuck[0]

    def _put_all(self, entries: Sequence[KeyringWrite]) -> None:
        """Make all entries so, or none."""
        held: list[KeyringWrite] = []
        try:
            for entry in entries:
                held.append(_held(self._store, entry))
                _put(self._store, entry)
        except BaseException as error:
            self._take_back(error, held)
            raise

    def _take_back(self, error: BaseException, held: Sequence[KeyringWrite]) -> None:
        """Give the entries back what they held; `error` gets a note of those that failed."""
        for entry in reversed(held):
            try:
                _put(self._store, entry)
            except SecretError as second:
                error.add_note(f"{entry.user} could not be put back: {second}")


def _held(store: SecretReader, entry: KeyringWrite) -> KeyringWrite:
    return KeyringWrite(entry.service, entry.user, store.get(entry.service, entry.user))


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
