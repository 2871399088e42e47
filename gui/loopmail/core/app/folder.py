"""A LoopBack app on disk: which files exist and which versions apply; nothing is executed."""

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from loopmail.core.app.finding import find_app, handing_script
from loopmail.core.app.misnamed import Misnamed, is_copy, misnamed_files
from loopmail.core.app.packages import declared, detect_with_notes
from loopmail.core.app.versions import Versions
from loopmail.core.disk.reading import file_names, read_json, shown
from loopmail.core.js import UNDEFINED

# --- The app: its files and versions --------------------------------------------------

FileKind = Literal["datasources", "model-config", "config", "middleware", "component-config"]
Slot = Literal["base", "local", "env"]

LAYER_LIMIT = 200  # files; more environments than anybody has
NAME_LIMIT = 214  # npm's own limit for a package name
_PACKAGE_ABOVE = 3  # folders above an app's that may hold its package.json
_PACKAGE_NAME = re.compile(r"(?:@[^/@]+/)?[^/@][^/]*\Z")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of LoopBack's configurations; a kind of file has one file for each."""

    slot: Slot
    part: str  # of the file's name, after the kind; “{env}” stands for an environment
    private: bool = False  # of one computer: git ignores it by custom

    @property
    def of_one_env(self) -> bool:
        """Whether only one environment reads the file."""
        return "{env}" in self.part


# In the order in which LoopBack merges them; what comes later wins. Source: `findConfigFiles` of
# loopback-boot 2.28 `lib/config-loader.js` and 3.3 `lib/plugin-base.js`.
LAYERS = (Layer("base", ""), Layer("local", ".local", private=True), Layer("env", ".{env}"))
KINDS: tuple[FileKind, ...] = (
    *("datasources", "model-config", "config", "middleware", "component-config"),
)
# Those in which loopback-boot replaces `${VAR}`. Sources: the calls of getUpdatedConfigObject in
# 2.28 `lib/executor.js` and in `lib/plugins/` of 3.3; model-config and config are taken as they are.
INTERPOLATED: tuple[FileKind, ...] = ("datasources", "middleware", "component-config")
_SLOTS = {layer.slot: place for place, layer in enumerate(LAYERS)}


@lru_cache(maxsize=1024)
def layer_name(kind: str, slot: Slot = "base", env: str = "") -> str:
    """Return the name of a layer's JSON file."""
    return f"{kind}{LAYERS[_SLOTS[slot]].part.replace('{env}', env)}.json"


def _pattern(layer: Layer) -> re.Pattern[str]:
    before, _, after = (re.escape(text) for text in layer.part.partition("{env}"))
    part = f"{before}([^/\\\\]+){after}" if layer.of_one_env else f"{before}()"
    return re.compile(rf"({'|'.join(KINDS)}){part}\.(json|js)\Z")


# A name belongs to the layer that says most about it: “local” is no environment's name.
_PATTERNS = [
    (layer, _pattern(layer))
    for layer in sorted(LAYERS, key=lambda layer: (layer.of_one_env, -len(layer.part)))
]


BASE_FILE = layer_name("datasources")
LOCAL_FILE = layer_name("datasources", "local")


class LayerName(NamedTuple):
    """What the name of a file says about it."""

    kind: FileKind
    layer: Layer
    env: str | None  # the only environment that reads it; None: all do
    script: bool


@lru_cache(maxsize=1024)  # asked of the same few names at every letter
def parse_layer_name(name: str) -> LayerName | None:
    """Return what a file's name says, None if it is none of LoopBack's layers."""
    for layer, pattern in _PATTERNS:
        if match := pattern.match(name):
            return LayerName(cast(FileKind, match[1]), layer, match[2] or None, match[3] == "js")
    return None


@lru_cache(maxsize=1024)
def kind_of(name: str) -> FileKind | None:
    """Return which configuration a file is a layer of, None if of none."""
    found = parse_layer_name(name)
    return found.kind if found else None


def is_private(name: str) -> bool:
    """Tell whether a file is a layer of one computer only."""
    found = parse_layer_name(name)
    return found is not None and found.layer.private


@lru_cache(maxsize=1024)
def layers_read(kind: str, env: str | None) -> tuple[str, ...]:
    """Return the JSON files that LoopBack looks for, in merge order; `env` None: the base only."""
    if env is None:
        return (layer_name(kind),)
    return tuple(dict.fromkeys(layer_name(kind, layer.slot, env) for layer in LAYERS))


def reading_place(name: str) -> tuple[int, int, str, bool, str]:
    """Return the key that sorts files as LoopBack reads them; other files come last."""
    found = parse_layer_name(name)
    if found is None:
        return len(KINDS), 0, "", False, name
    kind, layer, env, script = found
    return KINDS.index(kind), _SLOTS[layer.slot], env or "", script, name


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file of one of LoopBack's layered configurations."""

    name: str  # e.g. "datasources.production.json"; unique within the server folder
    path: Path
    kind: FileKind
    slot: Slot
    env: str | None  # the only environment that reads it; None: all do
    script: bool  # a .js file: listed, never executed
    # Whether it is a template or a backup, which no environment is called after.
    copy: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "copy", self.env is not None and is_copy(self.env))


