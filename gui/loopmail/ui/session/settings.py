"""What the program remembers between runs: recent apps, window layout, choices. No secrets."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

_RECENT = "recent"
_RECENT_MAX = 8
_NOTES = "apps"


@dataclass(frozen=True, slots=True)
class AppNote:
    """What is remembered of a recent app: no secrets, and nothing that its files do not say.

    `env` is the environment that was looked at, empty for the base files; None: not noted.
    """

    env: str | None = None
    datasource: str = ""  # that was selected
    mail: str = ""  # the data source that it sends through, empty if none
    server: str = ""  # where that one leads


class Settings:
    """The user's settings; `file` puts them elsewhere (tests)."""

    def __init__(self, file: Path | None = None) -> None:
        self._store = (
            QSettings() if file is None else QSettings(str(file), QSettings.Format.IniFormat)
        )

    @property
    def place(self) -> str:
        """Where the settings are kept: a file, or on Windows a key of the registry."""
        return self._store.fileName()

    def recent(self) -> list[Path]:
        """The apps opened last, newest first.

        The disk is not asked: a dead network share would hold the window up.
        """
        found = self._store.value(_RECENT, [])
        # QSettings gives a lone text for a list of one.
        texts = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return [Path(text) for text in texts]

    def add_recent(self, path: Path) -> None:
        """Put an app first in the list."""
        paths = [path, *(one for one in self.recent() if one != path)]
        self._store.setValue(_RECENT, [str(one) for one in paths[:_RECENT_MAX]])

    def forget_recent(self, path: Path) -> None:
        """Take an app out of the list."""
        self._store.setValue(_RECENT, [str(one) for one in self.recent() if one != path])

    def note(self, path: Path) -> AppNote:
        """Return what is remembered of a recent app."""
        found = self._notes().get(str(path))
        known = found if isinstance(found, dict) else {}
        texts = {key: value for key, value in known.items() if isinstance(value, str)}
        return AppNote(**{key: texts[key] for key in AppNote.__slots__ if key in texts})

    def set_note(self, path: Path, note: AppNote) -> None:
        """Remember this of an app, as long as it is a recent one."""
        recent = [str(one) for one in self.recent()]
        notes = {**self._notes(), str(path): asdict(note)}
        kept = {key: notes[key] for key in recent if key in notes}
        self._store.setValue(_NOTES, json.dumps(kept))

    def _notes(self) -> dict[str, object]:
        try:
            found = json.loads(self.text(_NOTES, "{}"))
        except ValueError:  # another program wrote it
            return {}
        return found if isinstance(found, dict) else {}

    def bytes(self, key: str) -> QByteArray | None:
        """Return a saved layout, or None."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def set_bytes(self, key: str, value: QByteArray) -> None:
        """Save a layout."""
        self._store.setValue(key, value)

    def flag(self, key: str, default: bool) -> bool:
        """Return a saved choice."""
        value = self._store.value(key, default)
        return value in (True, "true", 1, "1")

    def set_flag(self, key: str, value: bool) -> None:
        """Save a choice."""
        self._store.setValue(key, value)

    def text(self, key: str, default: str) -> str:
        """Return a saved text; an empty one counts as none."""
        value = self._store.value(key, default)
        return value if isinstance(value, str) and value else default

    def set_text(self, key: str, value: str) -> None:
        """Save a text (never a secret)."""
        self._store.setValue(key, value)

    def sync(self) -> None:
        """Write to disk."""
        self._store.sync()
