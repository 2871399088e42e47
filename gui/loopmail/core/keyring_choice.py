"""Which of several keyrings the user chose; window and command line use the same one."""

import contextlib
import json
from pathlib import Path

from loopmail.core.state_file import write_private


def chosen_backend() -> str | None:
    """Return the full class name of the chosen keyring, or None: the best one found."""
    try:
        value = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = value.get("backend") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else None


def choose_backend(name: str | None) -> None:
    """Remember the choice; None goes back to the best one found.

    A folder that cannot be written costs only the memory of it: OSError is swallowed.
    """
    path = _path()
    with contextlib.suppress(OSError):
        if name is None:
            path.unlink(missing_ok=True)
        else:
            write_private(path, json.dumps({"backend": name}).encode())


def _path() -> Path:
    from platformdirs import user_config_path

    return user_config_path("loopmail", appauthor=False) / "keyring.json"
