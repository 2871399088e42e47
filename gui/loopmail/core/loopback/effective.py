"""What LoopBack loads: the files of one environment merged, `${VAR}` resolved, with origins.

Sources: loopback-boot 2.28.0, lib/config-loader.js and lib/executor.js; 3.3.1, lib/plugin-base.js.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loopmail.core.app.folder import INTERPOLATED, KINDS, FileKind
from loopmail.core.app.misnamed import environment_hint
from loopmail.core.app.versions import Versions, resolves_variables
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import Json, own_keys, truthy
from loopmail.core.loopback.connectors import could_not_create
from loopmail.core.loopback.layers import (
    BootRefused,
    FileRead,
    LayerNode,
    cannot_read,
    layer_warnings,
    load_layers,
    plain,
    reading_order,
)
from loopmail.core.loopback.variables import (
    Interpolation,
    Origin,
    Variables,
    app_settings,
    by_variable,
)

__all__ = ["Effective", "EffectiveDatasource", "FileRead", "Origin", "effective"]


# --- The settings of each data source -------------------------------------------------
# Sources: setupDataSources in loopback-boot 2.28 `lib/executor.js`, `lib/plugins/datasource.js` in
# 3.3, dataSourcesFromConfig in loopback's `lib/application.js`, createDataSource in `lib/registry.js`.


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


def _resolve(node: LayerNode, name: str, run: Interpolation) -> EffectiveDatasource:
    """Return a data source as loopback-boot hands it to `app.dataSource`; raise BootRefused."""
    settings = run.resolve(node)
    is_array = isinstance(settings, list)
    if isinstance(settings, list):
        settings = {str(index): item for index, item in enumerate(settings)}
    if not isinstance(settings, dict):
        cause = "can not create data source without config object"
        if settings is None:
            cause = str(cannot_read("connector"))
        raise BootRefused(could_not_create(name, cause))
    lazy = run.variables.environment.get("LB_LAZYCONNECT_DATASOURCES")
    if lazy:
        settings["lazyConnect"] = lazy not in ("false", "0")
        run.origins["/lazyConnect"] = Origin(None, "", "LB_LAZYCONNECT_DATASOURCES", "environment")
    return EffectiveDatasource(name, settings, run.origins, is_array)


def default_for_type(settings: Mapping[str, Json], major: int) -> str | None:
    """Return why LoopBack 3 refuses a data source that it has made already, or None."""
    refused = major >= 3 and truthy(settings.get("defaultForType"))
    return 'DataSource option "defaultForType" is no longer supported' if refused else None


def unresolved_in(all_origins: Iterable[Mapping[str, Origin]]) -> dict[str, tuple[Origin, ...]]:
    """Return the variables without a value and where they are used, by the data sources' origins."""
    each = (origin for origins in all_origins for origin in origins.values())
    return by_variable(origin for origin in each if origin.source is None)


# --- The entries of model-config.json -------------------------------------------------
# Source: assertIsValidModelConfig in loopback-boot 2.28 `lib/compiler.js` and 3.3
# `lib/plugins/model.js`; the entries are not interpolated.


def check_entries(entries: Mapping[str, Json]) -> None:
    """Raise BootRefused for an entry that LoopBack 2 and 3 do not accept."""
    for entry in entries.values():
        if entry is None:
            raise cannot_read("options")
        if not isinstance(entry, dict):
            continue
        options = entry.get("options")
        inner = options if isinstance(options, dict) else {}
        suspects = [where.get(key) for where in (entry, inner) for key in ("base", "plural")]
        if any(map(truthy, [entry.get("properties"), *suspects])):
            raise BootRefused("The data in model-config.json is in the unsupported 1.x format.")


def bound_datasources(entries: Mapping[str, Json]) -> dict[str, str | None]:
    """Return each model's data source; an entry that is false or empty text is none at all."""
    models: dict[str, str | None] = {}
    for name, entry in entries.items():
        if name == "_meta" or not truthy(entry):
            continue
        bound = entry.get("dataSource") if isinstance(entry, dict) else None
        models[name] = bound if isinstance(bound, str) else None
    return models


