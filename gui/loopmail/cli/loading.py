"""What several verbs need first: the app, its environment, its versions, its variables."""

import argparse
from dataclasses import dataclass

from loopmail.cli.keyring_access import open_store
from loopmail.core.errors import FileUnreadable
from loopmail.core.layers import Effective, effective
from loopmail.core.placeholders import Resolution, resolve
from loopmail.core.transport_modules import installed_transport_modules
from loopmail.core.versions import Versions, choose
from loopmail.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LoadedApp:
    """An app as one environment and one LoopBack see it."""

    workspace: Workspace
    versions: Versions
    resolution: Resolution
    effective: Effective
    modules: frozenset[str]


def load(arguments: argparse.Namespace) -> LoadedApp:
    """Open `arguments.dir` for `arguments.env` and `arguments.loopback`.

    Raise AppError for a folder that is no app. A keyring that is missing or locked is no error:
    `resolution.keyring_error` has it.
    """
    workspace = Workspace.open(arguments.dir)
    snapshot = workspace.snapshot()
    versions = choose_versions(workspace, arguments.loopback)
    resolution = resolve(snapshot, arguments.env, open_store())
    loaded = effective(snapshot, resolution.env, resolution.variables, versions)
    modules = installed_transport_modules(workspace.app.root)
    return LoadedApp(workspace, versions, resolution, loaded, modules)


def choose_versions(workspace: Workspace, major: int | None) -> Versions:
    """Return what is installed, or the line's last release where `--loopback` asks for another."""
    found = workspace.app.versions
    return found if major is None else choose(major, found)


def require_readable(loaded: LoadedApp) -> None:
    """Raise the error of the first file that LoopBack would read and that is broken."""
    for file in loaded.effective.files:
        if file.state == "read" and file.path in loaded.workspace.snapshot().errors:
            raise_broken(loaded.workspace, file.path)


def raise_broken(workspace: Workspace, name: str) -> None:
    """Raise InvalidJson or FileUnreadable for a file that the snapshot calls broken."""
    document = workspace.documents.get(name)
    if document is not None and document.error is not None:
        raise document.error
    raise FileUnreadable(workspace.app.server / name, workspace.snapshot().errors[name])
