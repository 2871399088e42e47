"""The `${VAR}` placeholders of an app: which it uses and where, and what secrets come with them."""

import os
from collections.abc import Iterable, Iterator, Mapping

from loopmail.core.app.folder import INTERPOLATED, is_private, kind_of, layer_name
from loopmail.core.app.workspace import Snapshot
from loopmail.core.jsontext.pointer import array_index, format_pointer, leaves
from loopmail.core.loopback.effective import Effective, Origin, effective
from loopmail.core.loopback.variables import Variables, by_variable
from loopmail.core.plain_secrets import secret_ending, texts_to_mask
from loopmail.core.secret_names import placeholder


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
    if loaded.error:
        read = {file.name for file in snapshot.app.files if file.env in (None, env)}
        return by_variable(origin for origin in all_uses(snapshot) if origin.file in read)
    all_origins = [*(one.origins for one in loaded.datasources.values()), *loaded.elsewhere]
    return by_variable(origin for origins in all_origins for origin in origins.values())


def all_uses(snapshot: Snapshot) -> Iterator[Origin]:
    """Yield every placeholder of every file that may hold some, whether LoopBack reads it or not.

    These are the layers of datasources.json, middleware.json and component-config.json.
    """
    for name, value in snapshot.values.items():
        text = snapshot.texts.get(name)
        # At a glance: could the text hold a placeholder, perhaps behind an escape?
        if kind_of(name) in INTERPOLATED and (text is None or "${" in text or "\\u" in text):
            for tokens, leaf in leaves(value):
                variable = placeholder(leaf)
                if variable is not None:
                    yield Origin(name, format_pointer(tokens), variable)


def why_not_replaced(file: str) -> str | None:
    """Return why a secret of this file cannot become a `${VAR}`, None where it can.

    The sentences say where it may stand instead.
    """
    kind = kind_of(file)
    if kind in INTERPOLATED or kind is None:
        return None
    if is_private(file):
        return f"LoopBack replaces no variables in {file}. Keep this file outside git."
    return (
        f"LoopBack replaces no variables in {file}. Keep it in {layer_name(kind, 'local')}, outside "
        "git, or let a boot script take it from process.env."
    )


def is_secret_use(origins: Iterable[Origin]) -> bool:
    """Tell whether a variable stands where a password or the like belongs."""
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
        if resolved is not None and is_secret_use(origins):
            values.add(str(resolved.value))
    plain = list(snapshot.values.values())
    effective_settings = [source.settings for source in loaded.datasources.values()]
    return texts_to_mask([*plain, *effective_settings], values)


def user_names(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the user names written in the files: AUTH PLAIN joins them to secrets."""
    found: set[str] = set()
    for layer in snapshot.app.files:
        if layer.kind in INTERPOLATED:
            for tokens, value in leaves(snapshot.values.get(layer.name)):
                key = next((token for token in reversed(tokens) if array_index(token) is None), "")
                if key.lower() in ("user", "username") and isinstance(value, str):
                    found.add(value)
    return tuple(sorted(found))
