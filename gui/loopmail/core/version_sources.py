"""Where an app says which packages it uses: node_modules, lock files, package.json."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.bounded_files import MEGABYTE, read_json, read_text
from loopmail.core.js import UNDEFINED, Json, Undefined
from loopmail.core.version_numbers import is_version

PACKAGES = ("loopback", "loopback-boot", "nodemailer")
LOCK_FILES = ("npm-shrinkwrap.json", "package-lock.json")  # npm prefers the first
LOCK_LIMIT = 32 * MEGABYTE
FOLDERS_UPWARDS = 8  # Node looks for node_modules in every parent folder

# The head of a yarn.lock entry (version 1 or Berry) and its version line.
_YARN_ENTRY = re.compile(
    r'^"?(?P<names>[^\s#"][^\n]*?)"?:\n(?P<body>(?:[ \t]+[^\n]*\n?)+)', re.MULTILINE
)
_YARN_VERSION = re.compile(r'^\s+version:? "?([0-9][^"\s]*)"?\s*$', re.MULTILINE)
_YARN_NODEMAILER = re.compile(r'^\s+"?nodemailer"?:? "?(?:npm:)?([^"\n]+?)"?\s*$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """The versions that one source tells; empty texts for those it does not know."""

    loopback: str
    boot: str
    nodemailer: str
    source: str


def installed(root: Path, notes: list[str]) -> Found | None:
    """Read node_modules as Node resolves it: nested in loopback first, then the parent folders."""
    for folder in [root, *root.parents][:FOLDERS_UPWARDS]:
        modules = folder / "node_modules"
        loopback = _installed_version(modules / "loopback", notes)
        if loopback:
            # Node resolves from the real path: with pnpm the neighbours stand beside that.
            real = Path(os.path.realpath(modules / "loopback"))
            nested = (real / "node_modules", real.parent)
            nodemailer = next(filter(None, _upwards(nested, folder, "nodemailer", notes)), "")
            boot = next(filter(None, _upwards((modules,), folder, "loopback-boot", notes)), "")
            return Found(loopback, boot, nodemailer, "node_modules")
    return None


def _upwards(
    first: tuple[Path, ...], folder: Path, package: str, notes: list[str]
) -> Iterator[str]:
    for modules in first:
        yield _installed_version(modules / package, notes)
    for parent in [folder, *folder.parents][:FOLDERS_UPWARDS]:
        yield _installed_version(parent / "node_modules" / package, notes)


def _installed_version(folder: Path, notes: list[str]) -> str:
    value, problem = read_json(folder / "package.json")
    if problem is not None:
        notes.append(f"node_modules/{folder.name}/package.json {problem}.")
    version = value.get("version") if isinstance(value, dict) else None
    return str(version) if is_version(version) else ""


def locked(root: Path, notes: list[str]) -> Found | None:
    """Read npm's lock files, versions 1 to 3."""
    for name in LOCK_FILES:
        value, problem = read_json(root / name, LOCK_LIMIT)
        if problem is not None:
            notes.append(f"{name} {problem}.")
        if not isinstance(value, dict):
            continue
        found = _packages(value.get("packages")) or _dependencies(value.get("dependencies"))
        if found:
            return Found(*found, source=name)
    return None


def _packages(packages: Json) -> tuple[str, str, str] | None:
    """Lock file version 2 and 3: paths below the app to packages."""
    if not isinstance(packages, dict):
        return None
    nested = _version_in(packages, "node_modules/loopback/node_modules/nodemailer")
    loopback, boot, hoisted = (_version_in(packages, f"node_modules/{name}") for name in PACKAGES)
    return (loopback, boot, nested or hoisted) if loopback else None


def _dependencies(dependencies: Json) -> tuple[str, str, str] | None:
    """Lock file version 1: a tree of packages."""
    if not isinstance(dependencies, dict):
        return None
    own = dependencies.get("loopback")
    inner = own.get("dependencies") if isinstance(own, dict) else None
    nested = _version_in(inner, "nodemailer")
    loopback, boot, hoisted = (_version_in(dependencies, name) for name in PACKAGES)
    return (loopback, boot, nested or hoisted) if loopback else None


def _version_in(packages: Json, name: str) -> str:
    entry = packages.get(name) if isinstance(packages, dict) else None
    version = entry.get("version") if isinstance(entry, dict) else None
    return str(version) if is_version(version) else ""


def yarn_locked(root: Path, notes: list[str]) -> Found | None:
    """Read yarn.lock, whose entries are named by the ranges that they answer."""
    text, problem = read_text(root / "yarn.lock", LOCK_LIMIT)
    if problem is not None:
        notes.append(f"yarn.lock {problem}.")
    if text is None:
        return None
    versions: dict[str, str] = {}
    wanted = ""
    for entry in _YARN_ENTRY.finditer(text.replace("\r\n", "\n")):
        keys = [key.strip(' "').replace("@npm:", "@") for key in entry["names"].split(",")]
        version = _YARN_VERSION.search(entry["body"])
        if version is None or keys[0].partition("@")[0] not in PACKAGES:
            continue
        for key in keys:
            versions[key] = version[1]
            versions.setdefault(key.partition("@")[0], version[1])
        if keys[0].startswith("loopback@") and (dep := _YARN_NODEMAILER.search(entry["body"])):
            wanted = dep[1]
    loopback = versions.get("loopback", "")
    if not loopback:
        return None
    nodemailer = versions.get(f"nodemailer@{wanted}") or versions.get("nodemailer", "")
    return Found(loopback, versions.get("loopback-boot", ""), nodemailer, "yarn.lock")


def declared(root: Path) -> dict[str, str]:
    """Return the ranges of package.json's dependencies, those of `dependencies` first."""
    value: Json | Undefined = read_json(root / "package.json")[0]
    ranges: dict[str, str] = {}
    if value is UNDEFINED or not isinstance(value, dict):
        return ranges
    for group in ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies"):
        members = value.get(group)
        if isinstance(members, dict):
            for name, text in members.items():
                if isinstance(text, str):
                    ranges.setdefault(name, text)
    return ranges
