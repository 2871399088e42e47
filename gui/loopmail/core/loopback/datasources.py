"""Data sources and transports as the window lists them, read from all layers, and their names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from loopmail.core.app.folder import FileKind, kind_of
from loopmail.core.app.workspace import Snapshot
from loopmail.core.errors import EditError
from loopmail.core.js import INHERITED_FUNCTIONS, Json
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback.connectors import MAIL, is_mail_connector

# --- Names of data sources ------------------------------------------------------------

# A data source of such a name would be mistaken for what every JavaScript object inherits.
_INHERITED = INHERITED_FUNCTIONS | {"__proto__"}
# What LoopBack's own generator refuses (generator-loopback, lib/helpers.js, validateValue).
_REFUSED = re.compile(r"[/@\s+%:.\\\"'`]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST = 200


def camelize(name: str) -> str:
    """Return `my-mail` as `myMail`, as underscore.string 3.3.6 does for LoopBack (camelize.js)."""
    return re.sub(r"[-_\s]+(.)?", lambda m: (m.group(1) or "").upper(), name.strip())


def classify(name: str) -> str:
    """Return `my-mail` as `MyMail`, as underscore.string 3.3.6 does for LoopBack (classify.js)."""
    spaced = re.sub(r"[\W_]", " ", name, flags=re.ASCII)
    joined = re.sub(r"\s", "", camelize(spaced))
    return joined[:1].upper() + joined[1:]


@lru_cache(maxsize=4096)
def registered_names(name: str) -> tuple[str, ...]:
    """Return every name a data source answers to.

    Source: loopback 3.28.0, lib/application.js, app.dataSource().
    """
    return tuple(dict.fromkeys((name, classify(name), camelize(name))))


def index_names(names: Iterable[str]) -> dict[str, str]:
    """Return every name data sources answer to, and the key it leads to; the last one wins."""
    return {alias: name for name in names for alias in registered_names(name)}


def registered_key(names: Iterable[str], wanted: str) -> str | None:
    """Return the key of the data source that LoopBack finds for `wanted`, or None."""
    return index_names(names).get(wanted)


def refusal(name: str, taken: Iterable[str]) -> str | None:
    """Return a sentence saying why a new data source cannot have this name, or None."""
    if not name:
        return "A data source needs a name."
    if _CONTROL.search(name):
        return "A data source's name cannot hold control characters or line breaks."
    refused = _REFUSED.search(name)
    if refused:
        what = "blanks" if refused.group().isspace() else f"“{refused.group()}”"
        return f"A data source's name cannot hold {what}; use letters, digits, “-” and “_”."
    if len(name) > _LONGEST:
        return f"A data source's name can have at most {_LONGEST} characters."
    if name in _INHERITED:
        return f"“{name}” is a name of JavaScript's own; choose another one."
    own = set(registered_names(name))
    for other in taken:
        if other == name:
            return f"There is a data source “{name}” already."
        if own & set(registered_names(other)):
            return f"LoopBack could not tell “{name}” from the data source “{other}”."
    return None


# --- Data sources and transports as the window lists them, read from all layers -------


@dataclass(frozen=True, slots=True)
class DatasourceInfo:
    """A data source of the app, whatever its connector."""

    name: str
    connector: str | None
    is_mail: bool
    detail: str  # second line in the tree: host of a mail data source, else the connector
    files: tuple[str, ...]  # the layers that mention it, in reading order
    broken: str | None = None  # a sentence when it is not an object, …


def layer_values(snapshot: Snapshot, kind: FileKind) -> dict[str, dict[str, Json]]:
    """Return the layers of one kind whose root is an object: name to value, in reading order.

    Templates and backups are none.
    """
    copies = {layer.name for layer in snapshot.app.files if layer.copy}
    return {
        name: value
        for name, value in snapshot.values.items()
        if isinstance(value, dict) and kind_of(name) == kind and name not in copies
    }


def datasource_keys(snapshot: Snapshot) -> list[str]:
    """Return the names of all data sources over all layers, in file order."""
    layers = layer_values(snapshot, "datasources")
    return list(dict.fromkeys(name for value in layers.values() for name in value))


def list_datasources(snapshot: Snapshot) -> list[DatasourceInfo]:
    """All data sources over all layers, mail ones first, then in file order."""
    layers = layer_values(snapshot, "datasources")
    found = [describe(name, layers) for name in datasource_keys(snapshot)]
    return sorted(found, key=lambda info: not info.is_mail)


def describe(name: str, layers: dict[str, dict[str, Json]]) -> DatasourceInfo:
    """Return what one data source is, from the layers that mention it."""
    parts = {file: value[name] for file, value in layers.items() if name in value}
    objects = [part for part in parts.values() if isinstance(part, dict)]
    connectors = [c for part in objects if isinstance(c := part.get("connector"), str)]
    mail = next(filter(is_mail_connector, connectors), None)
    connector = mail or next(iter(connectors), None)
    # LoopBack 3 takes the data source's own name for the missing connector
    # (loopback-datasource-juggler 3.36.1, lib/datasource.js, DataSource.prototype.setup()).
    is_mail = mail is not None or bool(
        connector is None
        and objects
        and (name == MAIL or any("transports" in p or "transport" in p for p in objects))
    )
    wrong = next((file for file, part in parts.items() if not isinstance(part, dict)), None)
    broken = wrong and f"“{name}” in {wrong} is not an object, so it cannot be a data source."
    detail = mail_detail(objects) if is_mail else connector or ""
    return DatasourceInfo(name, connector, is_mail, detail, tuple(parts), broken)


def require_mail(snapshot: Snapshot, name: str) -> None:
    """Raise EditError unless a data source is for mail, or new under a name that is fit for one."""
    keys = datasource_keys(snapshot)
    info = describe(name, layer_values(snapshot, "datasources")) if name in keys else None
    reason = refusal(name, keys) if info is None else info.broken
    if info is not None and reason is None and not info.is_mail and info.connector:
        reason = f"“{name}” is a data source of the connector “{info.connector}”, not of “mail”."
    if reason is not None:
        raise EditError(format_pointer([name]), reason)


def detail_in(info: DatasourceInfo, settings: Mapping[str, Json] | None, env: str) -> str:
    """Return a data source's second line as one environment has it; `settings` None: not there."""
    if settings is None:
        return f"not in {env}" if env else "not in the base file"
    if info.is_mail:
        return mail_detail([dict(settings)])
    connector = settings.get("connector")
    return connector if isinstance(connector, str) else info.detail


