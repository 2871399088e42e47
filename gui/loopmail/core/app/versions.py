"""Which LoopBack and Nodemailer apply: version numbers, npm's ranges, the published releases."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from loopmail import assets

# --- Version numbers and npm ranges ---------------------------------------------------

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+][0-9A-Za-z.+-]{1,60})?\Z")


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
    limit = version_key(loopback)
    rows = [row for row in table()["nodemailer"] if version_key(row["loopback"]) <= limit]
    return str(rows[-1]["version"])


def last_boot_of(loopback: str) -> str:
    """Return the last loopback-boot made for this LoopBack."""
    return str(table()["boot"]["2" if version_key(loopback)[0] <= 2 else "3"])


_RANGE_WITHIN = re.compile(r"(?:npm:.+@|.*#semver:)([^@#]*)\Z")


def highest_of_range(text: object, package: str) -> str | None:
    """Return the published version that npm would take for a range, None for no range or none that fits.

    `package` is `loopback` or `boot`. Also for an alias (`npm:NAME@RANGE`) and a repository's
    `#semver:RANGE`.
    """
    from nodesemver import max_satisfying  # late: only apps without an installed LoopBack need it

    if not isinstance(text, str) or len(text) > 200:
        return None
    published: list[str] = table()["published"][package]
    within = _RANGE_WITHIN.match(text)
    wanted = within[1] if within else text
    if wanted in ("", "latest"):
        return str(table()[package]["3"])
    try:
        found = max_satisfying(published, wanted)
    except ValueError:
        return None
    return None if found is None else str(found)


# --- The versions of an app -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that decide how the files are read and how mail is sent."""

    loopback: str  # "3.28.0"
    boot: str  # loopback-boot
    nodemailer: str
    assumed: bool  # not found installed: guessed from package.json or the defaults
    source: str  # "node_modules", "package-lock.json", …, "package.json", "default", "chosen"

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


def choose(major: int | None, found: Versions) -> Versions:
    """Return `found` if it is of this major version (None: any), else that line's last release."""
    if major is None or found.major == major:
        return found
    return replace(LOOPBACK_2 if major == 2 else LOOPBACK_3, source="chosen")


def resolves_variables(versions: Versions) -> bool:
    """Tell whether this loopback-boot resolves `${VAR}` in datasources.json (2.18.0 and later).

    Source: setupDataSources in `lib/executor.js` of the published releases, and their CHANGES.md.
    """
    return version_key(versions.boot) >= version_key(variables_since())


def variables_since() -> str:
    """Return the first loopback-boot that does."""
    return str(table()["variables"])
