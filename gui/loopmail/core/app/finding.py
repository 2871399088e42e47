"""Finding the app that a folder belongs to, or the apps in the folders below; nothing is executed."""

import os
import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from loopmail.core.app.misnamed import misnamed_files
from loopmail.core.app.packages import declared
from loopmail.core.disk.reading import file_names, read_json, read_text, reason, shown
from loopmail.core.errors import AppError, SeveralApps
from loopmail.core.jsontext.pointer import at

_EVIDENCE = re.compile(r"(?:datasources|model-config)(?:\.[^/\\]+)?\.json\Z")
_HOW_TO_FIX = (
    "Choose the app's folder (the one with package.json) or its server folder, "
    "which holds datasources.json and model-config.json."
)

# Folders of sources, and those that a build fills from them: TypeScript's usual names.
_SOURCES = ("src",)
_BUILT = ("dist", "build", "out", "lib")
# Where nobody keeps an app's sources. Names that begin with a dot are left out as well.
_NEVER = frozenset((*_BUILT, "node_modules", "bower_components", "jspm_packages", "coverage"))
_NOT_AN_APP = frozenset(("test", "tests", "__tests__", "fixtures", "spec"))

DEPTH = 4  # folders below the one that is opened: packages/shop/src/server
FOLDERS = 2_000  # that are looked into
_SECONDS = 5.0  # only a network drive takes that long
MOST_APPS = 50


class AppPlace(NamedTuple):
    """Where an app is."""

    root: Path  # the app: the folder that holds package.json and usually server/
    server: Path  # the folder that holds datasources.json
    built: Path | None = None  # the copy of `server` that a build makes and LoopBack reads


def find_app(path: Path) -> AppPlace:
    """Return where the app is that a folder belongs to, or holds; raise AppError, SeveralApps.

    The path may be the app's folder, its `server` folder, an app with its files at the root, or a
    folder with one app somewhere in the folders below.
    """
    path = _folder(path)
    names, problem = file_names(path)
    if problem is not None and not names:
        raise AppError(path, f"The folder {shown(path)} {problem}.")
    inner = path / "server"
    inner_names, inner_problem = file_names(inner)
    if _has_evidence(inner, inner_names) or _has_evidence(path, names):
        return _place(inner if _has_evidence(inner, inner_names) else path)
    if inner_problem is not None and not inner_names:
        raise AppError(path, f"The folder {shown(inner)} {inner_problem}.")
    depends = _depends_on_loopback(path)
    if depends and _boots(inner, inner_names):
        return AppPlace(path, inner)
    below = list(_apps_below(path))
    if len(below) == 1:
        return below[0]
    if below:
        raise _several(path, below)
    if depends and inner.is_dir():
        return AppPlace(path, inner)
    if depends and _boots(path, names):
        return AppPlace(path, path)
    if path.name == "server" and _depends_on_loopback(path.parent):
        return AppPlace(path.parent, path)
    raise AppError(path, _no_app(path, names, inner_names, depends=depends))


def _folder(path: Path) -> Path:
    try:
        path = Path(os.path.abspath(path))
        if path.is_dir():
            return path
        exists = os.path.lexists(path)
    except (OSError, ValueError) as error:
        raise AppError(path, f"{shown(path)} cannot be opened: {reason(error)}.") from error
    if not exists:
        raise AppError(path, f"The folder {shown(path)} does not exist. {_HOW_TO_FIX}")
    raise AppError(path, f"{shown(path)} is a file, not a folder. {_HOW_TO_FIX}")


def _has_evidence(folder: Path, names: Sequence[str]) -> bool:
    """Tell whether a folder holds a file that only LoopBack apps have."""
    return any(_EVIDENCE.match(name) and os.path.isfile(folder / name) for name in names)


def _depends_on_loopback(folder: Path) -> bool:
    return "loopback" in declared(folder, ("dependencies",)) or os.path.isfile(
        folder / "node_modules" / "loopback" / "package.json"
    )


# loopback-boot reads the folder that it is given, which is that of the calling script by custom
# (`boot(app, __dirname)`).
_BOOT_SCRIPT = re.compile(r"(?:server|app|index|main|application)\.(?:js|ts|mjs|cjs)\Z")
_NAMES_LOOPBACK = re.compile(r"""["'`]loopback(?:-boot)?["'`]""")


def _boots(folder: Path, names: Sequence[str]) -> bool:
    """Tell whether a script of this folder starts LoopBack, as far as its text shows."""
    texts = (read_text(folder / name)[0] for name in names if _BOOT_SCRIPT.match(name))
    return any(text is not None and _NAMES_LOOPBACK.search(text) for text in texts)


# The option that replaces the files: compile() in loopback-boot 2.28.0, lib/compiler.js;
# PluginBase.prototype.load() in 3.3.1, lib/plugin-base.js.
_HANDED = re.compile(r"\bboot\s*\([^;]{0,2000}?\bdataSources\s*[:,}]")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def handing_script(folder: Path) -> str | None:
    """Return the script that gives loopback-boot its data sources in code, as its text shows.

    loopback-boot reads no datasources.json then.
    """
    for name in file_names(folder)[0]:
        text = read_text(folder / name)[0] if _BOOT_SCRIPT.match(name) else None
        if text is not None and _HANDED.search(_COMMENT.sub("", text)):
            return name
    return None


