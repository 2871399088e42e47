"""The keyring, behind one protocol; the only importer of `keyring`. STUB: bodies are being written."""

from typing import Protocol


class SecretStore(Protocol):
    """A place for secrets: service `loopmail:<app name>`, user name `VARIABLE[@env]`.

    Every method may block (a prompt) and may raise KeyringMissing, KeyringLocked or
    KeyringRefused; never call one on the GUI thread.
    """

    def get(self, service: str, user: str) -> str | None:
        """Return the secret or None."""
        ...

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret."""
        ...

    def delete(self, service: str, user: str) -> bool:
        """Delete a secret; tell whether there was one."""
        ...

    def describe(self) -> str:
        """Return a short name for the status bar, e.g. `GNOME Keyring`."""
        ...


class MemoryStore:
    """Secrets in memory, for tests and for `--headless`."""


class KeyringStore:
    """The operating system's keyring through `keyring`, imported at the first call."""


def service_name(app_name: str) -> str:
    """Return the keyring service of an app."""
    return f"loopmail:{app_name}"


def variable_name(datasource: str, transport: str | int | None = None) -> str:
    """Return the variable loopmail makes: `emailDs` -> `EMAIL_DS_PASS`, transport between them."""
    raise NotImplementedError


def lookup(store: SecretStore, app_name: str, variable: str, env: str | None) -> str | None:
    """Return the secret of `VARIABLE@env`, else of `VARIABLE`."""
    raise NotImplementedError
