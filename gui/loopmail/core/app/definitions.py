"""The model definitions that an app's sources hold, as loopback-boot finds them; no script is run.

Sources: findModelDefinitions, loadModelDefinition, fixFileExtension and tryResolveAppPath in
loopback-boot 2.28 `lib/compiler.js` and 3.3 `lib/plugins/model.js` and `lib/utils.js`; both have
the same rules. What becomes of a definition is in `core/loopback/registry.py`.
"""

import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app.folder import AppFolder
from loopmail.core.disk.reading import file_names, read_json, read_text
from loopmail.core.js import UNDEFINED, Json, Undefined

DEFAULT_SOURCES = ("./models",)
# Perhaps it is a copy of the configuration alone.
NO_FILES = "There are no model files in the app's model folders."
SOURCE_LIMIT = 50  # folders that are searched
FILE_LIMIT = 2_000  # definitions that are read


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A file that loopback-boot takes for a model definition."""

    path: Path
    value: Json | Undefined  # UNDEFINED: not read
    problem: str | None = None  # why it was not, as half a sentence
    missing: bool = False  # a folder, or a link that leads nowhere
    broken: bool = False  # not JSON
    script: Path | None = None  # the script beside it, which may change anything


@dataclass(frozen=True, slots=True)
class DefinitionFolder:
    """A folder of definitions, in the order in which Node lists it."""

    path: Path
    files: tuple[DefinitionFile, ...]
    lost_link: Path | None = None  # leads nowhere; LoopBack stops as it looks for scripts
    loopbacks: bool = False  # LoopBack's own models


@dataclass(frozen=True, slots=True)
class Definitions:
    """What is in the sources, in their order, and sentences about what was not looked at."""

    folders: tuple[DefinitionFolder, ...]
    notes: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Sentences about all that LoopBack would read and that is not known."""
        files = [file for folder in self.folders for file in folder.files if file.problem]
        return (*self.notes, *(f"{file.path} {file.problem}." for file in files))


# --- Where a source leads -------------------------------------------------------------

_OWN = ("node_modules", "loopback", "common", "models")


def resolve_source(server: Path, source: str) -> Path | None:
    """Return the folder or file that a source leads to, None if there is none.

    `loopback/common/models` is found although the app's packages are not installed here: an app
    that runs has them.
    """
    if "\0" in source:
        return None
    full = Path(os.path.normpath(server / source))
    if os.path.lexists(full) and os.path.exists(full):
        return full
    if (file := _required(full)) is not None:
        return file
    if source.startswith(("/", "./", "..")):
        return None
    for folder in (server, *server.parents):
        if folder.name == "node_modules":
            continue
        candidate = Path(os.path.normpath(folder / "node_modules" / source))
        if (file := _required(candidate)) is not None:
            return file
        if os.path.exists(candidate):
            return candidate
    installed = Path(os.path.normpath(server / "node_modules" / source))
    return installed if installed.parts[-4:] == _OWN else None


def _is_of_package(source: str) -> bool:
    """Tell whether a source is in a package that the app gets with `npm install`."""
    inside = source.startswith(("./", "..")) and "node_modules" not in source.split("/")
    # LoopBack has no such folder, although its generator names it.
    return not inside and not source.startswith(("/", "loopback/")) and "\0" not in source


def _required(path: Path) -> Path | None:
    """Return the file that Node's `require.resolve` of a path finds (modules.html), or None."""
    endings = ("", ".js", ".json", ".node")
    for name in (f"{path}{ending}" for ending in endings):
        if os.path.isfile(name):
            return Path(name)
    package = read_json(path / "package.json")[0]
    main = package.get("main") if isinstance(package, dict) else None
    inner = [path / main] if isinstance(main, str) and main and "\0" not in main else []
    for folder in (*inner, path):
        names = [f"{folder}{ending}" for ending in endings] if folder is not path else []
        names += [str(folder / f"index{ending}") for ending in endings[1:]]
        if (found := next(filter(os.path.isfile, names), None)) is not None:
            return Path(found)
    return None


# --- What is in a source --------------------------------------------------------------


def definitions_of(app: AppFolder, sources: Sequence[str]) -> Definitions:
    """Return what is in these sources, read once for an `AppFolder`. May be called on any thread."""
    key = ("definitions", *sources)
    if key not in app.kept:
        app.kept[key] = read_definitions(app.server, sources)
    found = app.kept[key]
    assert isinstance(found, Definitions)
    return found