# --- Where an app begins and where it is built ----------------------------------------


def _place(server: Path) -> AppPlace:
    """Return the app of a folder that holds its files."""
    root = server
    if not _is_package(server) and (server.name == "server" or _is_package(server.parent)):
        root = server.parent
        if root.name in (*_SOURCES, *_BUILT) and not _is_package(root) and _is_package(root.parent):
            root = root.parent
    return AppPlace(root, server, _copy_of(root, server))


def _is_package(folder: Path) -> bool:
    return os.path.isfile(folder / "package.json")


def _copy_of(root: Path, server: Path) -> Path | None:
    """Return the folder that a build makes of `server`, if it is there and holds its files.

    A `server` outside of src/ counts only if package.json starts the app from the copy: for plain
    JavaScript a dist folder is something else.
    """
    inside = server.relative_to(root).parts
    sources = bool(inside) and inside[0] in _SOURCES
    if not inside or inside[0] in _BUILT:
        return None
    for name in _BUILT:
        for parts in (inside[1:], inside) if sources else (inside,):
            copy = root.joinpath(name, *parts)
            if _has_evidence(copy, file_names(copy)[0]) and (sources or _starts_from(root, name)):
                return copy
    return None


def _starts_from(root: Path, folder: str) -> bool:
    package = read_json(root / "package.json")[0]
    starts = [at(package, ("main",)), at(package, ("scripts", "start"))]
    mention = re.compile(rf"(?:^|[\s./]){re.escape(folder)}(?:/|\s|$)")
    return any(isinstance(text, str) and mention.search(text) for text in starts)


# --- The folders below ----------------------------------------------------------------


def _apps_below(path: Path) -> Iterator[AppPlace]:
    """Yield the apps in the folders below, level by level; no link is followed."""
    waiting = deque([(path, 0)])
    looked, end, found = 0, time.monotonic() + _SECONDS, 0
    while waiting and looked < FOLDERS and found < MOST_APPS and time.monotonic() < end:
        folder, depth = waiting.popleft()
        looked += 1
        names = file_names(folder)[0]
        if depth and _has_evidence(folder, names) and _is_likely(path, folder, names):
            found += 1
            yield _place(folder)
            continue
        if depth < DEPTH:
            wanted = [folder / name for name in names if _worth_a_look(name)]
            waiting.extend((one, depth + 1) for one in wanted if _is_real_folder(one))


def _worth_a_look(name: str) -> bool:
    return name.isprintable() and name[:1] != "." and name.lower() not in _NEVER | _NOT_AN_APP


def _is_real_folder(path: Path) -> bool:
    # os.path's, since Path's raises where the folder above may not be entered
    return os.path.isdir(path) and not os.path.islink(path)


def _is_likely(top: Path, folder: Path, names: Sequence[str]) -> bool:
    """Tell whether files found by searching are LoopBack's: other programs have data sources, too."""
    if folder.name == "server" or "model-config.json" in names:
        return True
    above = [folder, *folder.parents]
    within = above[: above.index(top) + 1]
    return any("loopback" in declared(one, ("dependencies",)) for one in within)


def _several(path: Path, found: Sequence[AppPlace]) -> SeveralApps:
    places = [place.root if place.root != path else place.server for place in found]
    # Two apps under one package.json go by their server folders.
    twice = {one for one in places if places.count(one) > 1}
    places = [p.server if one in twice else one for one, p in zip(places, found, strict=True)]
    names = [shown(one.relative_to(path)) for one in places]
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return SeveralApps(
        path,
        f"{shown(path)} holds {len(names)} LoopBack apps: {listed}. "
        f"Name one of them, such as {shown(places[0])}.",
        tuple(places),
    )


# --- No app ---------------------------------------------------------------------------


def _no_app(path: Path, names: Sequence[str], inner: Sequence[str], *, depends: bool) -> str:
    if not names:
        return f"The folder {shown(path)} is empty. {_HOW_TO_FIX}"
    nearly = _nearly(names, "") or _nearly(inner, "server/")
    if any(name.startswith("@loopback/") for name in declared(path, ("dependencies",))):
        return (
            f"{shown(path)} is a LoopBack 4 app. loopmail is for LoopBack 2 and 3, "
            "which keep their mail settings in server/datasources.json."
        )
    if depends:
        return (
            f"The package.json of {shown(path)} names loopback, but its files were not found: "
            f"there is no datasources.json or model-config.json in it, in its server folder or up "
            f"to {DEPTH} folders below (node_modules and built copies such as dist do not count)."
            f"{nearly} Choose the folder that your app gives to loopback-boot."
        )
    return (
        f"{shown(path)} is no LoopBack app: neither it nor a folder in it has a "
        f"datasources.json or model-config.json, and its package.json does not name loopback."
        f"{nearly} {_HOW_TO_FIX}"
    )


def _nearly(names: Sequence[str], folder: str) -> str:
    for kind in ("datasources", "model-config"):
        for one in misnamed_files(names, kind):
            return f" There is {folder}{shown(one.name)}; LoopBack reads {one.meant} only."
    return ""
