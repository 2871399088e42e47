"""The entries of model-config.json after merging.

Source: assertIsValidModelConfig in loopback-boot 2.28 `lib/compiler.js` and 3.3
`lib/plugins/model.js`; the entries are not interpolated.
"""

from loopmail.core.boot_errors import BootRefused, cannot_read
from loopmail.core.js import Json, own_keys, truthy
from loopmail.core.merge_rules import Node, plain

OLD_FORMAT = "The data in model-config.json is in the unsupported 1.x format."


def check_entries(merged: Node) -> None:
    """Raise BootRefused for an entry that LoopBack 2 and 3 do not accept."""
    for entry in _entries(merged).values():
        if entry is None:
            raise cannot_read("options")
        if not isinstance(entry, dict):
            continue
        options = entry.get("options")
        inner = options if isinstance(options, dict) else {}
        suspects = (
            entry.get("properties"),
            entry.get("base"),
            inner.get("base"),
            entry.get("plural"),
            inner.get("plural"),
        )
        if any(truthy(value) for value in suspects):
            raise BootRefused(OLD_FORMAT)


def bound_datasources(merged: Node) -> dict[str, str | None]:
    """Return each model's data source; an entry that is false or empty text is none at all."""
    models: dict[str, str | None] = {}
    for name, entry in _entries(merged).items():
        if name == "_meta" or not truthy(entry):
            continue
        bound = entry.get("dataSource") if isinstance(entry, dict) else None
        models[name] = bound if isinstance(bound, str) else None
    return models


def _entries(merged: Node) -> dict[str, Json]:
    content = merged.content if isinstance(merged.content, dict) else {}
    return {name: plain(content[name]) for name in own_keys(content)}
