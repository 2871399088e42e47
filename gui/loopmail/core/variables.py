"""Where a `${VAR}` gets its value: environment, keyring, config.json's layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import Json

VariableSource = Literal["environment", "keyring", "config"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A variable's value and its source; the value is kept out of `repr`."""

    value: Json = field(repr=False)
    source: VariableSource


@dataclass(frozen=True, slots=True)
class Variables:
    """Looks `${NAME}` up: process environment, then keyring, then config.json (types kept).

    loopback-boot itself knows the first and the last (executor.js, plugin-base.js); the keyring
    stands between them because `loopmail run` puts its values into the environment.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    keyring: Mapping[str, str] = field(default_factory=dict, repr=False)
    config: Mapping[str, Json] = field(default_factory=dict, repr=False)

    def lookup(self, name: str) -> Resolved | None:
        """Return the variable's value, or None; an empty environment variable counts as found."""
        if name in self.environment:
            return Resolved(self.environment[name], "environment")
        if name in self.keyring:
            return Resolved(self.keyring[name], "keyring")
        if name in self.config:  # a null there is found, too: only undefined is not
            return Resolved(self.config[name], "config")
        return None
