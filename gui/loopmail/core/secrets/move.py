"""Secrets that change their home: files and keyring together, or not at all.

A `Move` says what shall change, a `SecretTransaction` does it, for the window and for the command
line alike. The order keeps every secret in at least one place at every moment: entries are
written and read back first, then the documents change and are saved, and only then the entries
that nothing needs any longer are deleted; taking back goes the other way round. Nothing here
shows a secret in `repr`, texts or errors.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import KeyringRefused, LoopmailError, SecretError
from loopmail.core.loopback.placeholders import all_uses
from loopmail.core.secrets.entries import claim
from loopmail.core.secrets.store import SecretStore


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
    """

    text: str
    changes: tuple[Change, ...] = field(repr=False)
    writes: tuple[KeyringWrite, ...] = ()
    notes: tuple[str, ...] = ()


def still_used(snapshot: Snapshot, user: str, besides: tuple[str, str] | None = None) -> bool:
    """Tell whether a file of the app asks for the variable of this entry (`VARIABLE[@env]`).

    `besides` is a file and pointer that does not count.
    """
    variable = user.partition("@")[0]
    return any(
        origin.variable == variable and (origin.file, origin.pointer) != besides
        for origin in all_uses(snapshot)
    )


class SecretTransaction:
    """Does a Move, undoes it and does it again.

    `plan` makes the Move; it is asked again right before the documents change, since they may
    have changed while the keyring asked its user something. `root` is the app's folder, which
    claims the entries; `share`: the user agreed to use them together with another app of the same
    name.

    The command line calls `do`. Where the keyring must not keep anybody waiting, its parts
    (`overwritten`, `write`, `forget`, `roll_back`) run on a worker, one at a time, and `change`
    and `unneeded` on the documents' own thread: `write`, `change`, and `forget` after each save;
    `roll_back` if `change` failed or the step is undone, `write` again when it is redone.
    """

    def __init__(
        self, plan: Callable[[], Move], store: SecretStore, root: Path, *, share: bool = False
    ) -> None:
        self._plan = plan
        self._store = store
        self._root = root
        self.share = share
        move = plan()
        self.text = move.text
        self.notes = move.notes
        kept, gone = _kept(move), _gone(move)
        # Without a file to save there is nothing that a deletion could wait for.
        self._first = kept if move.changes else (*kept, *gone)
        self._last = gone if move.changes else ()
        self._held: list[KeyringWrite] = []  # before `write`
        self._forgotten: list[KeyringWrite] = []  # before `forget`
        self._inverse: list[Change] = []  # of what `do` has changed
        self._changed = False
        self._rolled_back = False

    @property
    def writes_first(self) -> bool:
        """Whether the keyring has to be asked before the documents change."""
        return bool(self._first)

    @property
    def needs_keyring(self) -> bool:
        """Whether the keyring takes part at all."""
        return bool(self._first or self._last)

    # -- the keyring's parts: may block -------------------------------------------------------

    def overwritten(self) -> list[str]:
        """Return the entries (user names) whose secret would be lost; raise SecretError."""
        held = [(w, self._store.get(w.service, w.user)) for w in self._first]
        return [w.user for w, secret in held if secret not in (None, w.secret)]

    def write(self) -> None:
        """Claim the entries, write what must be safe before the documents change, read it back.

        If one write fails, all are taken back. Raise SecretError, KeyringShared among them.
        """
        for service in sorted({write.service for write in self._first}):
            claim(service, self._root, share=self.share)
        self._held = []
        _put_all(self._store, self._first, self._held)
        self._rolled_back = False

    def forget(self, entries: Sequence[KeyringWrite]) -> None:
        """Delete the entries that `unneeded` returned, all or none; raise SecretError.

        Nothing happens to those that are deleted already, or if the move was taken back meanwhile.
        """
        if not self._rolled_back:
            gone = {(entry.service, entry.user) for entry in self._forgotten}
            left = [entry for entry in entries if (entry.service, entry.user) not in gone]
            _put_all(self._store, left, self._forgotten)

    def roll_back(self) -> None:
        """Give the keyring back what it held before, all or none; raise SecretError."""
        _put_all(self._store, [*self._forgotten, *reversed(self._held)], [])
        self._held, self._forgotten, self._rolled_back = [], [], True

    # -- the documents' parts: on their own thread --------------------------------------------

    def change(self, apply: Callable[[Move], object]) -> None:
        """Plan again and have `apply` change the documents; raise LoopmailError."""
        move = self._plan()
        kept = tuple(write for write in self._first if write.secret is not None)
        if _kept(move) != kept or not set(self._first) <= set(move.writes):
            raise LoopmailError("The files have changed meanwhile, so nothing was done; try again.")
        apply(move)
        self._last = tuple(write for write in _gone(move) if write not in self._first)
        self._changed = True

    def unneeded(self, snapshot: Snapshot) -> list[KeyringWrite]:
        """Return the entries to delete once the documents are saved as in this snapshot."""
        if not self._changed:
            return []
        return [write for write in self._last if not still_used(snapshot, write.user)]

    # -- all of it in one go ------------------------------------------------------------------

    def do(self, workspace: Workspace, *, save: bool = False) -> None:
        """Write the keyring, change the documents and, with `save`, the files.

        If any of it fails, all of it is taken back and the error raised.
        """
        self.write()
        inverse: list[Change] = []
        try:
            self.change(lambda move: inverse.extend(workspace.apply(move.changes)))
            if save:
                workspace.save()
            self.forget(self.unneeded(workspace.snapshot()))
        except BaseException as error:
            self._take_back(workspace, self._forgotten, inverse, self._held, error, save=save)
            raise
        self._inverse = inverse

    def undo(self, workspace: Workspace, *, save: bool = False) -> None:
        """Take back what `do` did; if any of it fails, all is as after `do` again."""
        filled: list[KeyringWrite] = []
        replaced: list[KeyringWrite] = []
        inverse: list[Change] = []
        try:
            _put_all(self._store, self._forgotten, filled)
            inverse = workspace.apply(self._inverse)
            if save:
                workspace.save()
            _put_all(self._store, list(reversed(self._held)), replaced)
        except BaseException as error:
            self._take_back(workspace, replaced, inverse, filled, error, save=save)
            raise
        self._held, self._forgotten, self._inverse, self._rolled_back = [], [], [], True

    def _take_back(
        self,
        workspace: Workspace,
        deleted: list[KeyringWrite],
        changes: list[Change],
        written: list[KeyringWrite],
        error: BaseException,
        *,
        save: bool,
    ) -> None:
        """Take back deletions, documents with their files, and written entries, in this order.

        The documents may need what was deleted; and a file that was written before the error holds
        `${VAR}` until it is written again: only then may the entry, its secret's last home, go.
        """
        try:
            _put_all(self._store, deleted, [])
            deleted.clear()
            workspace.apply(changes)
            if save and {change.file for change in changes} & set(workspace.modified()):
                workspace.save()
            _put_all(self._store, list(reversed(written)), [])
            written.clear()
        except (LoopmailError, OSError) as second:
            error.add_note(f"Not all could be taken back; the keyring keeps the entries: {second}")


def _kept(move: Move) -> tuple[KeyringWrite, ...]:
    return tuple(write for write in move.writes if write.secret is not None)


def _gone(move: Move) -> tuple[KeyringWrite, ...]:
    return tuple(write for write in move.writes if write.secret is None)


def _put_all(store: SecretStore, entries: Sequence[KeyringWrite], held: list[KeyringWrite]) -> None:
    """Make all entries so, or none; add to `held` what they held before.

    After an error `held` has gained only what could not be put back.
    """
    before = [KeyringWrite(e.service, e.user, store.get(e.service, e.user)) for e in entries]
    tried = 0
    try:
        for entry in entries:
            tried += 1
            _put(store, entry)
    except BaseException as error:
        for entry in reversed(before[:tried]):
            try:
                _put(store, entry)
            except SecretError as second:
                held.append(entry)
                error.add_note(f"{entry.user} could not be put back: {second}")
        raise
    held += before


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
