"""The keyring, behind one protocol; the only importer of `keyring` (and of its `secretstorage`).

A secret stands under service `loopmail:<app name>`, user name `VARIABLE` or `VARIABLE@<env>`.
`keyring` is imported at the first call, since that costs some 300 ms.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from loopmail.core.disk.private_files import write_private
from loopmail.core.errors import KeyringLocked, KeyringMissing, KeyringRefused, SecretError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend


OTHER_HOMES = (
    "Keep the password in an environment variable instead, or in datasources.local.json, "
    "which git should ignore."
)

# Backends that are an operating system's own keyring, and the name people know them by.
_NAMES = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Locker",
}


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


@runtime_checkable
class ListingStore(SecretStore, Protocol):
    """A store that can tell which entries it holds."""

    def users(self, service: str) -> list[str] | None:
        """Return the sorted user names of a service, or None where the system cannot tell."""
        ...


class MemoryStore:
    """Secrets in memory, for tests and for `--headless`."""

    def __init__(self) -> None:
        self._secrets: dict[tuple[str, str], str] = {}

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._secrets)} entries)"

    def get(self, service: str, user: str) -> str | None:
        """Return the secret or None."""
        return self._secrets.get((service, user))

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret."""
        _check_secret(secret)
        self._secrets[service, user] = secret

    def delete(self, service: str, user: str) -> bool:
        """Delete a secret; tell whether there was one."""
        return self._secrets.pop((service, user), None) is not None

    def users(self, service: str) -> list[str] | None:
        """Return the sorted user names of a service."""
        return sorted(user for owner, user in self._secrets if owner == service)

    def describe(self) -> str:
        """Return a name saying that the secrets are gone when the program ends."""
        return "memory only"


class KeyringStore:
    """The operating system's keyring through `keyring`, imported at the first call.

    `backend` chooses one of `keyring`'s backends by its full class name; otherwise
    PYTHON_KEYRING_BACKEND, the user's choice in loopmail, keyring's own configuration file, or
    the best one found decides.
    """

    def __init__(self, backend: str | None = None) -> None:
        self._chosen = backend
        self._backend: KeyringBackend | None = None
        self._lock = threading.Lock()

    def get(self, service: str, user: str) -> str | None:
        """Return the secret or None."""
        backend = self._open()
        try:
            return backend.get_password(service, user)
        except Exception as error:  # noqa: BLE001 - each system raises errors of its own
            raise self._translated(error, f"reading {user}") from error

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret."""
        _check_secret(secret)
        backend = self._open()
        try:
            backend.set_password(service, user, secret)
        except Exception as error:  # noqa: BLE001
            raise self._translated(error, f"storing {user}") from error

    def delete(self, service: str, user: str) -> bool:
        """Delete a secret; tell whether there was one."""
        if self.get(service, user) is None:
            return False
        backend = self._open()
        try:
            backend.delete_password(service, user)
        except Exception as error:  # noqa: BLE001
            raise self._translated(error, f"deleting {user}") from error
        return True

    def users(self, service: str) -> list[str] | None:
        """Return the sorted user names of a service; None unless it is a Secret Service."""
        backend = self._open()
        if not type(backend).__module__.endswith(".SecretService"):
            return None
        try:
            return _secret_service_users(backend, service)
        except Exception as error:  # noqa: BLE001
            raise self._translated(error, "listing the entries") from error

    def describe(self) -> str:
        """Return the keyring's name, or say that there is none; never raises."""
        try:
            return _name(self._open())
        except SecretError:
            return "no keyring"

    def _open(self) -> KeyringBackend:
        with self._lock:
            if self._backend is None:
                self._backend = _find_backend(self._chosen or _users_choice())
            return self._backend

    def choose(self, backend: str | None) -> None:
        """Use another keyring from now on; None: the one that is remembered, or the best."""
        with self._lock:
            self._chosen = backend
            self._backend = None

    def _translated(self, error: Exception, doing: str) -> SecretError:
        """Turn a backend's error into one of ours; drop the backend, so that the next call looks again."""
        with self._lock:
            name = _name(self._backend) if self._backend else "keyring"
            self._backend = None
        chain = _causes(error)
        kinds = {type(link).__name__ for link in chain}
        if kinds & {"KeyringLocked", "PromptDismissedException", "LockedException"}:
            return KeyringLocked(
                f"The keyring ({name}) is locked, or its question was dismissed, while {doing}. "
                f"Unlock it and try again. {OTHER_HOMES}"
            )
        if kinds & {"NoKeyringError", "SecretServiceNotAvailableException"}:
            return KeyringMissing(f"The keyring ({name}) cannot be reached. {OTHER_HOMES}")
        return KeyringRefused(
            f"The keyring ({name}) failed while {doing} ({type(error).__name__}). {OTHER_HOMES}"
        )


