"""A LoopBack app on disk. STUB: signatures are settled, bodies are being written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loopmail.core.versions import Versions

FileKind = Literal["datasources", "model-config", "config"]
Slot = Literal["base", "local", "env"]


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file of one of LoopBack's layered configurations."""

    name: str  # e.g. "datasources.production.json"; unique within the server folder
    path: Path
    kind: FileKind
    slot: Slot
    env: str | None  # for slot "env"
    script: bool  # a .js file: listed, never executed


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model definition found in the model sources."""

    name: str
    base: str | None
    path: Path


@dataclass(frozen=True, slots=True)
class AppFolder:
    """What is there: nothing is executed, nothing is written."""

    root: Path  # the app: the folder that holds package.json and usually server/
    server: Path  # the folder that holds datasources.json
    name: str  # package.json's name, else the root folder's name
    files: tuple[LayerFile, ...]
    models: tuple[ModelFile, ...]
    versions: Versions
    notes: tuple[str, ...] = ()  # sentences about what could not be read (broken package.json, …)

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that files exist for, `development` always first."""
        raise NotImplementedError

    def file(self, name: str) -> LayerFile | None:
        """Return the layer file of this name."""
        raise NotImplementedError


def open_app(path: Path) -> AppFolder:
    """Look at a folder (the app, its server/ folder, or files at the root); raise AppError.

    Broken JSON in the app's files is no error here.
    """
    raise NotImplementedError
