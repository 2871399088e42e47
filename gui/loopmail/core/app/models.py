"""The model definitions of an app, found as loopback-boot finds them, and LoopBack's own models.

No script is run.

Source: findModelDefinitions and loadModelDefinition in loopback-boot 3.3 `lib/plugins/model.js`
(2.28 `lib/compiler.js` has the same rules).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app.definitions import name_of_file
from loopmail.core.disk.reading import file_names, read_json, shown
from loopmail.core.jsontext.pointer import at

FILE_LIMIT = 2_000  # model files that are read
SOURCE_LIMIT = 50  # folders that are searched
NOTE_LIMIT = 10
DEFAULT_FOLDERS = (("common", "models"), ("server", "models"), ("models",))


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model definition found in the model sources."""

    name: str
    base: str | None
    path: Path


def find_models(root: Path, server: Path, notes: list[str]) -> tuple[ModelFile, ...]:
    """Read the definitions of all model folders; later folders win, as in LoopBack.

    `notes` gets a sentence for what could not be read.
    """
    found: dict[str, ModelFile] = {}
    problems: list[str] = []
    read = 0
    for folder in _folders(root, server):
        names, problem = file_names(folder)
        if problem is not None:
            problems.append(f"{shown(os.path.relpath(folder, root))} {problem}.")
        for name in names:
            if name.startswith("_") or not name.endswith(".json"):
                continue
            if read == FILE_LIMIT:
                problems.append(f"Only the first {FILE_LIMIT:,} model files are listed.")
                break
            read += 1
            model = _read(folder / name, root, problems)
            if model is not None:
                found[model.name] = model
        if read == FILE_LIMIT:
            break
    notes += problems[:NOTE_LIMIT]
    if len(problems) > NOTE_LIMIT:
        notes.append(f"{len(problems) - NOTE_LIMIT} more model files could not be read.")
    return tuple(found.values())


def _read(path: Path, root: Path, problems: list[str]) -> ModelFile | None:
    value, problem = read_json(path)
    if problem is None and not isinstance(value, dict):
        problem = "is no model: its content is no object"
    if problem is not None:
        problems.append(f"{shown(os.path.relpath(path, root))} {problem}.")
    if not isinstance(value, dict):
        return None
    name = value.get("name")
    if not isinstance(name, str) or not name:
        name = name_of_file(path.stem)
    base = value.get("base") or at(value, ("options", "base"))
    return ModelFile(name, base if base and isinstance(base, str) else None, path) if name else None


def _folders(root: Path, server: Path) -> Iterator[Path]:
    """The usual folders, then those of model-config.json's `_meta.sources`, each once."""
    candidates = [root.joinpath(*parts) for parts in DEFAULT_FOLDERS]
    candidates.append(server / "models")
    sources = at(read_json(server / "model-config.json")[0], ("_meta", "sources"))
    for source in (sources if isinstance(sources, list) else [])[:SOURCE_LIMIT]:
        # `loopback/common/models` and the like are packages: their models are LoopBack's own.
        if isinstance(source, str) and source and "\0" not in source:
            candidates.append(server / source)
    seen: set[str] = set()
    for folder in candidates:
        real = os.path.realpath(folder)
        if real not in seen and os.path.isdir(real):
            seen.add(real)
            yield Path(os.path.normpath(folder))


# --- LoopBack's own models ------------------------------------------------------------
# Source: loopback 2.42.0 and 3.28.0, lib/builtin-models.js.

# Models an app may want to bind, in the order of usefulness here.
BINDABLE = (
    "Email",
    "User",
    "AccessToken",
    "ACL",
    "Role",
    "RoleMapping",
    "Application",
    "Scope",
    "KeyValueModel",
)
# Base classes and internal ones: known, but not offered.
INTERNAL = ("Model", "PersistedModel", "Change", "Checkpoint", "DataModel")

BUILTIN = frozenset(BINDABLE + INTERNAL)
