"""Mail data sources and transports as the form sees them. STUB: bodies are being written.

Functions return changes; nothing is applied. `file` is the layer that is edited.
"""

from dataclasses import dataclass

from loopmail.core.js import Json
from loopmail.core.workspace import Change, Snapshot, Workspace


@dataclass(frozen=True, slots=True)
class TransportInfo:
    """A transport and where it stands relative to the file's root."""

    pointer: str  # "/emailDs/transports/0", or "/emailDs/transport"
    index: int
    label: str  # alias, else host, else "Transport 1"


@dataclass(frozen=True, slots=True)
class DatasourceInfo:
    """A data source of the app, whatever its connector."""

    name: str
    connector: str | None
    is_mail: bool
    detail: str  # second line in the tree: host of a mail data source, else the connector
    files: tuple[str, ...]  # the layers that mention it, in reading order
    broken: str | None = None  # a sentence when it is not an object, …


def list_datasources(snapshot: Snapshot) -> list[DatasourceInfo]:
    """All data sources over all layers, mail ones first, then in file order."""
    raise NotImplementedError


def transports(value: Json, name: str) -> list[TransportInfo]:
    """The transports of a data source in one file's value (`transports`, else `transport`)."""
    raise NotImplementedError


def add_mail_datasource(workspace: Workspace, file: str, name: str) -> list[Change]:
    """Add a mail data source with one empty smtp transport; raise EditError if the name is taken."""
    raise NotImplementedError


def duplicate_datasource(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Copy a data source in every layer that has it."""
    raise NotImplementedError


def rename_datasource(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Rename in every layer, the inner `name` where it equalled the key, and all bindings."""
    raise NotImplementedError


def remove_datasource(workspace: Workspace, name: str) -> list[Change]:
    """Remove from every layer; bindings to it become null."""
    raise NotImplementedError


def add_transport(workspace: Workspace, file: str, name: str) -> list[Change]:
    """Append an smtp transport (a single `transport` object becomes `transports`)."""
    raise NotImplementedError


def remove_transport(workspace: Workspace, file: str, pointer: str) -> list[Change]:
    """Remove a transport by its pointer."""
    raise NotImplementedError


def valid_name(snapshot: Snapshot, name: str) -> str | None:
    """Return a sentence saying why the name cannot be used for a new data source, or None."""
    raise NotImplementedError
