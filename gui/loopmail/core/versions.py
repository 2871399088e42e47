"""Which LoopBack and Nodemailer apply."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that decide how the files are read and how mail is sent."""

    loopback: str  # "3.28.0"
    boot: str  # loopback-boot
    nodemailer: str
    assumed: bool  # not found installed: guessed from package.json or the defaults
    source: (
        str  # where from: "node_modules", "package-lock.json", "package.json", "default", "chosen"
    )
    node: str | None = None  # reserved

    @property
    def major(self) -> int:
        """LoopBack's major version, 2 or 3."""
        return int(self.loopback.split(".")[0])

    @property
    def nodemailer_major(self) -> int:
        """Nodemailer's major version."""
        return int(self.nodemailer.split(".")[0])


# The last releases of each line, used when nothing is installed or a version is chosen by hand.
LOOPBACK_2 = Versions("2.42.0", "2.28.0", "2.7.2", assumed=True, source="default")
LOOPBACK_3 = Versions("3.28.0", "3.3.1", "6.10.1", assumed=True, source="default")


def detect(root: Path) -> Versions:
    """Find the versions: node_modules, lock files, package.json ranges, else LoopBack 3."""
    installed = root / "node_modules"
    loopback = _version(installed / "loopback")
    if loopback:
        line = LOOPBACK_2 if loopback.startswith("2.") else LOOPBACK_3
        nodemailer = _version(installed / "loopback/node_modules/nodemailer") or _version(
            installed / "nodemailer"
        )
        boot = _version(installed / "loopback-boot")
        return Versions(
            loopback, boot or line.boot, nodemailer or line.nodemailer, False, "node_modules"
        )
    return LOOPBACK_3


def _version(folder: Path) -> str | None:
    try:
        package: Any = json.loads((folder / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    version = package.get("version") if isinstance(package, dict) else None
    if isinstance(version, str) and re.match(r"[23456]\.\d+\.\d+", version):
        return version
    return None


def choose(major: int, found: Versions) -> Versions:
    """Return `found` if it is of this major version, else that line's last release (assumed)."""
    if found.major == major:
        return found
    line = LOOPBACK_2 if major == 2 else LOOPBACK_3
    return Versions(line.loopback, line.boot, line.nodemailer, assumed=True, source="chosen")


def resolves_variables(versions: Versions) -> bool:
    """Tell whether this loopback-boot resolves `${VAR}` in datasources.json."""
    return bool(versions.boot)
