"""Which `nodemailer-…-transport` packages an app has; the mail connector requires them by type."""

import json
from pathlib import Path

_MANIFEST_LIMIT = 1 << 20  # bytes; a package.json is far smaller


def installed_transport_modules(root: Path) -> frozenset[str]:
    """Return the package names found in node_modules, or asked for by package.json.

    LoopBack requires `nodemailer-<type>-transport` from its own folder (connectors/mail.js), so
    both the app's and LoopBack's own node_modules count. Nothing is executed, nothing raised.
    """
    found = _declared(root / "package.json")
    for folder in (root / "node_modules", root / "node_modules/loopback/node_modules"):
        try:
            found |= {path.name for path in folder.glob("nodemailer-*-transport")}
        except OSError:
            continue
    return frozenset(found)


def _declared(manifest: Path) -> set[str]:
    try:
        if not manifest.is_file() or manifest.stat().st_size > _MANIFEST_LIMIT:
            return set()
        dependencies = json.loads(manifest.read_bytes())["dependencies"]
        names = [name for name in dependencies if isinstance(name, str)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()
    return {n for n in names if n.startswith("nodemailer-") and n.endswith("-transport")}
