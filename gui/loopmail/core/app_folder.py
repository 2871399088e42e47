"""A LoopBack app on disk: which files exist and which versions apply; nothing is executed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loopmail.core.errors import AppError
from loopmail.core.versions import Versions, detect

FileKind = Literal["datasources", "model-config", "config"]
Slot = Literal["base", "local", "env"]

LAYER_NAME = re.compile(r"(datasources|model-config|config)(?:\.(.+))?\.(json|js)\Z", re.DOTALL)


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
        found = sorted({file.env for file in self.files if file.env})
        return ("development", *(env for env in found if env != "development"))

    def file(self, name: str) -> LayerFile | None:
        """Return the layer file of this name."""
        return next((file for file in self.files if file.name == name), None)


def open_app(path: Path) -> AppFolder:
    """Look at a folder (the app, its server/ folder, or files at the root); raise AppError.

    Broken JSON in the app's files is no error here.
    """
    path = path.absolute()
    if not path.is_dir():
        raise AppError(path, f"{path} is not a folder. Choose the folder of a LoopBack app.")
    server = path / "server" if _files(path / "server") else path
    files = _files(server)
    if not files:
        raise AppError(
            path,
            f"{path} is no LoopBack app: there is no datasources.json or model-config.json in it "
            "or in its server folder. Choose the folder that holds server/.",
        )
    root = path
    if server == path and path.name == "server":
        root = path.parent
    try:
        package: Any = json.loads((root / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        package = {}
    name = package.get("name") if isinstance(package, dict) else None
    models: list[ModelFile] = []
    for folder in (root / "common" / "models", root / "server" / "models", root / "models"):
        for file in sorted(folder.glob("*.json")):
            try:
                value: Any = json.loads(file.read_text("utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(value, dict) and isinstance(value.get("name"), str):
                base = value.get("base")
                models.append(
                    ModelFile(value["name"], base if isinstance(base, str) else None, file)
                )
    return AppFolder(
        root,
        server,
        name if isinstance(name, str) and name else root.name,
        files,
        tuple(models),
        detect(root),
    )


def _files(folder: Path) -> tuple[LayerFile, ...]:
    found = []
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ()
    for entry in entries:
        match = LAYER_NAME.match(entry.name)
        if match and entry.is_file():
            layer = match[2]
            kind: Any = match[1]
            slot: Slot = "base" if layer is None else "local" if layer == "local" else "env"
            env = layer if slot == "env" else None
            found.append(LayerFile(entry.name, entry, kind, slot, env, match[3] == "js"))
    return tuple(found)
