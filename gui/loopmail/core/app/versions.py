"""Which LoopBack and Nodemailer apply."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app import packages as version_sources
from loopmail.core.app.packages import (
    highest_of_range,
    is_version,
    nodemailer_of,
    table,
    version_key,
)


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

    @property
    def major(self) -> int:
        """The LoopBack whose rules apply, 2 or 3; LoopBack 1 is read as 2."""
        return 2 if version_key(self.loopback)[0] <= 2 else 3

    @property
    def boot_major(self) -> int:
        """The loopback-boot whose rules apply, 2 or 3; it need not be LoopBack's own number."""
        return 2 if version_key(self.boot)[0] <= 2 else 3

    @property
    def nodemailer_major(self) -> int:
        """The Nodemailer whose rules apply: 2, 4 or 6, the nearest of what is installed."""
        number = version_key(self.nodemailer)[0]
        if number <= 2:
            return 2
        return 4 if number < 6 else 6


# The last releases of each line, used when nothing is installed or a version is chosen by hand.
LOOPBACK_2 = Versions("2.42.0", "2.28.0", "2.7.2", assumed=True, source="default")
LOOPBACK_3 = Versions("3.28.0", "3.3.1", "6.10.1", assumed=True, source="default")


def detect_with_notes(root: Path) -> tuple[Versions, tuple[str, ...]]:
    """Find the versions: node_modules, lock files, package.json ranges, else LoopBack 3.

    Also return a sentence for each file that should have told them and cannot.
    """
    notes: list[str] = []
    readers: tuple[Callable[[Path, list[str]], version_sources.FoundVersions | None], ...] = (
        version_sources.installed,
        version_sources.locked,
        version_sources.yarn_locked,
    )
    for read in readers:
        found = read(root, notes)
        if found is not None and is_version(found.loopback):
            return _exact(found), tuple(notes)
    ranges = version_sources.declared(root)
    if (loopback := highest_of_range(ranges.get("loopback"), "loopback")) is not None:
        return _declared(loopback, ranges.get("loopback-boot")), tuple(notes)
    return LOOPBACK_3, tuple(notes)


def _exact(found: version_sources.FoundVersions) -> Versions:
    boot = found.boot if is_version(found.boot) else _last_boot(found.loopback)
    known = is_version(found.nodemailer)
    nodemailer = found.nodemailer if known else nodemailer_of(found.loopback)
    return Versions(found.loopback, boot, nodemailer, assumed=not known, source=found.source)


def _declared(loopback: str, boot_range: str | None) -> Versions:
    boot = highest_of_range(boot_range, "boot") or _last_boot(loopback)
    return Versions(loopback, boot, nodemailer_of(loopback), assumed=True, source="package.json")


def _last_boot(loopback: str) -> str:
    number: str = table()["boot"]["2" if version_key(loopback)[0] <= 2 else "3"]
    return number


def choose(major: int | None, found: Versions) -> Versions:
    """Return `found` if it is of this major version (None: any), else that line's last release."""
    if major is None or found.major == major:
        return found
    line = LOOPBACK_2 if major == 2 else LOOPBACK_3
    return Versions(line.loopback, line.boot, line.nodemailer, assumed=True, source="chosen")


def resolves_variables(versions: Versions) -> bool:
    """Tell whether this loopback-boot resolves `${VAR}` in datasources.json (2.18.0 and later).

    Source: setupDataSources in `lib/executor.js` of the published releases, and their CHANGES.md.
    """
    return version_key(versions.boot) >= version_key(table()["variables"])
