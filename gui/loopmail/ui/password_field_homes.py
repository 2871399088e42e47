"""Where a password lives, told from the value in the file, and the keyring's part of a change."""

import re
from dataclasses import dataclass
from typing import Literal

from loopmail.core.js import Json
from loopmail.core.secrets import SecretStore, service_name
from loopmail.core.variables import Variables
from loopmail.ui.transport_form_values import TransportValues
from loopmail.ui.worker import Job

Home = Literal["keyring", "environment", "file"]
HOMES: tuple[Home, ...] = ("keyring", "environment", "file")
_VARIABLE = re.compile(r"\$\{([0-9A-Za-z_]+)\}\Z")


def variable_in(value: Json) -> str | None:
    """Return the variable whose placeholder is the whole text."""
    found = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    return found.group(1) if found else None


def home_of(value: Json, variables: Variables) -> Home | None:
    """Tell where a password lives; None when there is none yet."""
    variable = variable_in(value)
    if variable is not None:
        found = variables.lookup(variable)
        return "keyring" if found is not None and found.source == "keyring" else "environment"
    return "file" if isinstance(value, str) and value else None


@dataclass(slots=True)
class KeyringStep:
    """Storing one secret, and taking that back.

    `do` runs on a worker thread. `redo` and `undo` run on the GUI thread with the undo step
    and start a Job; the first `redo` does nothing, since `do` has been.
    """

    store: SecretStore
    service: str
    variable: str
    values: TransportValues
    _secret: str
    _old: str | None = None
    _fresh: bool = True

    def __repr__(self) -> str:
        return f"KeyringStep({self.service}, {self.variable})"

    @classmethod
    def make(cls, values: TransportValues, variable: str, secret: str) -> "KeyringStep":
        """Prepare the step with the state's store and the app's name."""
        state = values.state
        return cls(state.store, service_name(state.app_name), variable, values, secret)

    def do(self) -> None:
        """Store the secret, remembering what was there; raise SecretError."""
        self._old = self.store.get(self.service, self.variable)
        self._write(self._secret)

    def redo(self) -> None:
        """Store again."""
        if self._fresh:
            self._fresh = False
            return
        self._later(self._secret)

    def undo(self) -> None:
        """Put back what was there."""
        self._later(self._old)

    def _later(self, secret: str | None) -> None:
        job = Job(lambda: self._write(secret))
        job.finished.connect(self.values.state.refresh_variables)
        job.start()

    def _write(self, secret: str | None) -> None:
        if secret:
            self.store.set(self.service, self.variable, secret)
        else:
            self.store.delete(self.service, self.variable)