def read_definitions(server: Path, sources: Sequence[str]) -> Definitions:
    """Read what is in the sources of an app, within limits."""
    folders: list[DefinitionFolder] = []
    notes: list[str] = []
    left = FILE_LIMIT
    for source in sources[:SOURCE_LIMIT]:
        path = resolve_source(server, source)
        if path is None:
            if _is_of_package(source):
                notes.append(f"The models of {source} are not installed here.")
            continue
        if path.parts[-4:] == _OWN:
            folders.append(DefinitionFolder(path, (), loopbacks=True))
            continue
        if path.is_file():  # has no models in it
            continue
        names, problem = file_names(path)
        if problem is not None:
            notes.append(f"{path} {problem}.")
        folder = _read_folder(path, names, left)
        left -= len(folder.files)
        folders.append(folder)
    if sources and not any(folder.files for folder in folders):
        notes.append(NO_FILES)
    if left == 0 or len(sources) > SOURCE_LIMIT:
        notes.append(
            f"Only {SOURCE_LIMIT} model folders and {FILE_LIMIT:,} model files are looked at."
        )
    return Definitions(tuple(folders), tuple(notes))


def _read_folder(path: Path, names: Sequence[str], limit: int) -> DefinitionFolder:
    # As Node lists a folder: by the bytes of the names.
    ordered = sorted(names, key=os.fsencode)
    wanted = [n for n in ordered if n[0] != "_" and n.endswith(".json") and n != ".json"][:limit]
    links = [name for name in ordered if wanted and not os.path.exists(path / name)]
    scripts = {name for name in names if name.endswith(".js")}
    files = []
    for name in wanted:
        script = f"{name.removesuffix('.json')}.js"
        files.append(_read_file(path / name, path / script if script in scripts else None))
    return DefinitionFolder(path, tuple(files), path / links[0] if links else None)


def _read_file(path: Path, script: Path | None) -> DefinitionFile:
    text, problem = read_text(path)
    if text is None:
        missing = problem is None or path.is_dir()
        return DefinitionFile(path, UNDEFINED, problem or "does not exist", missing, script=script)
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        problem = f"is not valid JSON (line {error.lineno}, column {error.colno})"
        return DefinitionFile(path, UNDEFINED, problem, broken=True, script=script)
    except (ValueError, RecursionError):
        return DefinitionFile(path, UNDEFINED, "is not JSON that can be read", script=script)
    return DefinitionFile(path, value, script=script)


def _refuse(constant: str) -> Json:
    """Refuse NaN and Infinity, which are no JSON."""
    raise json.JSONDecodeError(f"{constant} is no JSON", constant, 0)


# --- What scripts say -----------------------------------------------------------------

SCRIPT_LIMIT = 200  # scripts that are searched
_TEXT_LIMIT = 8_000_000  # characters of all of them


def scripts_mention(app: AppFolder, word: str) -> bool:
    """Tell whether a script in the server folder or its `boot` folder has a word in its text.

    Nothing is run, and a comment counts as well: it is a reason not to be sure. So is a script that
    could not be read, or too many to read. They are read once for an `AppFolder`.
    """
    key = "scripts"
    if key not in app.kept:
        app.kept[key] = _read_scripts(app.server)
    texts: Mapping[Path, str] | None = app.kept[key]
    return texts is None or any(word in text for text in texts.values())


def _read_scripts(server: Path) -> dict[Path, str] | None:
    """Return the texts of the app's scripts, None if one cannot be read or there are too many."""
    scripts = [
        folder / name
        for folder in (server, server / "boot")
        for name in file_names(folder)[0]
        if name.endswith((".js", ".ts"))
    ]
    if len(scripts) > SCRIPT_LIMIT:
        return None
    texts: dict[Path, str] = {}
    for script in scripts:
        text, problem = read_text(script)
        texts[script] = text or ""
        if problem is not None or sum(map(len, texts.values())) > _TEXT_LIMIT:
            return None
    return texts


# --- Docker Compose -------------------------------------------------------------------

_COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def compose_file_of(app: AppFolder, service: str) -> str | None:
    """Return the compose file, in the app's folder or the one above, that has this service, or None.

    The file is searched as text: a name of its own, indented and alone on its line. It is read once
    for an `AppFolder`.
    """
    key = "compose"
    if key not in app.kept:
        folders = (app.root, app.root.parent)
        paths = [folder / name for folder in folders for name in _COMPOSE_FILES]
        app.kept[key] = {path: read_text(path)[0] or "" for path in paths}
    texts: Mapping[Path, str] = app.kept[key]
    wanted = re.compile(rf"^[ \t]+[\"']?{re.escape(service)}[\"']?:[ \t]*(?:#.*)?$", re.MULTILINE)
    return next((path.name for path, text in texts.items() if wanted.search(text)), None)


# --- Whether it is still as it was read -----------------------------------------------

_STAMPS = "stamps"


def note_stamps(app: AppFolder) -> None:
    """Note times and sizes of what was read of an app's folder, for `is_outdated`."""
    app.kept[_STAMPS] = _stamps(app)


