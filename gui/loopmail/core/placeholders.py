"""The `${VAR}` placeholders of an app: which it uses, where, and what resolves them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from loopmail.core.errors import SecretError
from loopmail.core.jsontext.pointer import array_index, format_pointer, leaves
from loopmail.core.layers import Effective, Origin, effective
from loopmail.core.secret_names import placeholder, secret_ending, texts_to_mask
from loopmail.core.secrets import SecretStore, lookup
from loopmail.core.variables import Variables, VariableSource
from loopmail.core.workspace import Snapshot


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


def chosen_environment(env: str | None, environment: Mapping[str, str] | None = None) -> str:
    """Return the environment as loopback-boot finds it: `env`, else NODE_ENV, else development."""
    values = os.environ if environment is None else environment
    return env or values.get("NODE_ENV") or "development"


def placeholders_used(snapshot: Snapshot, env: str | None) -> dict[str, tuple[Origin, ...]]:
    """Return variable to places, for one environment (None: the base files only).

    If the layers cannot be merged, those of each file that would be read count.
    """
    loaded = effective(snapshot, env, Variables(), snapshot.app.versions)
    return placeholders_in(loaded, snapshot, env)


def placeholders_in(
    loaded: Effective, snapshot: Snapshot, env: str | None
) -> dict[str, tuple[Origin, ...]]:
    """Answer as `placeholders_used` does, from effective values that are known already."""
    return _from_files(snapshot, env) if loaded.error else _from_effective(loaded)


def _from_effective(loaded: Effective) -> dict[str, tuple[Origin, ...]]:
    uses: dict[str, list[Origin]] = {}
    for datasource in loaded.datasources.values():
        for origin in datasource.origins.values():
            if origin.variable is not None:
                uses.setdefault(origin.variable, []).append(origin)
    for variable, origins in loaded.unresolved.items():
        known = uses.setdefault(variable, [])
        known.extend(origin for origin in origins if origin not in known)
    return {variable: tuple(origins) for variable, origins in uses.items()}


def _from_files(snapshot: Snapshot, env: str | None) -> dict[str, tuple[Origin, ...]]:
    read = {f.name for f in snapshot.app.files if f.env in (None, env)}
    uses: dict[str, list[Origin]] = {}
    for origin in all_uses(snapshot):
        if origin.file in read and origin.variable is not None:
            uses.setdefault(origin.variable, []).append(origin)
    return {variable: tuple(origins) for variable, origins in uses.items()}


def all_uses(snapshot: Snapshot) -> Iterator[Origin]:
    """Yield every placeholder of every data source file, whether LoopBack would read it or not."""
    for name, value in snapshot.values.items():
        if name.startswith("datasources.") and _may_have_one(snapshot.texts.get(name)):
            for tokens, leaf in leaves(value):
                variable = placeholder(leaf)
                if variable is not None:
                    yield Origin(name, format_pointer(tokens), variable)


def _may_have_one(text: str | None) -> bool:
    """Tell at a glance whether a text could hold a placeholder, perhaps behind an escape."""
    return text is None or "${" in text or "\\u" in text


def keyring_values(
    store: SecretStore, app_name: str, variables: Iterable[str], env: str | None
) -> dict[str, str]:
    """Return the secrets of those variables that the keyring has; raise SecretError."""
    found = {name: lookup(store, app_name, name, env) for name in variables}
    return {name: value for name, value in found.items() if value is not None}


def resolve(
    snapshot: Snapshot,
    env: str | None,
    store: SecretStore | None,
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
    config = _config_resolved(loaded)
    found = tuple(_placeholder(n, origins, variables, config) for n, origins in used.items())
    secrets = secrets_of(snapshot, loaded, used, variables)
    return Resolution(chosen, found, variables, problem, secrets)


def _config_resolved(loaded: Effective) -> set[str]:
    return {
        origin.variable
        for datasource in loaded.datasources.values()
        for origin in datasource.origins.values()
        if origin.variable is not None and origin.source == "config"
    }


def _placeholder(
    name: str, origins: tuple[Origin, ...], variables: Variables, config: set[str]
) -> Placeholder:
    resolved = variables.lookup(name)
    source = resolved.source if resolved else ("config" if name in config else None)
    return Placeholder(name, origins, source, _is_secret(origins))


def _is_secret(origins: Iterable[Origin]) -> bool:
    return any(secret_ending(origin.pointer.split("/")) for origin in origins)


def secrets_of(
    snapshot: Snapshot,
    loaded: Effective,
    used: Mapping[str, tuple[Origin, ...]],
    variables: Variables,
) -> tuple[str, ...]:
    """Return all texts that output must not show: keyring values, secret variables, plain ones.

    `used`: variable to places, as `placeholders_used` finds them.
    """
    values = set(variables.keyring.values())
    for name, origins in used.items():
        resolved = variables.lookup(name)
        if resolved is not None and _is_secret(origins):
            values.add(str(resolved.value))
    plain = [snapshot.values.get(f.name) for f in snapshot.app.files if f.kind == "datasources"]
    effective_settings = [source.settings for source in loaded.datasources.values()]
    return texts_to_mask([*plain, *effective_settings], values)


def users_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the user names written in the data source files: AUTH PLAIN joins them to secrets."""
    found: set[str] = set()
    for layer in snapshot.app.files:
        if layer.kind == "datasources":
            for tokens, value in leaves(snapshot.values.get(layer.name)):
                key = next((token for token in reversed(tokens) if array_index(token) is None), "")
                if key.lower() in ("user", "username") and isinstance(value, str):
                    found.add(value)
    return tuple(sorted(found))
