"""From the merged datasources.json to the settings that each data source is made with.

Sources: setupDataSources in loopback-boot 2.28 `lib/executor.js`, `lib/plugins/datasource.js` in
3.3, dataSourcesFromConfig in loopback's `lib/application.js`, createDataSource in `lib/registry.js`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loopmail.core.boot_errors import BootRefused, cannot_read
from loopmail.core.connectors import could_not_create
from loopmail.core.interpolation import Interpolation
from loopmail.core.js import Json, own_keys, truthy
from loopmail.core.merge_rules import Node
from loopmail.core.origin import Origin
from loopmail.core.variables import Variables

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

    def resolve(self, merged: Node) -> list[ResolvedDatasource]:
        """Return the data sources in file order; raise BootRefused where LoopBack would."""
        members = merged.content if isinstance(merged.content, dict) else {}
        return [
            self._one(name, members[name])
            for name in own_keys(members)
            if name != "__proto__"  # set as the prototype, so it is never found
        ]

    def _one(self, name: str, node: Node) -> ResolvedDatasource:
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