def mail_detail(parts: list[dict[str, Json]]) -> str:
    """Return where a mail data source sends to, in a few words, from its layers' parts."""
    listed = [[item for _, item in transport_items(part)] for part in parts]
    for items in filter(None, listed):
        where = _destination(items[0]) if isinstance(items[0], dict) else ""
        if where:
            return where + (f" and {len(items) - 1} more" if len(items) > 1 else "")
    return "no host" if any(listed) else "no transport"


def _destination(transport: dict[str, Json]) -> str:
    url = transport.get("url")
    if isinstance(url, str) and url:
        try:
            return urlsplit(url).hostname or "a URL"
        except ValueError:
            return "a URL"
    kind = transport.get("type")
    other = kind if isinstance(kind, str) and kind.lower() != "smtp" else ""
    return _first_text(transport, "service", "host") or other


def _first_text(transport: dict[str, Json], *keys: str) -> str:
    """Return the first of these settings that is a text and not empty, else an empty text."""
    values = (transport.get(key) for key in keys)
    return next((value for value in values if isinstance(value, str) and value), "")


def transport_items(part: dict[str, Json]) -> list[tuple[str, Json]]:
    """Return (JSON Pointer below the data source, value) of the transports of one layer."""
    for key in ("transports", "transport"):
        if isinstance(several := part.get(key), list):
            return [(f"/{key}/{index}", item) for index, item in enumerate(several)]
    single = part.get("transport")
    return [("/transport", single)] if isinstance(single, dict) else []


@dataclass(frozen=True, slots=True)
class TransportInfo:
    """A transport and where it stands relative to the file's root."""

    pointer: str  # "/emailDs/transports/0", or "/emailDs/transport"
    index: int
    label: str  # alias, else host, else "Transport 1"


def transports(value: Json, name: str) -> list[TransportInfo]:
    """The transports of a data source in one file's value (`transports`, else `transport`)."""
    part = value.get(name) if isinstance(value, dict) else None
    if not isinstance(part, dict):
        return []
    found = []
    for index, (pointer, item) in enumerate(transport_items(part)):
        label = _first_text(item, "alias", "host") if isinstance(item, dict) else ""
        place = format_pointer([name]) + pointer
        found.append(TransportInfo(place, index, label or f"Transport {index + 1}"))
    return found
