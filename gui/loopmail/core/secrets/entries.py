"""The keyring entries of an app, and which app folder wrote them.

The keyring knows an app by its package name alone. So that two apps of one name do not
overwrite each other's entries unnoticed, the folders are kept in `entries.json` in the user's
state folder; it holds no secrets and no variable names.
"""

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loopmail.core.app.workspace import Snapshot
from loopmail.core.disk.private_files import write_private
from loopmail.core.errors import KeyringShared
from loopmail.core.jsontext import parse_pointer
from loopmail.core.loopback.placeholders import all_uses
from loopmail.core.loopback.variables import Origin
from loopmail.core.secrets.store import SecretReader, entry_user, service_name

Status = Literal["own", "new", "moved", "foreign"]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose entries a service's are.

    `status`: "own" (this folder wrote them), "new" (nobody did), "moved" (the folder that did is
    gone: the app was moved), "foreign" (`others` still hold an app of this name).
    """

    service: str
    root: Path
    status: Status
    others: tuple[Path, ...] = ()

    @property
    def sentence(self) -> str | None:
        """What the user should know before writing, or None."""
        name = self.service.removeprefix("loopmail:")
        if self.status == "foreign":
            return (
                f"Another app of the same name “{name}” keeps its secrets here too: "
                f"{self.others[0]}. Both would share the keyring entries."
            )
        if self.status == "moved":
            return f"The secrets of “{name}” were stored from {self.others[0]}, which is gone."
        return None


def ownership(service: str, root: Path) -> Ownership:
    """Look up whose entries these are; nothing is written."""
    root = Path(os.path.realpath(root))
    folders = [Path(text) for text in _load().get(service, [])]
    if root in folders:
        return Ownership(service, root, "own", tuple(f for f in folders if f != root))
    if not folders:
        return Ownership(service, root, "new")
    alive = tuple(folder for folder in folders if _holds_app(folder, service))
    if alive:
        return Ownership(service, root, "foreign", alive)
    return Ownership(service, root, "moved", tuple(folders))


def _holds_app(folder: Path, service: str) -> bool:
    """Tell whether the folder still holds an app of this name."""
    if not folder.is_dir():
        return False
    name = folder.name
    with contextlib.suppress(OSError, ValueError, AttributeError):
        text = (folder / "package.json").read_text(encoding="utf-8-sig")
        name = json.loads(text).get("name") or name
    return service == service_name(name)


def claim(service: str, root: Path, *, share: bool = False) -> None:
    """Note, before they are written, that the service's entries are this folder's.

    Raise KeyringShared if another living app has them; with `share` (the user agreed) both own
    them from now on. Folders that are gone are forgotten.
    """
    found = ownership(service, root)
    if found.status == "foreign" and not share:
        raise KeyringShared(
            f"{found.sentence} Give one of them another “name” in its package.json, or use the "
            "entries together."
        )
    if found.status != "own":
        entries = _load()
        kept = [str(folder) for folder in found.others] if found.status == "foreign" else []
        entries[service] = [*kept, str(found.root)]
        with contextlib.suppress(OSError):  # a folder that cannot be written costs only the note
            write_private(_path(), json.dumps(entries, indent=2, sort_keys=True).encode())


def _path() -> Path:
    from platformdirs import user_state_path

    return user_state_path("loopmail", appauthor=False) / "entries.json"


def _load() -> dict[str, list[str]]:
    """Read the register; what is damaged counts as empty."""
    try:
        value = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {
        str(service): [text for text in folders if isinstance(text, str)]
        for service, folders in value.items()
        if isinstance(folders, list)
    }


# --- The entries of an app and their uses ---------------------------------------------


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
        return entry_user(self.variable, self.env)


def entry_users(store: SecretReader, snapshot: Snapshot) -> list[str]:
    """Return the app's entries; where the keyring cannot list, those its placeholders could have.

    May block; raise SecretError.
    """
    service = service_name(snapshot.app.name)
    listed = store.users(service)
    if listed is not None:
        return listed
    names = sorted({o.variable for o in all_uses(snapshot) if o.variable})
    users = [entry_user(n, env) for n in names for env in (None, *snapshot.app.environments)]
    return [user for user in users if store.get(service, user) is not None]


def uses_of(snapshot: Snapshot, user: str) -> list[Origin]:
    """Return the places of the files that need an entry: `VARIABLE`, or `VARIABLE@env`.

    What stands in another environment's file does not need the entry of this one.
    """
    variable, _, env = user.partition("@")
    env_of = {layer.name: layer.env for layer in snapshot.app.files}
    return [
        origin
        for origin in all_uses(snapshot)
        if origin.variable == variable and (not env or env_of.get(origin.file or "") in (None, env))
    ]


def needed_by(snapshot: Snapshot, user: str) -> list[str]:
    """Return the files and data sources that need an entry: `datasources.json (emailDs)`."""
    uses = uses_of(snapshot, user)
    return list(dict.fromkeys(f"{use.file} ({parse_pointer(use.pointer)[0]})" for use in uses))


def entries(store: SecretReader, snapshot: Snapshot) -> Sequence[Entry]:
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
