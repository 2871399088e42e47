"""The keyring entries of an app, and where its files use them."""

from collections.abc import Sequence
from dataclasses import dataclass

from loopmail.core.origin import Origin
from loopmail.core.placeholders import all_uses
from loopmail.core.secrets import ListingStore, SecretStore, service_name
from loopmail.core.workspace import Snapshot


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable of an app: `stored` in the keyring, used by the files, or both."""

    variable: str
    env: str | None  # of this environment only
    stored: bool
    uses: tuple[Origin, ...]

    @property
    def user(self) -> str:
        """The keyring's user name."""
        return f"{self.variable}@{self.env}" if self.env else self.variable


def entry_users(store: SecretStore, snapshot: Snapshot) -> list[str]:
    """Return the app's entries; where the keyring cannot list, those its placeholders could have.

    May block; raise SecretError.
    """
    service = service_name(snapshot.app.name)
    listed = store.users(service) if isinstance(store, ListingStore) else None
    if listed is not None:
        return listed
    names = sorted({o.variable for o in all_uses(snapshot) if o.variable})
    users = [f"{n}{e}" for n in names for e in ("", *(f"@{x}" for x in snapshot.app.environments))]
    return [user for user in users if store.get(service, user) is not None]


def entries(store: SecretStore, snapshot: Snapshot) -> Sequence[Entry]:
    """Return every entry, and every variable of the files that has none; may block.

    Raise SecretError.
    """
    uses: dict[str, list[Origin]] = {}
    for origin in all_uses(snapshot):
        if origin.variable is not None:
            uses.setdefault(origin.variable, []).append(origin)
    found = []
    for user in entry_users(store, snapshot):
        variable, _, env = user.partition("@")
        found.append(Entry(variable, env or None, True, tuple(uses.get(variable, ()))))
    everywhere = {entry.variable for entry in found if entry.env is None}
    somewhere = {entry.variable for entry in found}
    of_one = {layer.name for layer in snapshot.app.files if layer.env is not None}
    for name, origins in uses.items():
        shared = any(origin.file not in of_one for origin in origins)
        if name not in (everywhere if shared else somewhere):
            found.append(Entry(name, None, False, tuple(origins)))
    return sorted(found, key=lambda entry: (not entry.stored, entry.user))