@dataclass(frozen=True, slots=True)
class AppFolder:
    """What is there: nothing is executed, nothing is written."""

    root: Path  # the app: the folder that holds package.json and usually server/
    server: Path  # the folder that holds datasources.json
    name: str  # package.json's name, else the root folder's name
    files: tuple[LayerFile, ...]
    versions: Versions
    notes: tuple[str, ...] = ()  # sentences about what could not be read (broken package.json, …)
    misnamed: tuple[Misnamed, ...] = ()  # files that were probably meant to be among `files`
    built: Path | None = None  # the copy of `server` that a build makes and LoopBack reads
    behind: tuple[str, ...] = ()  # names of the files that are not the same in `built`
    handed: str | None = None  # the script that hands data sources over, so that no file is read
    # What was read of the folder later, by who asks for it; a fresh look at the folder has none.
    kept: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that files exist for, `development` always first."""
        return ("development", *(env for env in self.with_files if env != "development"))

    @property
    def with_files(self) -> tuple[str, ...]:
        """The environments that files exist for; templates and backups are none."""
        found = {file.env for file in self.files if file.env and not file.copy}
        return tuple(sorted(found))

    @property
    def built_note(self) -> str | None:
        """What a change of `server` needs before LoopBack reads it, if anything."""
        if self.built is None:
            return None
        folders = (self.server, self.built)
        source, copy = (shown(one.relative_to(self.root).as_posix()) for one in folders)
        return (
            f"The app runs from {copy}, which is built from {source}: loopmail edits {source}, and "
            "what you change there counts after the next build."
        )

    def file(self, name: str) -> LayerFile | None:
        """Return the layer file of this name."""
        return next((file for file in self.files if file.name == name), None)


def open_app(path: Path) -> AppFolder:
    """Look at a folder (see `find_app`); raise AppError.

    Broken JSON in the app's files is no error here.
    """
    root, server, built = find_app(path)
    notes: list[str] = []
    files = layer_files(server, notes)
    name = _app_name(root, notes)
    versions, version_notes = _versions(root)
    return AppFolder(
        root,
        server,
        name,
        files,
        versions,
        (*notes, *version_notes),
        _misnamed(server),
        built,
        _behind(files, built) if built is not None else (),
        handing_script(server),
    )


def _versions(root: Path) -> tuple[Versions, tuple[str, ...]]:
    """Find the versions, in a folder without package.json from the one that Node finds above it."""
    found = detect_with_notes(root)
    if found[0].source == "default" and not os.path.isfile(root / "package.json"):
        above = (one for one in list(root.parents)[:_PACKAGE_ABOVE] if "loopback" in declared(one))
        package = next(above, None)
        return found if package is None else detect_with_notes(package)
    return found


def _behind(files: Sequence[LayerFile], built: Path) -> tuple[str, ...]:
    """Return the JSON files whose built copy says something else, or is not there."""
    names = (one.name for one in files if not one.script and not one.copy)
    values = ((name, read_json(built / name)[0]) for name in names)
    ours = {one.name: read_json(one.path)[0] for one in files}
    return tuple(name for name, value in values if value != ours[name])


def _misnamed(server: Path) -> tuple[Misnamed, ...]:
    names = file_names(server)[0]
    found = (one for kind in KINDS[:2] for one in misnamed_files(names, kind))
    return tuple(one for one in found if os.path.isfile(server / one.name))


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
        parsed = parse_layer_name(name)
        if parsed is None or not name.isprintable():
            continue
        path = server / name
        unseen, looked_at = _unseen(path)
        if unseen:
            notes.append(f"{name} is {unseen}; LoopBack does not see it.")
            continue
        if len(found) == LAYER_LIMIT:
            notes.append(f"Only the first {LAYER_LIMIT} configuration files are listed.")
            break
        if looked_at and not os.path.isfile(path):
            notes.append(f"{name} is no regular file; LoopBack cannot read it.")
        kind, layer, env, script = parsed
        found.append(LayerFile(name, path, kind, layer.slot, env, script))
    return tuple(sorted(found, key=lambda file: reading_place(file.name)))


def _unseen(path: Path) -> tuple[str, bool]:
    """Return why Node's existsSync says no, "" if it need not, and whether the file can be looked at.

    One that cannot be is listed: it is there, and reading it says what is wrong.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "a link that leads nowhere", False
    except OSError as error:
        return "a link that leads in a circle" if error.errno == errno.ELOOP else "", False
    return "", True


def _app_name(root: Path, notes: list[str]) -> str:
    package, problem = read_json(root / "package.json")
    if problem is not None:
        notes.append(f"package.json {problem}. The app goes by its folder's name.")
    elif package is not UNDEFINED:
        name = package.get("name") if isinstance(package, dict) else None
        if isinstance(name, str) and len(name) <= NAME_LIMIT and name.isprintable():
            name = name.strip()
            if _PACKAGE_NAME.match(name):
                return name
        notes.append("package.json has no usable name. The app goes by its folder's name.")
    folder = root.name or root.resolve().name or "app"
    return "".join(char if char.isprintable() else "?" for char in folder)
