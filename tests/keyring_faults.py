"""A keyring whose n-th call fails, and where each secret of an app is at that moment."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopmail.core.errors import KeyringRefused
from loopmail.core.plain_secrets import find_plain_secrets
from loopmail.core.secret_names import placeholder
from memory_store import MemoryStore


class FaultyStore(MemoryStore):
    """Refuses the n-th call from `arm` on, once or (`lasting`) for good; `late`: after doing it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.watch: Callable[[], None] = lambda: None
        self._at, self._lasting, self._late = 0, False, False

    def arm(self, at: int, *, lasting: bool = False, late: bool = False) -> None:
        """Count from here; 0 refuses nothing."""
        self.calls, self._at, self._lasting, self._late = 0, at, lasting, late

    @property
    def failed(self) -> bool:
        """Whether a call was refused since `arm`."""
        return 0 < self._at <= self.calls

    def entries(self) -> dict[tuple[str, str], str]:
        """Return what the keyring holds; no call."""
        return dict(self._secrets)

    def get(self, service: str, user: str) -> str | None:
        secret: str | None = self._call(lambda: MemoryStore.get(self, service, user))
        return secret

    def set(self, service: str, user: str, secret: str) -> None:
        self._call(lambda: MemoryStore.set(self, service, user, secret))

    def delete(self, service: str, user: str) -> bool:
        return bool(self._call(lambda: MemoryStore.delete(self, service, user)))

    def _call(self, work: Callable[[], Any]) -> Any:
        self.calls += 1
        fails = self.calls == self._at or (self._lasting and self.failed)
        result = None if fails and not self._late else work()
        self.watch()
        if fails:
            raise KeyringRefused("The keyring is out of order.")
        return result


def files_of(server: Path) -> dict[str, bytes]:
    """Return the files on disk."""
    return {path.name: path.read_bytes() for path in sorted(server.iterdir())}


def secrets_at_hand(server: Path, store: FaultyStore) -> set[str]:
    """Return the secrets that the app on disk has: in plain text, or by way of the keyring."""
    found: set[str] = set()
    for name, data in files_of(server).items():
        value = json.loads(data)
        env = name.removeprefix("datasources.").removesuffix("json").strip(".")
        found.update(secret.value for secret in find_plain_secrets(value))
        for variable in _variables(value):
            for user in (f"{variable}@{env}", variable):
                secret = store.entries().get(("loopmail:shop", user))
                if secret is not None:
                    found.add(secret)
                    break
    return found


def _variables(value: Any) -> list[str]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = placeholder(value)
    return ([own] if own else []) + [name for part in parts for name in _variables(part)]
