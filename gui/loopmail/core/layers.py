"""What LoopBack loads: the files of one environment merged, `${VAR}` resolved, with origins.

The specification is loopback-boot's config-loader.js/executor.js (2.x) and plugin-base.js (3.x).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loopmail.core.app_settings import app_settings
from loopmail.core.interpolation import Interpolation
from loopmail.core.js import Json
from loopmail.core.layer_files import FileRead, FileState, reading_order
from loopmail.core.merge_rules import MergeRefused, Node, merge_layer, plain, track
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


@dataclass(frozen=True, slots=True)
class Effective:
    """Everything LoopBack would load for one environment."""

    env: str  # empty: the base files only
    versions: Versions
    files: tuple[FileRead, ...]
    error: str | None  # as LoopBack words it; then datasources is empty
    datasources: Mapping[str, EffectiveDatasource]
    models: Mapping[str, str | None]  # model -> data source
    unresolved: Mapping[str, tuple[Origin, ...]]  # variable -> where it is used
    warnings: tuple[str, ...] = ()


def effective(
    snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
) -> Effective:
    """Compute what loopback-boot would load. `env` None means the base files only.

    `variables.config` is filled by this function from the config.json layers when empty.
    """
    return _Loading(snapshot, "development" if env == "" else env, variables, versions).run()


class _Loading:
    """One run of loopback-boot's loading, without the app's code."""

    def __init__(
        self, snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
    ) -> None:
        self.snapshot = snapshot
        self.env = env
        self.variables = variables
        self.versions = versions
        self.present = {file.name for file in snapshot.app.files}
        self.present |= set(snapshot.values) | set(snapshot.errors)
        self.files: list[FileRead] = []
        self.warnings: list[str] = []
        self.unresolved: dict[str, list[Origin]] = {}

    def run(self) -> Effective:
        datasources: dict[str, EffectiveDatasource] = {}
        models: dict[str, str | None] = {}
        orders = {
            kind: reading_order(kind, self.env, self.present)
            for kind in ("datasources", "model-config", "config")
        }
        self.files = [file for order in orders.values() for file in order]
        error = None
        try:
            merged = {kind: self._merge(kind, orders[kind]) for kind in self._loading_order()}
            models = _models(merged["model-config"])
            variables = self._with_config(merged["config"])
            datasources = self._resolve(merged["datasources"], variables)
        except MergeRefused as refused:
            error = str(refused)
            datasources = {}
        return Effective(
            env=self.env or "",
            versions=self.versions,
            files=tuple(self.files),
            error=error,
            datasources=datasources,
            models=models,
            unresolved={name: tuple(places) for name, places in self.unresolved.items()},
            warnings=tuple(self.warnings),
        )

    def _loading_order(self) -> tuple[str, ...]:
        # compiler.js (2.x) against the list of plugins in bootstrapper.js (3.x): it decides which
        # of several errors is reported.
        if self.versions.major < 3:
            return ("config", "model-config", "datasources")
        return ("config", "datasources", "model-config")

    def _merge(self, kind: str, order: list[FileRead]) -> Node:
        if order[0].state == "missing" and any(file.state == "hidden" for file in order):
            self.warnings.append(
                f"{kind}.json is missing, so LoopBack reads none of its other layers."
            )
        result: Node | None = None
        for file in order:
            if file.state == "script":
                self.warnings.append(
                    f"{file.path} is a script: the values it sets are not known to loopmail."
                )
            if file.state != "read":
                continue
            layer = self._read(file.path)
            if result is None:
                if layer.content is None:
                    raise MergeRefused("Object.defineProperty called on non-object")
                result = layer
            else:
                path = str(self.snapshot.app.server / file.path)
                merge_layer(result, layer, path, self.versions.major)
        return result or Node({}, None, "")

    def _read(self, name: str) -> Node:
        if name in self.snapshot.errors:
            raise MergeRefused(self.snapshot.errors[name])
        if name not in self.snapshot.values:
            raise MergeRefused(f"{name} could not be read.")
        return track(self.snapshot.values[name], name)

    def _with_config(self, config: Node) -> Variables:
        if self.variables.config:
            return self.variables
        settings = app_settings(plain(config), self.env, self.variables.environment)
        return replace(self.variables, config=settings)

    def _resolve(self, merged: Node, variables: Variables) -> dict[str, EffectiveDatasource]:
        found: dict[str, EffectiveDatasource] = {}
        members = merged.content if isinstance(merged.content, dict) else {}
        for name, node in members.items():
            run = Interpolation(variables, resolves=resolves_variables(self.versions))
            settings = run.resolve(node)
            for variable, _text, origin in run.unresolved:
                self.unresolved.setdefault(variable, []).append(origin)
            if not isinstance(settings, dict):
                raise MergeRefused(
                    f'Cannot create data source "{name}": '
                    "can not create data source without config object"
                )
            found[name] = EffectiveDatasource(name, settings, run.origins)
        return found


def _models(merged: Node) -> dict[str, str | None]:
    models: dict[str, str | None] = {}
    if isinstance(merged.content, dict):
        for name, node in merged.content.items():
            if name == "_meta":
                continue
            value = plain(node)
            bound = value.get("dataSource") if isinstance(value, dict) else None
            models[name] = bound if isinstance(bound, str) else None
    return models
