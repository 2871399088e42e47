"""Which versions of LoopBack, Nodemailer and its transports an app uses, and where it says so."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from loopmail import assets
from loopmail.core.disk.reading import MEGABYTE, read_json, read_text
from loopmail.core.js import UNDEFINED, Json, Undefined

# --- Version numbers and npm ranges ---------------------------------------------------

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+][0-9A-Za-z.+-]{1,60})?\Z")
_COMPARATOR = re.compile(
    r"(?P<sign>\^|~>?|>=?|<=?|=)?\s*v?(?P<major>\d{1,6}|[xX*])"
    r"(?:\.(?P<minor>\d{1,6}|[xX*]))?(?:\.(?P<patch>\d{1,6}|[xX*]))?(?:[-+][0-9A-Za-z.+-]*)?"
)


def table() -> Any:
    """Return the facts about published releases; the value is shared."""
    return assets.read_json("loopback_versions.json")


def is_version(text: object) -> bool:
    """Tell whether a text is a complete version number, e.g. `3.28.0` or `3.0.0-alpha.2`."""
    return isinstance(text, str) and _VERSION.match(text) is not None


@lru_cache(maxsize=256)
def version_key(text: str) -> tuple[int, int, int]:
    """Return the three numbers of a version for comparing; a broken one is the lowest."""
    match = _VERSION.match(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else (0, 0, 0)


def nodemailer_of(loopback: str) -> str:
    """Return the last Nodemailer that this LoopBack's package.json allows."""
    rows = [
        row
        for row in table()["nodemailer"]
        if version_key(row["loopback"]) <= version_key(loopback)
    ]
    version: str = rows[-1]["version"]
    return version


def highest_of_range(text: str | None, package: str) -> str | None:
    """Return the version that npm would take for a range, or None if it is no range of numbers.

    `package` is `loopback` or `boot`. Of a minor version only the first release is known, which
    is enough: LoopBack changes its Nodemailer with minor versions only.
    """
    if text is None or len(text) > 200:
        return None
    last: dict[str, str] = table()[package]
    best = [_highest(part.strip(), last) for part in text.split("||")]
    found = [version for version in best if version is not None]
    return max(found, key=version_key) if found else None


def _highest(part: str, last: dict[str, str]) -> str | None:
    newest = max(last.values(), key=version_key)
    if part in ("", "latest", "*", "x", "X"):
        return newest
    matches = list(_COMPARATOR.finditer(part))
    if not matches or re.sub(r"[\s,-]", "", _COMPARATOR.sub("", part)):
        return None
    if len(matches) > 1:
        return _between(matches, part, last, newest)
    match = matches[0]
    sign = match["sign"] or ""
    if sign in (">", ">="):
        return newest
    if sign in ("<", "<="):
        return _below(match, last, inclusive=sign == "<=")
    return _one(match, last)


def _one(match: re.Match[str], last: dict[str, str]) -> str | None:
    """Return the highest version of `^1.2.3`, `~1.2.3`, `1.2.x`, `1`, `1.2.3`."""
    major, minor, patch = match["major"], match["minor"], match["patch"]
    if not major.isdigit():
        return max(last.values(), key=version_key)
    open_minor = minor is None or not minor.isdigit()
    if open_minor or match["sign"] == "^":
        newest = last.get(str(int(major)))
        return newest or (f"{int(major)}.0.0" if 0 < int(major) <= 2 else None)
    number = patch if patch is not None and patch.isdigit() else "0"
    return f"{int(major)}.{int(minor)}.{int(number)}"


def _between(
    matches: list[re.Match[str]], part: str, last: dict[str, str], newest: str
) -> str | None:
    """Return the highest of `>=2.1.0 <3.0.0` or `2.1.0 - 2.9.0`."""
    upper = [match for match in matches if match["sign"] in ("<", "<=")]
    if upper:
        return _below(upper[0], last, inclusive=upper[0]["sign"] == "<=")
    return _one(matches[-1], last) if " - " in part else newest


def _below(match: re.Match[str], last: dict[str, str], *, inclusive: bool) -> str | None:
    parts = [match["major"], match["minor"] or "0", match["patch"] or "0"]
    bound = tuple(int(part) if part.isdigit() else 0 for part in parts)
    candidates = [
        version
        for version in last.values()
        if version_key(version) < (bound[0], bound[1], bound[2])
    ]
    if inclusive or bound[1] > 0:
        return f"{bound[0]}.{bound[1]}.{bound[2]}" if inclusive else f"{bound[0]}.{bound[1] - 1}.0"
    return max(candidates, key=version_key) if candidates else None


# --- The sources: node_modules, lock files, package.json ------------------------------

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
class FoundVersions:
    """The versions that one source names; empty texts for those it does not know."""

    loopback: str
    boot: str
    nodemailer: str
    source: str


def installed(root: Path, notes: list[str]) -> FoundVersions | None:
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
            return FoundVersions(loopback, boot, nodemailer, "node_modules")
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


def locked(root: Path, notes: list[str]) -> FoundVersions | None:
    """Read npm's lock files, versions 1 to 3."""
    for name in LOCK_FILES:
        value, problem = read_json(root / name, LOCK_LIMIT)
        if problem is not None:
            notes.append(f"{name} {problem}.")
        if not isinstance(value, dict):
            continue
        found = _packages(value.get("packages")) or _dependencies(value.get("dependencies"))
        if found:
            return FoundVersions(*found, source=name)
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


def yarn_locked(root: Path, notes: list[str]) -> FoundVersions | None:
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
    return FoundVersions(loopback, versions.get("loopback-boot", ""), nodemailer, "yarn.lock")


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


# --- Transport modules ----------------------------------------------------------------

_MANIFEST_LIMIT = 1 << 20  # bytes; a package.json is far smaller
_TABLES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def installed_transport_modules(root: Path) -> frozenset[str]:
    """Return the package names found in node_modules, or asked for by package.json.

    LoopBack requires `nodemailer-<type>-transport` from its own folder (loopback 3.28.0,
    lib/connectors/mail.js, setupTransport()), so both the app's and LoopBack's own node_modules
    count. Nothing is executed, nothing raised.
    """
    named = declared_packages(root / "package.json", ("dependencies",))
    found = {n for n in named if n.startswith("nodemailer-") and n.endswith("-transport")}
    for folder in (root / "node_modules", root / "node_modules/loopback/node_modules"):
        try:
            found |= {path.name for path in folder.glob("nodemailer-*-transport")}
        except OSError:
            continue
    return frozenset(found)


def declared_packages(manifest: Path, tables: Iterable[str] = _TABLES) -> frozenset[str]:
    """Return the packages that a package.json asks for; none where it cannot be read."""
    try:
        if not manifest.is_file() or manifest.stat().st_size > _MANIFEST_LIMIT:
            return frozenset()
        value = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return frozenset()
    found = [value.get(table) for table in tables] if isinstance(value, dict) else []
    return frozenset(name for table in found if isinstance(table, dict) for name in table)