def is_outdated(app: AppFolder) -> bool:
    """Tell whether models, scripts, package.json or a lock file changed since `note_stamps`.

    The app's configuration files are not looked at. The disk may take its time: not for a GUI
    thread.
    """
    noted: Mapping[Path, object] = app.kept.get(_STAMPS, {})
    return any(_stamp(path) != stamp for path, stamp in noted.items())


def _stamps(app: AppFolder) -> dict[Path, tuple[int, int] | None]:
    paths = {app.root / name for name in ("package.json", "package-lock.json", "yarn.lock")}
    paths |= {app.root / "node_modules", app.server / "boot"}
    for read in tuple(app.kept.values()):
        if isinstance(read, Definitions):
            for folder in read.folders:
                paths |= {folder.path, *(file.path for file in folder.files)}
        elif read is not None:
            paths |= set(read)
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


# --- The name of a definition without one ---------------------------------------------
# Source: _.upperFirst(_.camelCase(stem)) in loadModelDefinition; camelCase, deburr, words,
# hasUnicodeWord, asciiWords and unicodeWords in lodash 4.17 `lodash.js`. Emoji count as one word
# each here, without the joiners that lodash knows.

_COMBINING = re.compile("[\u0300-\u036f\ufe20-\ufe2f\u20d0-\u20ff]")
_LATIN = re.compile("[\xc0-\xd6\xd8-\xf6\xf8-\u017f]")
_DEBURRED = {
    "Æ": "Ae", "æ": "ae", "Ð": "D", "ð": "d", "Ø": "O", "ø": "o", "Þ": "Th", "þ": "th",
    "ß": "ss", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Ĳ": "IJ", "ĳ": "ij",
    "ĸ": "k", "Ŀ": "L", "ŀ": "l", "Ł": "L", "ł": "l", "ŉ": "'n", "Ŋ": "N", "ŋ": "n",
    "Œ": "Oe", "œ": "oe", "Ŧ": "T", "ŧ": "t", "ſ": "s",
}  # fmt: skip
_HAS_UNICODE_WORD = re.compile("[a-z][A-Z]|[A-Z]{2}[a-z]|[0-9][a-zA-Z]|[a-zA-Z][0-9]|[^a-zA-Z0-9 ]")
_ASCII_WORD = re.compile("[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
_BREAKS = (
    "\xac\xb1\xd7\xf7\x00-\x2f\x3a-\x40\\x5b-\x60\x7b-\xbf\u2000-\u206f \t\x0b\f\xa0\ufeff\n\r"
    "\u2028\u2029\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"
)
_LOWERS, _UPPERS, _ASTRAL = (
    "a-z\xdf-\xf6\xf8-\xff",
    "A-Z\xc0-\xd6\xd8-\xde",
    "\U00010000-\U0010ffff",
)
_BREAK, _LOWER, _UPPER = f"[{_BREAKS}]", f"[{_LOWERS}]", f"[{_UPPERS}]"
_MISC = f"[^{_ASTRAL}{_BREAKS}0-9\u2700-\u27bf{_LOWERS}{_UPPERS}]"
_MISC_LOWER, _MISC_UPPER = f"(?:{_LOWER}|{_MISC})", f"(?:{_UPPER}|{_MISC})"
_UNICODE_WORD = re.compile(
    "|".join(
        (
            f"{_UPPER}?{_LOWER}+(?={_BREAK}|{_UPPER}|\\Z)",
            f"{_MISC_UPPER}+(?={_BREAK}|{_UPPER}{_MISC_LOWER}|\\Z)",
            f"{_UPPER}?{_MISC_LOWER}+",
            f"{_UPPER}+",
            "[0-9]*(?:1ST|2ND|3RD|(?![123])[0-9]TH)(?=(?a:\\b)|[a-z_])",
            "[0-9]*(?:1st|2nd|3rd|(?![123])[0-9]th)(?=(?a:\\b)|[A-Z_])",
            "[0-9]+",
            f"[{_ASTRAL}\u2700-\u27bf]",
        )
    )
)


def name_of_file(stem: str) -> str:
    """Return the name LoopBack gives a definition without one: `my-model` is `MyModel`."""
    plain = _COMBINING.sub("", _LATIN.sub(_deburred, stem)).replace("'", "").replace("’", "")
    pattern = _UNICODE_WORD if _HAS_UNICODE_WORD.search(plain) else _ASCII_WORD
    words = [word.lower() for word in pattern.findall(plain)]
    return "".join(word[:1].upper() + word[1:] for word in words)


def _deburred(letter: re.Match[str]) -> str:
    found = letter.group()
    return _DEBURRED.get(found) or unicodedata.normalize("NFD", found)
