"""model-config.json: which model uses which data source. STUB: bodies are being written."""

from dataclasses import dataclass

from loopmail.core.workspace import Change, Snapshot, Workspace


@dataclass(frozen=True, slots=True)
class Binding:
    """A row of the bindings table."""

    model: str
    datasource: str | None
    public: bool | None  # None: not written
    state: str  # a short sentence: "Sends mail", "Not bound", "Data source missing", …
    ok: bool
    file: str  # the layer that decides


def list_bindings(snapshot: Snapshot, env: str | None = None) -> list[Binding]:
    """All bindings of the app, in file order; `_meta` is not one."""
    raise NotImplementedError


def bindable_models(snapshot: Snapshot) -> list[str]:
    """Models that may be bound and are not yet: built-in ones (Email, …) and those of the folders."""
    raise NotImplementedError


def users_of(snapshot: Snapshot, datasource: str) -> list[str]:
    """The models bound to a data source."""
    raise NotImplementedError


def bind(
    workspace: Workspace, model: str, datasource: str | None, file: str = "model-config.json"
) -> list[Change]:
    """Set a model's dataSource, adding the entry if it is new; creates the file if needed."""
    raise NotImplementedError


def set_public(
    workspace: Workspace, model: str, public: bool | None, file: str = "model-config.json"
) -> list[Change]:
    """Set or remove a binding's `public`."""
    raise NotImplementedError


def unbind(workspace: Workspace, model: str, file: str = "model-config.json") -> list[Change]:
    """Remove a model's entry."""
    raise NotImplementedError
