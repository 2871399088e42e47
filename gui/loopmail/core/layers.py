"""What LoopBack loads: merge and interpolation. STUB: bodies are being written.

The specification is loopback-boot's config-loader.js/executor.js (2.x) and plugin-base.js (3.x).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import Json
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Snapshot

FileState = Literal["read", "hidden", "script", "missing"]


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file in LoopBack's reading order and what became of it."""

    path: str  # the file's name in the server folder
    state: FileState


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an effective value stands: file, JSON Pointer in that file, and the variable, if any."""

    file: str | None
    pointer: str
    variable: str | None = None
    source: str | None = (
        None  # of the variable: "environment", "keyring", "config", None = unresolved
    )


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

    env: str
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
    raise NotImplementedError