# --- Everything LoopBack loads --------------------------------------------------------


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
    # The values of middleware.json and component-config.json, by JSON Pointer.
    elsewhere: tuple[Mapping[str, Origin], ...] = ()
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
    orders = _orders(env, present)
    models: dict[str, str | None] = {}
    found: dict[str, EffectiveDatasource] = {}
    runs: list[Interpolation] = []
    elsewhere: tuple[Mapping[str, Origin], ...] = ()
    refused: str | None = None  # what stops LoopBack although all settings are known
    error: str | None = None
    try:
        loaded = _load(snapshot, orders, versions.boot_major)
        models = bound_datasources(plain(loaded["model-config"]))
        if not variables.config:
            config = app_settings(plain(loaded["config"]), env, variables.environment)
            variables = replace(variables, config=config)
        members = loaded["datasources"].content
        assert isinstance(members, dict)
        for name in own_keys(members):
            if name == "__proto__":  # set as the prototype, so it is never found
                continue
            runs.append(Interpolation(variables, resolves_variables(versions)))
            found[name] = _resolve(members[name], name, runs[-1])
            cause = default_for_type(found[name].settings, versions.major)
            if cause is not None and refused is None:
                refused = could_not_create(name, cause)
        elsewhere = _origins_elsewhere(loaded, variables, resolves_variables(versions))
    except BootRefused as boot:
        found = {}
        error = str(boot)
    return Effective(
        env=env or "",
        versions=versions,
        files=tuple(file for order in orders.values() for file in order),
        error=refused or error,
        datasources=found,
        models=models,
        unresolved=unresolved_in([*(run.origins for run in runs), *elsewhere]),
        elsewhere=elsewhere,
        warnings=tuple(_warnings(snapshot, env, orders)),
    )


def _orders(env: str | None, present: Collection[str]) -> dict[FileKind, Sequence[FileRead]]:
    """Return what is read of each configuration; of the last two only where the app has some."""
    orders: dict[FileKind, Sequence[FileRead]] = {}
    for kind in KINDS:
        order = reading_order(kind, env, present)
        if kind in _ALWAYS or any(file.state != "missing" for file in order):
            orders[kind] = order
    return orders


_ALWAYS: tuple[FileKind, ...] = ("datasources", "model-config", "config")


def _origins_elsewhere(
    loaded: Mapping[FileKind, LayerNode], variables: Variables, resolves: bool
) -> tuple[Mapping[str, Origin], ...]:
    """Return where the values of middleware and components come from, `${VAR}` resolved.

    Sources: setupMiddleware and setupComponents in loopback-boot 2.28 `lib/executor.js`;
    `lib/plugins/middleware.js` and `component.js` in 3.3. Both give each entry's own configuration
    to the function that resolves those of data sources.
    """
    found = []
    for kind in INTERPOLATED:
        if kind != "datasources" and kind in loaded:
            run = Interpolation(variables, resolves)
            run.resolve(loaded[kind])
            found.append(run.origins)
    return tuple(found)


def _warnings(
    snapshot: Snapshot, env: str | None, orders: Mapping[FileKind, Sequence[FileRead]]
) -> Iterator[str]:
    """Yield sentences about the environment's name and the files that are not read."""
    hint = environment_hint(env, snapshot.app.with_files)
    if hint is not None:
        yield hint.text
    for kind in orders:
        yield from layer_warnings(kind, orders[kind])


def _load(
    snapshot: Snapshot, orders: Mapping[FileKind, Sequence[FileRead]], boot_major: int
) -> dict[FileKind, LayerNode]:
    """Load the configurations in loopback-boot's order, which decides which error is reported.

    Sources: loopback-boot 2.28 `lib/compiler.js`; the list of plugins in 3.3 `bootstrapper.js`.
    """
    kinds: tuple[FileKind, ...] = ("config", "datasources", "model-config")
    if boot_major < 3:
        kinds = ("config", "model-config", "datasources")
    loaded: dict[FileKind, LayerNode] = {}
    for kind in (*kinds, *(kind for kind in orders if kind not in kinds)):
        loaded[kind] = load_layers(snapshot, orders[kind], boot_major)
        if kind == "model-config":
            check_entries(plain(loaded[kind]))
    return loaded
