"""What the program remembers between runs: recent apps, window layout, choices. No secrets."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

_RECENT = "recent"
_RECENT_MAX = 8


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
