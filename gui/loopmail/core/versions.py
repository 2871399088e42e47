"""Which LoopBack and Nodemailer apply. STUB: `detect` is being written."""

from dataclasses import dataclass
from pathlib import Path


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
    """Find the versions: node_modules, then lock files, then package.json's ranges, then LoopBack 3."""
    raise NotImplementedError


def choose(major: int, found: Versions) -> Versions:
    """Return `found` if it is of this major version, else that line's last release (assumed)."""
    raise NotImplementedError