def _users_choice() -> str | None:
    """Return the keyring chosen in loopmail, unless the environment names another."""
    import os

    return None if os.environ.get("PYTHON_KEYRING_BACKEND") else chosen_backend()


def _check_secret(secret: str) -> None:
    """Refuse what no environment variable can carry."""
    if "\0" in secret:
        raise KeyringRefused("A secret cannot hold a NUL character.")


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return an error and those it came from."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _name(backend: KeyringBackend) -> str:
    """Return the name people know a keyring by."""
    kind = type(backend)
    return _NAMES.get(kind.__module__) or str(getattr(backend, "name", kind.__name__))


def _find_backend(chosen: str | None) -> KeyringBackend:
    """Return the keyring to use, or raise KeyringMissing."""
    from keyring import core
    from keyring.backends import chainer

    try:
        backend = core.load_keyring(chosen) if chosen else core.get_keyring()
    except (ImportError, AttributeError, RuntimeError, ValueError) as error:
        raise KeyringMissing(
            "The keyring that is set up for this account cannot be loaded "
            f"({type(error).__name__}). {OTHER_HOMES}"
        ) from error
    if isinstance(backend, chainer.ChainerBackend):
        # The chainer asks several keyrings in turn; a secret must have one known place.
        usable = [part for part in backend.backends if _usable(part)]
        if usable:
            best: KeyringBackend = usable[0]
            return best
    if _usable(backend):
        return backend
    late = _native_backend()
    if late is None:
        raise KeyringMissing(f"No keyring is installed or running here. {OTHER_HOMES}")
    return late


def _usable(backend: KeyringBackend) -> bool:
    """Tell whether this is a system's keyring, or another one that keyring itself recommends.

    Neither `fail`/`null` nor the plain-text files of keyrings.alt (priority below 1) count.
    """
    from keyring import core

    module = type(backend).__module__
    if module in _NAMES:
        return True
    return not module.startswith("keyring.backends.") and core.recommended(backend)


def _native_backend() -> KeyringBackend | None:
    """Look for a Secret Service that came up after `keyring` made its (unchanging) list."""
    import os

    from keyring import core

    if os.environ.get("PYTHON_KEYRING_BACKEND"):
        return None
    try:
        return core.load_keyring("keyring.backends.SecretService.Keyring")
    except (ImportError, AttributeError, RuntimeError, NameError):
        return None


def available_backends() -> list[tuple[str, str]]:
    """Return (full class name, people's name) of each usable keyring, the best one first."""
    from keyring import backend

    found = [part for part in backend.get_all_keyring() if _usable(part)]
    found.sort(key=lambda part: float(part.priority), reverse=True)
    return [(f"{type(part).__module__}.{type(part).__qualname__}", _name(part)) for part in found]


def _secret_service_users(backend: KeyringBackend, service: str) -> list[str]:
    """Search the Secret Service by the attributes that `keyring` writes."""
    from contextlib import closing

    collection = backend.get_preferred_collection()  # type: ignore[attr-defined]
    with closing(collection.connection):
        items = collection.search_items({"service": service})
        return sorted({str(item.get_attributes().get("username", "")) for item in items} - {""})


def service_name(app_name: str) -> str:
    """Return the keyring service of an app."""
    return f"loopmail:{app_name}"


def variable_name(datasource: str, transport: str | int | None = None, ending: str = "PASS") -> str:
    """Return the variable loopmail makes: `emailDs` -> `EMAIL_DS_PASS`, transport between them.

    `ending` is PASS for a password; other secrets have theirs (CLIENT_SECRET, …). The result is
    always a name that shells and loopback-boot's `${VAR}` (ASCII word characters) accept.
    """
    parts = [_snake(datasource) or "MAIL"]
    if transport is not None:
        parts.append(_snake(str(transport)))
    name = "_".join(part for part in [*parts, ending] if part)
    return f"_{name}" if name[0].isdigit() else name


def _snake(text: str) -> str:
    """Return ASCII upper snake case: `emailDs` -> `EMAIL_DS`, `SMTPServer` -> `SMTP_SERVER`."""
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    ascii_text = "".join(c for c in text if not unicodedata.combining(c))
    ascii_text = re.sub(r"[^0-9A-Za-z]+", "_", ascii_text)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", ascii_text)
    return words.strip("_").upper()


def lookup(store: SecretStore, app_name: str, variable: str, env: str | None) -> str | None:
    """Return the secret of `VARIABLE@env`, else of `VARIABLE`."""
    service = service_name(app_name)
    if env:
        found = store.get(service, f"{variable}@{env}")
        if found is not None:
            return found
    return store.get(service, variable)


# --- The user's choice among several keyrings -----------------------------------------


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
