"""Finding the LoopBack app that a folder belongs to."""

import os
import re
from pathlib import Path

from loopmail.core.bounded_files import file_names, read_json, reason
from loopmail.core.errors import AppError

_EVIDENCE = re.compile(r"(?:datasources|model-config)(?:\.[^/\\]+)?\.json\Z")
_HOW_TO_MEND = (
    "Choose the app's folder (the one with package.json) or its server folder, "
    "which holds datasources.json and model-config.json."
)


def find_app(path: Path) -> tuple[Path, Path]:
    """Return the app's folder and the folder of its configuration files; raise AppError.

    The path may be the app's folder, its `server` folder, or an app with its files at the root.
    """
    path = _folder(path)
    names, problem = file_names(path)
    if problem is not None and not names:
        raise AppError(path, f"The folder {shown(path)} {problem}.")
    inner = path / "server"
    inner_names, inner_problem = file_names(inner)
    if has_evidence(inner, inner_names):
        return path, inner
    if has_evidence(path, names):
        return _root_of(path, names), path
    if inner_problem is not None and not inner_names:
        raise AppError(path, f"The folder {shown(inner)} {inner_problem}.")
    if _depends_on_loopback(path):
        return path, inner if inner_names or inner.is_dir() else path
    if path.name == "server" and _depends_on_loopback(path.parent):
        return path.parent, path
    raise AppError(path, _no_app(path, names))


def _folder(path: Path) -> Path:
    try:
        path = Path(os.path.abspath(path))
        if path.is_dir():
            return path
        exists = os.path.lexists(path)
    except (OSError, ValueError) as error:
        raise AppError(path, f"{shown(path)} cannot be opened: {reason(error)}.") from error
    if not exists:
        raise AppError(path, f"The folder {shown(path)} does not exist. {_HOW_TO_MEND}")
    raise AppError(path, f"{shown(path)} is a file, not a folder. {_HOW_TO_MEND}")


def has_evidence(folder: Path, names: list[str]) -> bool:
    """Tell whether a folder holds a file that only LoopBack apps have."""
    return any(_EVIDENCE.match(name) and os.path.isfile(folder / name) for name in names)


def _root_of(server: Path, names: list[str]) -> Path:
    """Return the app of a folder with configuration files: itself, or the parent of `server`."""
    if "package.json" in names:
        return server
    parent = server.parent
    if server.name == "server" or os.path.isfile(parent / "package.json"):
        return parent
    return server


def _depends_on_loopback(folder: Path) -> bool:
    return "loopback" in _dependencies(folder) or os.path.isfile(
        folder / "node_modules" / "loopback" / "package.json"
    )


def _dependencies(folder: Path) -> frozenset[str]:
    value = read_json(folder / "package.json")[0]
    groups = value.get("dependencies") if isinstance(value, dict) else None
    return frozenset(groups) if isinstance(groups, dict) else frozenset()


def _no_app(path: Path, names: list[str]) -> str:
    if not names:
        return f"The folder {shown(path)} is empty. {_HOW_TO_MEND}"
    if any(name.startswith("@loopback/") for name in _dependencies(path)):
        return (
            f"{shown(path)} is a LoopBack 4 app. loopmail is for LoopBack 2 and 3, "
            "which keep their mail settings in server/datasources.json."
        )
    return (
        f"{shown(path)} is no LoopBack app: neither it nor a server folder in it has a "
        f"datasources.json or model-config.json, and its package.json does not name loopback. "
        f"{_HOW_TO_MEND}"
    )


def shown(path: Path) -> str:
    """Return a path as it can stand in a sentence, whatever characters it has."""
    text = str(path)
    return text if text.isprintable() else ascii(text)
