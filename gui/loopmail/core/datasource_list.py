"""Data sources and transports as the window lists them, read from all layers."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from loopmail.core import datasource_names
from loopmail.core.app_folder import FileKind, Slot, parse_layer_name
from loopmail.core.connectors import MAIL, is_mail_connector
from loopmail.core.errors import EditError
from loopmail.core.js import Json
from loopmail.core.jsontext import format_pointer
from loopmail.core.workspace import Snapshot


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
    """Return the layers of one kind whose root is an object: name to value, in reading order."""
    return {
        name: value
        for name, value in snapshot.values.items()
        if isinstance(value, dict) and (layer := parse_layer_name(name)) and layer.kind == kind
    }


def layer_slot(name: str) -> Slot:
    """Return which layer a file is, by its name: base, local, or that of an environment."""
    found = parse_layer_name(name)
    return found.layer.slot if found else "base"


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
    is_mail = mail is not None or (connector is None and _looks_like_mail(name, objects))
    broken = None
    wrong = [file for file, part in parts.items() if not isinstance(part, dict)]
    if wrong:
        broken = f"“{name}” in {wrong[0]} is not an object, so it cannot be a data source."
    detail = mail_detail(objects) if is_mail else connector or ""
    return DatasourceInfo(name, connector, is_mail, detail, tuple(parts), broken)


def _looks_like_mail(name: str, objects: list[dict[str, Json]]) -> bool:
    """Tell whether a data source without connector is meant for mail.

    LoopBack 3 takes the data source's own name for the missing connector.
    """
    return bool(objects) and (
        name == MAIL or any("transports" in part or "transport" in part for part in objects)
    )


def require_mail(snapshot: Snapshot, name: str) -> None:
    """Raise EditError unless a data source is for mail, or new under a name that is fit for one."""
    keys = datasource_keys(snapshot)
    info = describe(name, layer_values(snapshot, "datasources")) if name in keys else None
    reason = datasource_names.refusal(name, keys) if info is None else info.broken
    if info is not None and reason is None and not info.is_mail and info.connector:
        reason = f"“{name}” is a data source of the connector “{info.connector}”, not of “mail”."
    if reason is not None:
        raise EditError(format_pointer([name]), reason)


def mail_detail(parts: list[dict[str, Json]]) -> str:
    """Return where a mail data source sends to, in a few words, from its layers' parts."""
    for part in parts:
        found = [item for _, item in transport_items(part)]
        first = found[0] if found and isinstance(found[0], dict) else {}
        where = _destination(first)
        if where:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            return where + more
    if any(transport_items(part) for part in parts):
        return "no host"
    return "no transport"


def _destination(transport: dict[str, Json]) -> str:
    url = transport.get("url")
    if isinstance(url, str) and url:
        return _host_of(url)
    for key in ("service", "host"):
        if isinstance(transport.get(key), str) and transport[key]:
            return str(transport[key])
    kind = transport.get("type")
    return kind if isinstance(kind, str) and kind.lower() != "smtp" else ""


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or "a URL"
    except ValueError:
        return "a URL"


def transport_items(part: dict[str, Json]) -> list[tuple[str, Json]]:
    """Return (JSON Pointer below the data source, value) of the transports of one layer."""
    several = part.get("transports")
    if isinstance(several, list):
        return [(f"/transports/{i}", item) for i, item in enumerate(several)]
    single = part.get("transport")
    if isinstance(single, list):
        return [(f"/transport/{i}", item) for i, item in enumerate(single)]
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
    prefix = format_pointer([name])
    return [
        TransportInfo(prefix + pointer, index, _label(item, index))
        for index, (pointer, item) in enumerate(transport_items(part))
    ]


def _label(transport: Json, index: int) -> str:
    if isinstance(transport, dict):
        for key in ("alias", "host"):
            if isinstance(transport.get(key), str) and transport[key]:
                return str(transport[key])
    return f"Transport {index + 1}"
