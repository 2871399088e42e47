"""Where a value comes from, in words: what stands in grey under its field.

Nothing is said where one file alone speaks of the data source.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from loopmail.core.app.folder import BASE_FILE, parse_layer_name
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.loopback.transport import Transport
from loopmail.core.secret_names import mask_at
from loopmail.ui.widgets.building_blocks import QT_TRANSLATE_NOOP

translate = QCoreApplication.translate

_SOURCES: Mapping[str | None, str] = {
    None: QT_TRANSLATE_NOOP("Origin", "not set"),
    "environment": QT_TRANSLATE_NOOP("Origin", "environment variable"),
    "keyring": QT_TRANSLATE_NOOP("Origin", "keyring"),
    "config": "config.json",
}
_LONGEST = 60  # characters of a value in a note
_NO_WRAP = " · "


@dataclass(frozen=True, slots=True)
class OriginNote:
    """Where the value in use comes from, in words.

    `file` is another one to go to; `own`: without what the edited file says, that one's counts.
    """

    text: str = ""
    file: str | None = None
    own: bool = False


def as_text(value: Json) -> str:
    """Return a JSON value as a field shows it: texts bare, anything else as JSON."""
    if value is UNDEFINED:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def brief(path: str, value: Json) -> str:
    """Return a value as a note tells it: short, on one line, and no secret."""
    text = " ".join(as_text(mask_at(parse_pointer(path), value)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def origin_note(transport: Transport, path: str) -> OriginNote:
    """Return the note for a value that is not simply the edited file's own."""
    origin, own = transport.deciding(path), transport.own(path)
    if origin is None:
        decides = transport.overruled(path) if own is not UNDEFINED else None
        if decides is None:
            return OriginNote()
        says = translate(
            "Origin", "{file} says {value}, which does not count in this environment"
        ).format(file=transport.file, value=brief(path, own))
        return OriginNote(says, decides)
    if origin.file in (None, transport.file):
        parts = [_variable(transport, path, elsewhere=False)] if origin.variable else []
        beneath = transport.said_beneath(path) if own is not UNDEFINED else None
        if beneath is None or beneath[1] == own:
            return OriginNote(_NO_WRAP.join(parts))
        parts.insert(0, override_note(transport.file, beneath[0], brief(path, beneath[1])))
        return OriginNote(_NO_WRAP.join(parts), beneath[0], own=True)
    parts = [_elsewhere(transport, path, origin.file or "")]
    if origin.variable:
        parts.append(_variable(transport, path, elsewhere=True))
    decides = transport.overruled(path)
    return OriginNote(_NO_WRAP.join(parts), decides)


def _elsewhere(transport: Transport, path: str, file: str) -> str:
    own = transport.own(path)
    if own is UNDEFINED:
        return inherited_note(file)
    return translate("Origin", "{other} has the last word · {file} says {value}").format(
        other=file, file=transport.file, value=brief(path, own)
    )


def inherited_note(file: str) -> str:
    """Say that another file gives the value."""
    if file == BASE_FILE:
        text = translate("Origin", "from {0}, for every environment")
    else:
        text = translate("Origin", "from {0}")
    return text.format(file)


def override_note(file: str, other: str, value: str) -> str:
    """Say for whom this file sets a value that another one gives, too."""
    found = parse_layer_name(file)
    if found is not None and found.env is not None:
        text = translate("Origin", "set for {env} · {other} has {value}")
        return text.format(env=found.env, other=other, value=value)
    text = translate("Origin", "set on this computer · {other} has {value}")
    return text.format(other=other, value=value)


def _variable(transport: Transport, path: str, *, elsewhere: bool) -> str:
    """Say which variable gives the value, where that one is set, and what it is."""
    origin, used = transport.deciding(path), transport.effective(path)
    assert origin is not None
    source = _SOURCES.get(origin.source)
    where = translate("Origin", source) if source is not None else str(origin.source)
    name = f"${{{origin.variable}}}"
    if elsewhere:
        return f"{name} · {where}"
    if used is UNDEFINED:
        return translate("Origin", "from {variable} · {where}").format(variable=name, where=where)
    return translate("Origin", "in use: {value} · from {variable} · {where}").format(
        value=brief(path, used), variable=name, where=where
    )
