"""Where an app says which versions it uses: node_modules, lock files, package.json."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from loopmail.core.app.versions import (
    LOOPBACK_3,
    Versions,
    highest_of_range,
    is_version,
    last_boot_of,
    nodemailer_of,
)
from loopmail.core.disk.reading import MEGABYTE, read_json, read_text
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import at

PACKAGES = ("loopback", "loopback-boot", "nodemailer")
LOCK_FILES = ("npm-shrinkwrap.json", "package-lock.json")  # npm prefers the first
LOCK_LIMIT = 32 * MEGABYTE
FOLDERS_UPWARDS = 8  # Node looks for node_modules in every parent folder

# The head of a yarn.lock entry (version 1 or Berry) and its version line.
_YARN_ENTRY = re.compile(
    r'^"?(?P<names>[^\s#"][^\n]*?)"?:\n(?P<body>(?:[ \t]+[^\n]*\n?)+)', re.MULTILINE
)
_YARN_VERSION = re.compile(r'^[ \t]+version:? "?([0-9][^"\s]*)"?[ \t]*$', re.MULTILINE)
_YARN_NODEMAILER = re.compile(r'^[ \t]+"?nodemailer"?:? "?(?:npm:)?([^"\n]+)', re.MULTILINE)


def detect_with_notes(root: Path) -> tuple[Versions, tuple[str, ...]]:
    """Find the versions: node_modules, lock files, package.json ranges, else LoopBack 3.

    Also return a sentence for each file that should have told them and cannot.
    """
    notes: list[str] = []
    for read in (installed, locked, yarn_locked):
        found = read(root, notes)
        if found is not None:
            return found, tuple(notes)
    ranges = declared(root)
    loopback = highest_of_range(ranges.get("loopback"), "loopback")
    if loopback is None:
        return LOOPBACK_3, tuple(notes)
    boot = highest_of_range(ranges.get("loopback-boot"), "boot") or last_boot_of(loopback)
    mailer = nodemailer_of(loopback)
    return Versions(loopback, boot, mailer, assumed=True, source="package.json"), tuple(notes)


def _found(loopback: str, boot: str, nodemailer: str, source: str) -> Versions | None:
    """Return what a source names, the packages it does not know as LoopBack asks for them."""
    if not is_version(loopback):
        return None
    boot = boot if is_version(boot) else last_boot_of(loopback)
    known = is_version(nodemailer)
    nodemailer = nodemailer if known else nodemailer_of(loopback)
    return Versions(loopback, boot, nodemailer, assumed=not known, source=source)


def installed(root: Path, notes: list[str]) -> Versions | None:
    """Read node_modules as Node resolves it: nested in loopback first, then the parent folders."""
    for folder in [root, *root.parents][:FOLDERS_UPWARDS]:
        module = folder / "node_modules" / "loopback"
        loopback = _installed_version([module.parent], "loopback", notes)
        if loopback:
            # Node resolves from the real path: with pnpm the neighbours stand beside that.
            real = Path(os.path.realpath(module))
            above = [one / "node_modules" for one in [folder, *folder.parents][:FOLDERS_UPWARDS]]
            nested = [real / "node_modules", real.parent, *above]
            nodemailer = _installed_version(nested, "nodemailer", notes)
            boot = _installed_version(above, "loopback-boot", notes)
            return _found(loopback, boot, nodemailer, "node_modules")
    return None


def _installed_version(places: Sequence[Path], package: str, notes: list[str]) -> str:
    """Return the version in the first of these node_modules folders that has one, else ""."""
    for modules in places:
        value, problem = read_json(modules / package / "package.json")
        if problem is not None:
            notes.append(f"node_modules/{package}/package.json {problem}.")
        if version := _version(value):
            return version
    return ""


def locked(root: Path, notes: list[str]) -> Versions | None:
    """Read npm's lock files: versions 2 and 3 name paths below the app, version 1 is a tree."""
    shapes = (
        ("packages", "node_modules/", ("node_modules/loopback/node_modules/nodemailer",)),
        ("dependencies", "", ("loopback", "dependencies", "nodemailer")),
    )
    for name in LOCK_FILES:
        value, problem = read_json(root / name, LOCK_LIMIT)
        if problem is not None:
            notes.append(f"{name} {problem}.")
        for group, prefix, nested in shapes:
            loopback, boot, hoisted = (_version(value, group, prefix + one) for one in PACKAGES)
            found = _found(loopback, boot, _version(value, group, *nested) or hoisted, name)
            if found is not None:
                return found
    return None


def _version(value: Json, *place: str) -> str:
    version = at(value, (*place, "version"))
    return str(version) if is_version(version) else ""


def yarn_locked(root: Path, notes: list[str]) -> Versions | None:
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
            wanted = dep[1].strip()
    loopback, boot, hoisted = (versions.get(name, "") for name in PACKAGES)
    return _found(loopback, boot, versions.get(f"nodemailer@{wanted}") or hoisted, "yarn.lock")


_GROUPS = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")


def declared(root: Path, groups: Sequence[str] = _GROUPS) -> dict[str, Json]:
    """Return the packages that package.json asks for and their ranges; the first group wins."""
    value = read_json(root / "package.json")[0]
    found: dict[str, Json] = {}
    for group in reversed(groups):
        table = at(value, (group,))
        found |= table if isinstance(table, dict) else {}
    return found


def installed_transport_modules(root: Path) -> frozenset[str]:
    """Return the transport packages found in node_modules, or asked for by package.json.

    LoopBack requires `nodemailer-<type>-transport` from its own folder (loopback 3.28.0,
    lib/connectors/mail.js, setupTransport()), so both the app's and LoopBack's own node_modules
    count. Nothing is executed, nothing raised.
    """
    named = declared(root)
    found = {n for n in named if n.startswith("nodemailer-") and n.endswith("-transport")}
    for folder in (root / "node_modules", root / "node_modules/loopback/node_modules"):
        try:
            found |= {path.name for path in folder.glob("nodemailer-*-transport")}
        except OSError:
            continue
    return frozenset(found)
