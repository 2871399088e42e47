"""Which packages an app has or asks for; the mail connector requires some by a transport's type."""

import json
from collections.abc import Iterable
from pathlib import Path

_MANIFEST_LIMIT = 1 << 20  # bytes; a package.json is far smaller
_TABLES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def installed_transport_modules(root: Path) -> frozenset[str]:
    """Return the package names found in node_modules, or asked for by package.json.

    LoopBack requires `nodemailer-<type>-transport` from its own folder (connectors/mail.js), so
    both the app's and LoopBack's own node_modules count. Nothing is executed, nothing raised.
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
