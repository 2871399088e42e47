"""What resolves an app's placeholders: the process environment, the keyring, config.json."""

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loopmail.core.app.workspace import Snapshot
from loopmail.core.errors import SecretError
from loopmail.core.loopback.effective import Origin, effective
from loopmail.core.loopback.placeholders import (
    chosen_environment,
    is_secret_use,
    placeholders_used,
    secrets_of,
)
from loopmail.core.loopback.variables import Variables, VariableSource
from loopmail.core.secrets.store import SecretReader, lookup


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A variable that the app's files ask for; `source` None: nothing resolves it."""

    variable: str
    uses: tuple[Origin, ...]
    source: VariableSource | None
    secret: bool  # stands where a password or the like belongs


@dataclass(frozen=True, slots=True)
class Resolution:
    """All placeholders of an environment, and what goes into the child's environment."""

    env: str
    placeholders: tuple[Placeholder, ...]
    variables: Variables
    keyring_error: SecretError | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)  # to mask in output

    @property
    def missing(self) -> tuple[Placeholder, ...]:
        """The placeholders that nothing resolves."""
        return tuple(p for p in self.placeholders if p.source is None)

    def child_environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return `base` with NODE_ENV and just the keyring values that the app asks for."""
        child = {**base, "NODE_ENV": self.env}
        for name, value in self.variables.keyring.items():
            child.setdefault(name, value)
        return child


def keyring_values(
    store: SecretReader, app_name: str, variables: Iterable[str], env: str | None
) -> dict[str, str]:
    """Return the secrets of those variables that the keyring has; raise SecretError."""
    found = {name: lookup(store, app_name, name, env) for name in variables}
    return {name: value for name, value in found.items() if value is not None}


def resolve(
    snapshot: Snapshot,
    env: str | None,
    store: SecretReader | None,
    environment: Mapping[str, str] | None = None,
) -> Resolution:
    """Find every placeholder and its value: environment, keyring, config.json.

    The keyring is asked only for variables that the environment lacks; that it is missing or
    locked is no error here but stands in `keyring_error`. `env` None: NODE_ENV, else development.
    """
    outside = dict(os.environ if environment is None else environment)
    chosen = chosen_environment(env, outside)
    used = placeholders_used(snapshot, chosen)
    keyring: dict[str, str] = {}
    problem: SecretError | None = None
    wanted = [name for name in used if name not in outside]
    if store is not None and wanted:
        try:
            keyring = keyring_values(store, snapshot.app.name, wanted, chosen)
        except SecretError as error:
            problem = error
    variables = Variables(environment=outside, keyring=keyring)
    loaded = effective(snapshot, chosen, variables, snapshot.app.versions)
    all_origins = [*(one.origins for one in loaded.datasources.values()), *loaded.elsewhere]
    in_config = {
        origin.variable
        for origins in all_origins
        for origin in origins.values()
        if origin.source == "config"
    }
    found = []
    for name, origins in used.items():
        resolved = variables.lookup(name)
        source = resolved.source if resolved else ("config" if name in in_config else None)
        found.append(Placeholder(name, origins, source, is_secret_use(origins)))
    secrets = secrets_of(snapshot, loaded, used, variables)
    return Resolution(chosen, tuple(found), variables, problem, secrets)


# --- Names and values of variables as POSIX shells take them --------------------------


def is_variable_name(text: str) -> bool:
    """Tell whether shells accept the name; loopback-boot's `${VAR}` then does, too."""
    return re.fullmatch(r"[A-Za-z_][0-9A-Za-z_]*", text) is not None


def export_line(name: str, value: str) -> str:
    """Return `export NAME=VALUE`, quoted, on one line and free of control characters.

    A value with control characters (a private key's line ends) uses `$'…'`, which bash, zsh and
    POSIX 2024 shells know.
    """
    if re.search(r"[\x00-\x1f\x7f-\x9f]", value) is None:
        return f"export {name}={shlex.quote(value)}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\{ord(match.group()):03o}", escaped)
    return f"export {name}=$'{escaped}'"
