"""A LoopBack app on disk: which files exist and which versions apply; nothing is executed."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from loopmail.core.app_search import find_app
from loopmail.core.bounded_files import file_names, read_json
from loopmail.core.js import Json, Undefined
from loopmail.core.model_files import ModelFile, find_models
from loopmail.core.versions import Versions, detect_with_notes

__all__ = ["AppFolder", "FileKind", "LayerFile", "ModelFile", "Slot", "open_app"]

FileKind = Literal["datasources", "model-config", "config"]
Slot = Literal["base", "local", "env"]

LAYER_NAME = re.compile(r"(datasources|model-config|config)(?:\.([^/\\]+))?\.(json|js)\Z")
LAYER_LIMIT = 200  # files; more environments than anybody has
NAME_LIMIT = 214  # npm's own limit for a package name
_PACKAGE_NAME = re.compile(r"(?:@[^/@]+/)?[^/@][^/]*\Z")


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
    root, server = find_app(path)
    notes: list[str] = []
    files = layer_files(server, notes)
    name = _app_name(root, notes)
    models = find_models(root, server, notes)
    versions, version_notes = detect_with_notes(root)
    return AppFolder(
        root=root,
        server=server,
        name=name,
        files=files,
        models=models,
        versions=versions,
        notes=(*notes, *version_notes),
    )


def layer_files(server: Path, notes: list[str]) -> tuple[LayerFile, ...]:
    """List the layer files of a folder; `notes` gets a sentence for each name that is no file.

    Folders, FIFOs and the like are listed, since LoopBack would try to read them, too; a link
    that leads nowhere is not.
    """
    names, problem = file_names(server)
    if problem is not None:
        notes.append(f"{server} {problem}.")
    found: list[LayerFile] = []
    for name in names:
        layer = _layer_file(server, name)
        if layer is None:
            continue
        if not os.path.exists(layer.path):
            notes.append(f"{name} is a link that leads nowhere; LoopBack does not see it.")
        elif len(found) == LAYER_LIMIT:
            notes.append(f"Only the first {LAYER_LIMIT} configuration files are listed.")
            break
        else:
            if not os.path.isfile(layer.path):
                notes.append(f"{name} is no regular file; LoopBack cannot read it.")
            found.append(layer)
    return tuple(sorted(found, key=_place))


def _layer_file(server: Path, name: str) -> LayerFile | None:
    match = LAYER_NAME.match(name)
    if match is None or not name.isprintable():
        return None
    layer = match[2]
    slot: Slot = "base" if layer is None else "local" if layer == "local" else "env"
    kind = cast(FileKind, match[1])
    env = layer if slot == "env" else None
    return LayerFile(name, server / name, kind, slot, env, script=match[3] == "js")


def _place(file: LayerFile) -> tuple[int, int, str, bool]:
    kinds = ("datasources", "model-config", "config")
    slots = ("base", "local", "env")
    return kinds.index(file.kind), slots.index(file.slot), file.env or "", file.script


def _app_name(root: Path, notes: list[str]) -> str:
    value, problem = read_json(root / "package.json")
    if problem is not None:
        notes.append(f"package.json {problem}. The app goes by its folder's name.")
    elif value is not Undefined.UNDEFINED:
        name = _package_name(value)
        if name is not None:
            return name
        notes.append("package.json has no usable name. The app goes by its folder's name.")
    folder = root.name or root.resolve().name or "app"
    return "".join(char if char.isprintable() else "?" for char in folder)


def _package_name(package: Json) -> str | None:
    name = package.get("name") if isinstance(package, dict) else None
    if not isinstance(name, str) or len(name) > NAME_LIMIT or not name.isprintable():
        return None
    name = name.strip()
    return name if _PACKAGE_NAME.match(name) else None
