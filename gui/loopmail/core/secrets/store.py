"""The keyring, behind one protocol; the only importer of `keyring` (and of its `secretstorage`).

A secret stands under service `loopmail:<app name>`, user name `VARIABLE` or `VARIABLE@<env>`.
`keyring` is imported at the first call, since that costs some 300 ms. In this order: what a store
is, what can fail, which of several keyrings is taken.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from loopmail.core.disk.private_files import write_private
from loopmail.core.errors import KeyringLocked, KeyringMissing, KeyringRefused, SecretError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyring.backend import KeyringBackend


def service_name(app_name: str) -> str:
    """Return the keyring service of an app."""
    return f"loopmail:{app_name}"


def entry_user(variable: str, env: str | None) -> str:
    """Return the keyring's user name for a variable, or for its value in one environment."""
    return f"{variable}@{env}" if env else variable


def lookup(store: SecretReader, app_name: str, variable: str, env: str | None) -> str | None:
    """Return the secret of `VARIABLE@env`, else of `VARIABLE`."""
    service = service_name(app_name)
    if env:
        found = store.get(service, entry_user(variable, env))
        if found is not None:
            return found
    return store.get(service, variable)


class SecretReader(Protocol):
    """A place for secrets that is read: service `loopmail:<app name>`, user `VARIABLE[@env]`.

    Every method may block (a prompt) and may raise KeyringMissing, KeyringLocked or
    KeyringRefused; never call one on the GUI thread.
    """

    def get(self, service: str, user: str) -> str | None:
        """Return the secret or None."""
        ...

    def users(self, service: str) -> list[str] | None:
        """Return the sorted user names of a service, or None where the system cannot tell."""
        ...

    def describe(self) -> str:
        """Return a short name for the status bar, e.g. `GNOME Keyring`; never raises."""
        ...


class SecretStore(SecretReader, Protocol):
    """A place for secrets that is written to, too."""

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret."""
        ...

    def delete(self, service: str, user: str) -> bool:
        """Delete a secret; tell whether there was one."""
        ...


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
        with self._asking(f"reading {user}") as backend:
            return backend.get_password(service, user)

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret; KeyringRefused also for what no environment variable can carry."""
        if "\0" in secret:
            raise KeyringRefused("A secret cannot hold a NUL character.")
        with self._asking(f"storing {user}") as backend:
            backend.set_password(service, user, secret)

    def delete(self, service: str, user: str) -> bool:
        """Delete a secret; tell whether there was one."""
        if self.get(service, user) is None:
            return False
        with self._asking(f"deleting {user}") as backend:
            backend.delete_password(service, user)
        return True

    def users(self, service: str) -> list[str] | None:
        """Return the sorted user names of a service; None unless it is a Secret Service."""
        with self._asking("listing the entries") as backend:
            from keyring.backends import SecretService

            if not isinstance(backend, SecretService.Keyring):
                return None
            collection = backend.get_preferred_collection()  # type: ignore[no-untyped-call]
            with closing(collection.connection):
                # The attributes are those that `keyring` writes.
                items = collection.search_items({"service": service})
                return sorted({item.get_attributes().get("username", "") for item in items} - {""})

    def describe(self) -> str:
        """Return the keyring's name, or say that there is none."""
        try:
            return _name(self._open())
        except SecretError:
            return "no keyring"

    def choose(self, backend: str | None) -> None:
        """Use another keyring from now on; None: the one that is remembered, or the best."""
        with self._lock:
            self._chosen = backend
            self._backend = None

    def _open(self) -> KeyringBackend:
        with self._lock:
            if self._backend is None:
                chosen = self._chosen
                if chosen is None and not os.environ.get("PYTHON_KEYRING_BACKEND"):
                    chosen = chosen_backend()
                self._backend = _find_backend(chosen)
            return self._backend

    @contextmanager
    def _asking(self, doing: str) -> Iterator[KeyringBackend]:
        """Give the backend; after an error of its own raise one of ours, and look for it anew."""
        backend = self._open()
        try:
            yield backend
        except Exception as error:  # noqa: BLE001 - each system raises errors of its own
            with self._lock:
                self._backend = None
            raise _translated(error, _name(backend), doing) from error


# --- What can fail --------------------------------------------------------------------

OTHER_HOMES = (
    "Keep the password in an environment variable instead, or in datasources.local.json, "
    "which git should ignore."
)


def _translated(error: Exception, name: str, doing: str) -> SecretError:
    """Turn an error of the keyring called `name` into one of ours, by all it came from."""
    from keyring import errors

    locked: tuple[type[Exception], ...] = (errors.KeyringLocked,)
    missing: tuple[type[Exception], ...] = (errors.NoKeyringError,)
    with suppress(ImportError):  # Linux alone has it
        from secretstorage import exceptions

        locked += (exceptions.LockedException, exceptions.PromptDismissedException)
        missing += (exceptions.SecretServiceNotAvailableException,)
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    if any(isinstance(link, locked) for link in chain):
        return KeyringLocked(
            f"The keyring ({name}) is locked, or its question was dismissed, while {doing}. "
            f"Unlock it and try again. {OTHER_HOMES}"
        )
    if any(isinstance(link, missing) for link in chain):
        return KeyringMissing(f"The keyring ({name}) cannot be reached. {OTHER_HOMES}")
    return KeyringRefused(
        f"The keyring ({name}) failed while {doing} ({type(error).__name__}). {OTHER_HOMES}"
    )


# --- Which keyring is taken -----------------------------------------------------------

# The modules of `keyring` for an operating system's own keyring, and the name people know it by.
_NAMES = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Locker",
}


def _name(backend: KeyringBackend) -> str:
    """Return the name people know a keyring by."""
    kind = type(backend)
    return _NAMES.get(kind.__module__) or str(getattr(backend, "name", kind.__name__))


def _usable(backend: KeyringBackend) -> bool:
    """Tell whether this is a system's keyring, or another one that keyring itself recommends.

    Neither `fail`/`null` nor the plain-text files of keyrings.alt (priority below 1) count.
    """
    from keyring import core

    module = type(backend).__module__
    if module in _NAMES:
        return True
    return not module.startswith("keyring.backends.") and core.recommended(backend)


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
    # The chainer asks several keyrings in turn; a secret must have one known place.
    several = backend.backends if isinstance(backend, chainer.ChainerBackend) else [backend]
    found: KeyringBackend | None = next(filter(_usable, several), None)
    if found is not None:
        return found
    if not os.environ.get("PYTHON_KEYRING_BACKEND"):
        # A Secret Service may have come up after `keyring` made its (unchanging) list.
        with suppress(ImportError, AttributeError, RuntimeError, NameError):
            return core.load_keyring("keyring.backends.SecretService.Keyring")
    raise KeyringMissing(f"No keyring is installed or running here. {OTHER_HOMES}")


def available_backends() -> list[tuple[str, str]]:
    """Return (full class name, people's name) of each usable keyring, the best one first."""
    from keyring import backend

    found = [part for part in backend.get_all_keyring() if _usable(part)]
    found.sort(key=lambda part: float(part.priority), reverse=True)
    return [(f"{type(part).__module__}.{type(part).__qualname__}", _name(part)) for part in found]


def chosen_backend() -> str | None:
    """Return the full class name of the keyring chosen in loopmail; None: the best one found."""
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
    with suppress(OSError):
        if name is None:
            path.unlink(missing_ok=True)
        else:
            write_private(path, json.dumps({"backend": name}).encode())


def _path() -> Path:
    from platformdirs import user_config_path

    return user_config_path("loopmail", appauthor=False) / "keyring.json"
