"""What the keyring is to hold after the next save: in memory only, until the files are saved, too.

Each step of the window stages what it wants of an entry and gets back what undoes it. What the
keyring held before the first save is remembered, so that undoing a step after a save is a pending
change again: the next save gives the keyring back what it held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # the window makes one before it is painted
    from loopmail.core.app.workspace import Snapshot
    from loopmail.core.secrets.move import KeyringWrite, Move
    from loopmail.core.secrets.store import SecretReader

EntryKey: TypeAlias = tuple[str, str]  # service, user name


class Stay(Enum):
    """What a step wants of an entry that gets no new secret."""

    UNTOUCHED = "untouched"  # it holds what it held before the first save
    LEFT = "left"  # it holds what it holds now
    OUTSIDE = "outside"  # the same, and the environment is to give its variable


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of an entry: a secret, None (deleted), or Stay.UNTOUCHED."""

    secret: str | None | Stay = field(default=Stay.UNTOUCHED, repr=False)
    outside: bool = False


Wanted: TypeAlias = str | None | Stay | Wish


class PendingEntries:
    """The entries that differ from the keyring, or are going to."""

    def __init__(self) -> None:
        self._wishes: dict[EntryKey, Wish] = {}
        self._before: dict[EntryKey, str | None] = {}  # the first save's
        self._saved: dict[EntryKey, str | None] = {}
        self._saved_outside: set[EntryKey] = set()

    def __bool__(self) -> bool:
        """Tell whether anything waits for the next save."""
        return bool(self.values() or self._outside() ^ self._saved_outside)

    def __repr__(self) -> str:
        return f"PendingEntries({', '.join(user for _, user in self.values())})"

    def stage(self, wanted: Mapping[EntryKey, Wanted]) -> dict[EntryKey, Wanted]:
        """Want this from now on; return what undoes it, to be staged in turn."""
        inverse: dict[EntryKey, Wanted] = {key: self._wishes.get(key, Wish()) for key in wanted}
        for key, wish in wanted.items():
            if wish in (Stay.LEFT, Stay.OUTSIDE):
                now = self._saved.get(key, Stay.UNTOUCHED)
                self._wishes[key] = Wish(now, outside=wish is Stay.OUTSIDE)
            else:
                self._wishes[key] = wish if isinstance(wish, Wish) else Wish(wish)
        return inverse

    def wanted(self, key: EntryKey) -> str | None | Stay:
        """Return the secret that is wanted in an entry: None if none, or Stay.UNTOUCHED."""
        return self._wishes.get(key, Wish()).secret

    def is_outside(self, key: EntryKey) -> bool:
        """Tell whether the environment is to give this entry's variable."""
        return self._wishes.get(key, Wish()).outside

    def _outside(self) -> set[EntryKey]:
        return {key for key, wish in self._wishes.items() if wish.outside}

    def values(self) -> dict[EntryKey, str | None]:
        """Return the entries that the next save writes, or deletes (None)."""
        found: dict[EntryKey, str | None] = {}
        for key, wish in self._wishes.items():
            if not isinstance(wish.secret, Stay):
                found[key] = wish.secret
            elif key in self._saved:
                found[key] = self._before[key]
        return {k: v for k, v in found.items() if k not in self._saved or self._saved[k] != v}

    def writes(self) -> list[KeyringWrite]:
        """Return what the next save does to the keyring."""
        from loopmail.core.secrets.move import KeyringWrite

        return [KeyringWrite(*key, secret) for key, secret in self.values().items()]

    def note_saved(self, done: Iterable[tuple[KeyringWrite, KeyringWrite]]) -> None:
        """Take over what a save wrote, each with what the entry held before."""
        self._saved_outside = self._outside()
        for written, held in done:
            key = (written.service, written.user)
            self._before.setdefault(key, held.secret)
            self._saved[key] = written.secret

    def described(self, snapshot: Snapshot) -> list[str]:
        """Say what would be lost without the next save: `the new password of emailDs`."""
        told = [
            f"the new {whose(snapshot, user)}"
            if secret is not None
            else f"the deletion of {user} from the keyring"
            for (_, user), secret in self.values().items()
        ]
        moved = sorted(self._outside() ^ self._saved_outside)
        told += [f"where the {whose(snapshot, user)} is kept" for _, user in moved]
        return list(dict.fromkeys(told))


def wanted_by(move: Move) -> dict[EntryKey, Wanted]:
    """Return what a plan wants of the keyring's entries."""
    wanted: dict[EntryKey, Wanted] = {(w.service, w.user): w.secret for w in move.writes}
    wanted.update(dict.fromkeys(move.left, Stay.LEFT))
    wanted.update(dict.fromkeys(move.outside, Stay.OUTSIDE))
    return wanted


def whose(snapshot: Snapshot, user: str) -> str:
    """Return what an entry is for a reader: `password of emailDs`, `clientSecret of emailDs`."""
    from loopmail.core.jsontext import parse_pointer
    from loopmail.core.loopback.placeholders import all_uses

    variable, _, env = user.partition("@")
    in_env = f" in {env}" if env else ""
    for origin in all_uses(snapshot):
        if origin.variable == variable:
            return f"{secret_of(parse_pointer(origin.pointer))}{in_env}"
    return f"secret {variable}{in_env}"


def secret_of(tokens: Sequence[str]) -> str:
    """Return what stands at a place of a file: `password of emailDs`, `clientSecret of emailDs`."""
    from loopmail.core.plain_secrets import secret_ending

    what = "password" if secret_ending(tokens) in ("PASS", None) else tokens[-1]
    return f"{what} of {tokens[0]}"


class Overlay:
    """A keyring as it will be: some entries known, the others as `store` has them (None: absent)."""

    def __init__(self, store: SecretReader | None, known: Mapping[EntryKey, str | None]) -> None:
        self._store = store
        self._known = known

    def get(self, service: str, user: str) -> str | None:
        """Return the secret or None."""
        if (service, user) in self._known or self._store is None:
            return self._known.get((service, user))
        return self._store.get(service, user)

    def users(self, service: str) -> list[str] | None:
        """Return the sorted user names of a service, or None where the system cannot tell."""
        listed = [] if self._store is None else self._store.users(service)
        if listed is None:
            return None
        known = {user: secret for (owner, user), secret in self._known.items() if owner == service}
        return sorted({user for user in (*listed, *known) if known.get(user, "") is not None})

    def describe(self) -> str:
        """Return the keyring's name."""
        return "memory only" if self._store is None else self._store.describe()
