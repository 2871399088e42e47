"""What LoopBack loads: the files of one environment merged, `${VAR}` resolved, with origins.

Sources: loopback-boot 2.28.0, lib/config-loader.js and lib/executor.js; 3.3.1, lib/plugin-base.js.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loopmail.core.app.folder import KINDS
from loopmail.core.app.versions import Versions, resolves_variables
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import Json, own_keys, truthy
from loopmail.core.loopback.connectors import could_not_create
from loopmail.core.loopback.layers import (
    BootRefused,
    FileRead,
    LayerNode,
    LayerReader,
    LayerState,
    cannot_read,
    plain,
    reading_order,
)
from loopmail.core.loopback.variables import Interpolation, Origin, Variables, app_settings

__all__ = ["Effective", "EffectiveDatasource", "FileRead", "LayerState", "Origin", "effective"]


# --- The settings of each data source -------------------------------------------------
# Sources: setupDataSources in loopback-boot 2.28 `lib/executor.js`, `lib/plugins/datasource.js` in
# 3.3, dataSourcesFromConfig in loopback's `lib/application.js`, createDataSource in `lib/registry.js`.

LAZY_CONNECT = "LB_LAZYCONNECT_DATASOURCES"
NO_CONFIG = "can not create data source without config object"
NO_DEFAULT = 'DataSource option "defaultForType" is no longer supported'


@dataclass(frozen=True, slots=True)
class ResolvedDatasource:
    """A data source's settings as loopback-boot hands them to `app.dataSource`."""

    name: str
    settings: dict[str, Json] = field(repr=False)
    origins: Mapping[str, Origin]
    is_array: bool


@dataclass(slots=True)
class Resolver:
    """Resolves all data sources and collects the variables that have no value."""

    variables: Variables
    resolves: bool = True
    loopback_major: int = 3
    error: str | None = None  # what stops LoopBack although all settings are known
    unresolved: dict[str, list[Origin]] = field(default_factory=dict)

    def resolve_host(self, merged: LayerNode) -> list[ResolvedDatasource]:
        """Return the data sources in file order; raise BootRefused where LoopBack would."""
        members = merged.content if isinstance(merged.content, dict) else {}
        return [
            self._one(name, members[name])
            for name in own_keys(members)
            if name != "__proto__"  # set as the prototype, so it is never found
        ]

    def _one(self, name: str, node: LayerNode) -> ResolvedDatasource:
        run = Interpolation(self.variables, resolves=self.resolves)
        settings = run.resolve(node)
        for variable, origin in run.unresolved:
            self.unresolved.setdefault(variable, []).append(origin)
        is_array = isinstance(settings, list)
        if isinstance(settings, list):
            settings = {str(index): item for index, item in enumerate(settings)}
        if not isinstance(settings, dict):
            raise _refuse(
                name, NO_CONFIG if settings is not None else str(cannot_read("connector"))
            )
        self._lazy_connect(settings, run.origins)
        refused = default_for_type(settings, self.loopback_major)
        if refused is not None:
            self.error = self.error or could_not_create(name, refused)
        return ResolvedDatasource(name, settings, run.origins, is_array)

    def _lazy_connect(self, settings: dict[str, Json], origins: dict[str, Origin]) -> None:
        value = self.variables.environment.get(LAZY_CONNECT)
        if value:
            settings["lazyConnect"] = value not in ("false", "0")
            origins["/lazyConnect"] = Origin(None, "", LAZY_CONNECT, "environment")


def default_for_type(settings: Mapping[str, Json], major: int) -> str | None:
    """Return why LoopBack 3 refuses a data source that it has made already, or None."""
    return NO_DEFAULT if major >= 3 and truthy(settings.get("defaultForType")) else None


def _refuse(name: str, cause: str) -> BootRefused:
    return BootRefused(could_not_create(name, cause))


# --- The entries of model-config.json -------------------------------------------------
# Source: assertIsValidModelConfig in loopback-boot 2.28 `lib/compiler.js` and 3.3
# `lib/plugins/model.js`; the entries are not interpolated.

OLD_FORMAT = "The data in model-config.json is in the unsupported 1.x format."


def check_entries(merged: LayerNode) -> None:
    """Raise BootRefused for an entry that LoopBack 2 and 3 do not accept."""
    for entry in _entries(merged).values():
        if entry is None:
            raise cannot_read("options")
        if not isinstance(entry, dict):
            continue
        options = entry.get("options")
        inner = options if isinstance(options, dict) else {}
        suspects = (
            entry.get("properties"),
            entry.get("base"),
            inner.get("base"),
            entry.get("plural"),
            inner.get("plural"),
        )
        if any(truthy(value) for value in suspects):
            raise BootRefused(OLD_FORMAT)


def bound_datasources(merged: LayerNode) -> dict[str, str | None]:
    """Return each model's data source; an entry that is false or empty text is none at all."""
    models: dict[str, str | None] = {}
    for name, entry in _entries(merged).items():
        if name == "_meta" or not truthy(entry):
            continue
        bound = entry.get("dataSource") if isinstance(entry, dict) else None
        models[name] = bound if isinstance(bound, str) else None
    return models


def _entries(merged: LayerNode) -> dict[str, Json]:
    content = merged.content if isinstance(merged.content, dict) else {}
    return {name: plain(content[name]) for name in own_keys(content)}


# --- Everything LoopBack loads --------------------------------------------------------


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
        found = resolver.resolve_host(loaded["datasources"])
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


def _load(reader: LayerReader, versions: Versions) -> dict[str, LayerNode]:
    loaded: dict[str, LayerNode] = {}
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
