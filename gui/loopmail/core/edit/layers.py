"""Layers of the data sources: making one, emptying one, and copying values from one to another."""

import re
from collections.abc import Iterable

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import BASE_FILE, layer_name, parse_layer_name
from loopmail.core.app.misnamed import is_copy
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import at, parse_pointer
from loopmail.core.loopback.layers import editable_layers
from loopmail.core.loopback.transport import Transport

_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def all_layers(snapshot: Snapshot, env: str | None) -> tuple[str, ...]:
    """Return the data source files of every environment that a change may go to, base first.

    Those that do not exist yet and would be made are among them; `env` counts as one, too.
    """
    present = {file.name for file in snapshot.app.files}
    names = dict.fromkeys(
        name for one in (env, *snapshot.app.environments) for name in editable_layers(one, present)
    )
    return tuple(names)


# --- Copying --------------------------------------------------------------------------


def copy_values(
    workspace: Workspace, source: Transport, paths: Iterable[str], to: str
) -> list[Change]:
    """Make another layer say of the same transport what is in use here.

    A variable goes as `${NAME}`. What is not given here is taken away there. Raise EditError where
    the other layer cannot take it.
    """
    snapshot = workspace.snapshot()
    target = Transport(snapshot, to, source.datasource, source.index)
    values: dict[str, Json] = {}
    for path in paths:
        value = _as_written(snapshot, source, path)
        values[path] = target.nothing_for(path) if value is UNDEFINED else value
    return target.changes(workspace, values)


def _as_written(snapshot: Snapshot, source: Transport, path: str) -> Json:
    """Return the value in use as the file that decides has it."""
    origin = source.origin(path)
    if origin is not None and origin.file is not None:
        whole = snapshot.values.get(origin.file, UNDEFINED)
        written = at(whole, parse_pointer(origin.pointer))
        if written is not UNDEFINED:
            return written
    return source.current(path)


# --- Making and emptying --------------------------------------------------------------


def layer_refused(snapshot: Snapshot, env: str) -> str | None:
    """Return in a sentence why no layer can be made for this environment, None if it can."""
    if not _ENVIRONMENT.match(env):
        return "An environment's name is made of letters, digits, “-” and “_”."
    name = layer_name("datasources", "env", env)
    found = parse_layer_name(name)
    if found is None or found.env != env:
        return f"{name} is the file for this computer alone, which every environment reads."
    if is_copy(env):
        return f"{name} looks like a template or a backup; choose another name."
    taken = {file.name for file in snapshot.app.files} | set(snapshot.values)
    script = name.removesuffix(".json") + ".js"
    for other in (name, script):
        if other in taken:
            return f"There is a {other} already."
    return None


def create_layer(workspace: Workspace, env: str) -> list[Change]:
    """Make the data source file of an environment, with nothing in it; raise EditError."""
    refused = layer_refused(workspace.snapshot(), env)
    if refused is not None:
        raise EditError("", refused)
    return ChangeBuilder(workspace).create(layer_name("datasources", "env", env)).changes


def empty_layer(workspace: Workspace, file: str) -> list[Change]:
    """Take away all that a layer says: to LoopBack an empty one is as good as none.

    Raise EditError for the base file, InvalidJson where the file is broken.
    """
    if file == BASE_FILE:
        raise EditError("", f"{file} is what the other files build on; it is not emptied at once.")
    return ChangeBuilder(workspace).set(file, "", {}).changes
