"""Where a value comes from, in a few words beside the field."""

from loopmail.core.js import UNDEFINED
from loopmail.core.layers import Origin
from loopmail.core.transport import Transport

_SOURCES = {"environment": "environment variable", "keyring": "keyring", "config": "config.json"}


def variable_text(origin: Origin) -> str:
    """Say which variable gives the value and where that one is set."""
    source = _SOURCES.get(origin.source or "", "not set")
    return f"${{{origin.variable}}} · {source}"


def origin_note(transport: Transport, path: str) -> str:
    """Return the note for a value that is not simply the edited file's own, or an empty text."""
    origin = transport.origin(path)
    if origin is None:
        return ""
    own = transport.own(path) is not UNDEFINED
    parts = []
    if own and origin.file not in (None, transport.file):
        parts.append(f"in this environment, {origin.file} has the last word")
    elif not own and origin.file not in (None, transport.file):
        parts.append(f"from {origin.file}")
    if origin.variable:
        parts.append(f"from {variable_text(origin)}" if not parts else variable_text(origin))
    return " · ".join(parts)
