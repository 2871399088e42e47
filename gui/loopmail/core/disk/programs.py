"""Finding the programs that loopmail starts of its own accord, never those of the opened app.

A PATH such as `./node_modules/.bin:/usr/bin`, an empty entry (the current folder) or the folder of
a project in it would have us run a `git` or `node` that came with the app. Windows even looks into
the current folder first. So only absolute entries count, and nothing inside the app's folder or the
git repository that this is a part of, by whatever way: not through a symbolic link into it, nor
through one that lies in it.
"""

import os
import sys
from pathlib import Path

_WINDOWS_ENDINGS = ".COM;.EXE;.BAT;.CMD"


def find_tool(name: str, outside: Path, path: str | None = None) -> Path | None:
    """Return a program of the absolute folders in `path` (None: PATH), None if there is none.

    One that belongs to the project in the folder `outside` does not count.
    """
    endings = [""]
    if sys.platform == "win32":
        endings = (os.environ.get("PATHEXT") or _WINDOWS_ENDINGS).split(os.pathsep)
    whole = _whole_project(outside)
    for folder in filter(None, safe_path(outside, path).split(os.pathsep)):
        for ending in endings:
            program = Path(folder, name + ending)
            if (
                program.is_file()
                and os.access(program, os.X_OK)
                and not _is_inside(program.resolve(), whole)
            ):
                return program
    return None


def tool_environment(outside: Path) -> dict[str, str]:
    """Return our environment for such a program, which starts others by its PATH in turn."""
    environment = {**os.environ, "PATH": safe_path(outside)}
    if sys.platform == "win32":
        environment["NoDefaultCurrentDirectoryInExePath"] = "1"
    return environment


def safe_path(outside: Path, path: str | None = None) -> str:
    """Return `path` (None: PATH) without relative entries and those of the project in `outside`."""
    if path is None:
        path = os.environ.get("PATH", os.defpath)
    whole = _whole_project(outside)
    return os.pathsep.join(
        entry
        for entry in path.split(os.pathsep)
        if Path(entry).is_absolute()
        and not _is_inside(Path(os.path.abspath(entry)), whole)
        and not _is_inside(Path(os.path.realpath(entry)), whole)
    )


def _whole_project(folder: Path) -> Path:
    """Return the root of the git repository around a folder, the folder itself without one.

    A repository that is the home folder, or holds it, is no project: people keep their settings so.
    """
    real, home = Path(os.path.realpath(folder)), Path(os.path.realpath(os.path.expanduser("~")))
    for parent in (real, *real.parents):
        if os.path.lexists(parent / ".git"):
            return folder if home.is_relative_to(parent) else parent
    return folder


def _is_inside(path: Path, folder: Path) -> bool:
    """Compare folders, not their names: those differ by case, links and mounts."""
    for parent in (path, *path.parents):
        try:
            if parent.samefile(folder):
                return True
        except (OSError, ValueError):  # not there, no permission, a NUL in a name
            continue
    return False
