"""Which app folder wrote which keyring service.

The keyring knows an app by its package name alone. So that two apps of one name do not
overwrite each other's entries unnoticed, the folders are kept in `entries.json` in the user's
state folder; it holds no secrets and no variable names.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loopmail.core.errors import KeyringShared
from loopmail.core.state_file import write_private

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
    root = _real(root)
    folders = [Path(text) for text in _load().get(service, [])]
    if root in folders:
        return Ownership(service, root, "own", tuple(f for f in folders if f != root))
    if not folders:
        return Ownership(service, root, "new")
    alive = tuple(folder for folder in folders if _holds_app(folder, service))
    if alive:
        return Ownership(service, root, "foreign", alive)
    return Ownership(service, root, "moved", tuple(folders))


def claim(service: str, root: Path, *, share: bool = False) -> Ownership:
    """Note that this folder writes the service's entries, unless another living app does.

    "foreign" claims nothing until it is called again with `share`; then both folders own the
    entries. Folders that are gone are forgotten.
    """
    found = ownership(service, root)
    if found.status == "own" or (found.status == "foreign" and not share):
        return found
    entries = _load()
    kept = [str(folder) for folder in found.others] if found.status == "foreign" else []
    entries[service] = [*kept, str(found.root)]
    _save(entries)
    return found


def claim_or_refuse(service: str, root: Path, *, share: bool = False) -> None:
    """Claim the entries before they are written; raise KeyringShared if another app has them.

    With `share` (the user agreed) both folders own them from now on.
    """
    found = claim(service, root, share=share)
    if found.status == "foreign" and not share:
        raise KeyringShared(
            f"{found.sentence} Give one of them another “name” in its package.json, or use the "
            "entries together."
        )


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _holds_app(folder: Path, service: str) -> bool:
    """Tell whether the folder still holds an app of this name."""
    if not folder.is_dir():
        return False
    name = folder.name
    with contextlib.suppress(OSError, ValueError, AttributeError):
        text = (folder / "package.json").read_text(encoding="utf-8-sig")
        name = json.loads(text).get("name") or name
    return service == f"loopmail:{name}"


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


def _save(entries: dict[str, list[str]]) -> None:
    """Write the register atomically; a state folder that cannot be written costs only the note."""
    with contextlib.suppress(OSError):
        write_private(_path(), json.dumps(entries, indent=2, sort_keys=True).encode())
