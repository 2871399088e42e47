"""What LoopBack loads: the files of one environment merged, `${VAR}` resolved, with origins.

The specification is loopback-boot's config-loader.js/executor.js (2.x) and plugin-base.js (3.x).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loopmail.core.app_folder import KINDS
from loopmail.core.app_settings import app_settings
from loopmail.core.boot_errors import BootRefused
from loopmail.core.datasource_settings import ResolvedDatasource, Resolver
from loopmail.core.js import Json
from loopmail.core.layer_files import FileRead, FileState, reading_order
from loopmail.core.layer_merging import LayerReader
from loopmail.core.merge_rules import Node, plain
from loopmail.core.model_entries import bound_datasources, check_entries
from loopmail.core.origin import Origin
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions, resolves_variables
from loopmail.core.workspace import Snapshot

__all__ = [
    "Effective",
    "EffectiveDatasource",
    "FileRead",
    "FileState",
    "Origin",
    "effective",
]


@dataclass(frozen=True, slots=True)
class EffectiveDatasource:
    """A data source after merging and `${VAR}`.

    `settings` may contain UNDEFINED (unresolved variables). `origins` has an entry for each
    leaf (JSON Pointer relative to the data source).
    """

    name: str
    settings: dict[str, Json] = field(repr=False)
    origins: Mapping[str, Origin]
    is_array: bool = False  # written as an array: `settings` has its indices as keys


@dataclass(frozen=True, slots=True)
class Effective:
    """Everything LoopBack would load for one environment."""

    env: str  # empty: the base files only
    versions: Versions
    files: tuple[FileRead, ...]
    error: str | None  # why LoopBack would not boot, in its words; datasources may be empty then
    datasources: Mapping[str, EffectiveDatasource]
    models: Mapping[str, str | None]  # model -> data source
    unresolved: Mapping[str, tuple[Origin, ...]]  # variable -> where it is used
    warnings: tuple[str, ...] = ()


def effective(
    snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
) -> Effective:
    """Compute what loopback-boot would load. `env` None means the base files only.

    `variables.config` is filled by this function from the config.json layers when empty. An empty
    `env` is development, as an empty NODE_ENV is for LoopBack.
    """
    env = "development" if env == "" else env
    present = {file.name for file in snapshot.app.files} | {*snapshot.values, *snapshot.errors}
    orders: dict[str, list[FileRead]] = {k: reading_order(k, env, present) for k in KINDS}
    reader = LayerReader(snapshot, orders, versions.boot_major)
    resolver = Resolver(variables, resolves_variables(versions), versions.major)
    models: dict[str, str | None] = {}
    found: list[ResolvedDatasource] = []
    error: str | None = None
    try:
        loaded = _load(reader, versions)
        models = bound_datasources(loaded["model-config"])
        if not variables.config:
            config = app_settings(plain(loaded["config"]), env, variables.environment)
            resolver.variables = replace(variables, config=config)
        found = resolver.resolve(loaded["datasources"])
        error = resolver.error
    except BootRefused as refused:
        error = resolver.error or str(refused)
    return Effective(
        env=env or "",
        versions=versions,
        files=tuple(file for kind in KINDS for file in orders[kind]),
        error=error,
        datasources={each.name: _datasource(each) for each in found},
        models=models,
        unresolved={name: tuple(places) for name, places in resolver.unresolved.items()},
        warnings=tuple(reader.warnings),
    )


def _load(reader: LayerReader, versions: Versions) -> dict[str, Node]:
    loaded: dict[str, Node] = {}
    for kind in _loading_order(versions):
        loaded[kind] = reader.load(kind)
        if kind == "model-config":
            check_entries(loaded[kind])
    return loaded


def _datasource(found: ResolvedDatasource) -> EffectiveDatasource:
    return EffectiveDatasource(found.name, found.settings, found.origins, found.is_array)


def _loading_order(versions: Versions) -> tuple[str, ...]:
    """The order in which the configurations are loaded: it decides which error is reported.

    Sources: loopback-boot 2.28 `lib/compiler.js`; the list of plugins in 3.3 `bootstrapper.js`.
    """
    if versions.boot_major < 3:
        return ("config", "model-config", "datasources")
    return ("config", "datasources", "model-config")
