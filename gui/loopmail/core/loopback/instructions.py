"""Which models loopback-boot starts, and in which order, before LoopBack makes any of them.

Sources: buildAllModelInstructions, findModelDefinitions, loadModelDefinition, addAllBaseModels and
sortByInheritance in loopback-boot 2.28 `lib/compiler.js` and 3.3 `lib/plugins/model.js`; toposort
2.0.2, `index.js`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from loopmail.core.app.definitions import (
    DEFAULT_SOURCES,
    DefinitionFile,
    Definitions,
    name_of_file,
)
from loopmail.core.js import INHERITED_FUNCTIONS, UNDEFINED, Json, Undefined, own_keys, truthy
from loopmail.core.loopback.layers import META, LayerNode, plain
from loopmail.core.nodemailer.conversions import member, to_string

# Those of Object.prototype, which every JavaScript object seems to have.
INHERITED = INHERITED_FUNCTIONS | {"__proto__"}


@dataclass(frozen=True, slots=True)
class ModelError:
    """Why a model stops LoopBack's start, in its words.

    `model` is empty where a file or a source is to blame. The kind says where it happens: as the
    files are read and put in order, before any data source is made; as the models are defined; or
    as one is attached to a data source that does not exist.
    """

    text: str
    code: str | None = None
    model: str = ""
    kind: Literal["files", "model", "datasource"] = "files"


class StartRefused(Exception):
    """LoopBack stops before it makes anything. Internal: it becomes `Registry.boot_error`."""

    def __init__(self, text: str, code: str | None = None, model: str = "") -> None:
        super().__init__(text)
        self.error = ModelError(text, code, model)


@dataclass(frozen=True, slots=True)
class Found:
    """A definition in the sources; one of LoopBack's own models has no file."""

    value: Json
    file: DefinitionFile | None = None


# --- The definitions in the sources ---------------------------------------------------

# The models in loopback/common/models (2.42, 3.28); only two of them name their base.
_LOOPBACKS: Mapping[str, Json] = {
    **dict.fromkeys(("Email", "KeyValueModel"), {"base": "Model"}),
    **dict.fromkeys(("ACL", "AccessToken", "Application", "Change", "Checkpoint"), {}),
    **dict.fromkeys(("Role", "RoleMapping", "Scope", "User"), {}),
}


def model_sources(config: LayerNode) -> Sequence[str]:
    """Return the sources that model-config.json names; raise StartRefused where LoopBack stops."""
    found = member(member(plain(config), META), "sources")
    if not truthy(found):
        return DEFAULT_SOURCES
    if not isinstance(found, list):
        raise StartRefused("sources.forEach is not a function")
    for source in found:
        if source is None:
            raise StartRefused("Cannot read properties of null (reading 'substring')")
        if not isinstance(source, str):
            raise StartRefused("relativePath.substring is not a function")
    return found


def find_definitions(definitions: Definitions, boot_major: int) -> dict[str, Found]:
    """Return name to definition, the last of a name; raise StartRefused where LoopBack stops.

    Every file of the sources is read, whether model-config.json names its model or not.
    """
    found: dict[str, Found] = {}
    for folder in definitions.folders:
        if folder.loopbacks:
            found |= {name: Found(value) for name, value in _LOOPBACKS.items()}
        for file in folder.files:
            value = _named(file, boot_major)
            if folder.lost_link is not None:
                text = f"ENOENT: no such file or directory, stat '{folder.lost_link}'"
                raise StartRefused(text, "ENOENT")
            if value is not UNDEFINED:
                name, definition = value
                found[name] = Found(definition, file)
    return found


def _named(file: DefinitionFile, boot_major: int) -> tuple[str, Json] | Undefined:
    """Return a file's definition and its name, UNDEFINED if it is skipped."""
    if file.missing:
        raise StartRefused(f"Cannot find module '{file.path}'", "MODULE_NOT_FOUND")
    if file.broken:
        raise StartRefused(f"{file.path}: {file.problem}")
    value = file.value
    if value is UNDEFINED:
        return UNDEFINED
    if value is None:
        raise StartRefused("Cannot read properties of null (reading 'name')")
    name = member(value, "name")
    if truthy(name):
        return to_string(name), value
    name = name_of_file(file.path.stem)
    if isinstance(value, dict):
        value = {**value, "name": name}
    elif isinstance(value, list):
        # Version 2 makes a copy, which lacks the name that the list was given.
        value = {"name": name} if boot_major >= 3 else {}
    elif boot_major >= 3:
        kind = "string" if isinstance(value, str) else "number"
        kind = "boolean" if isinstance(value, bool) else kind
        raise StartRefused(f"Cannot create property 'name' on {kind} '{to_string(value)}'")
    else:  # not in strict mode: nobody notices that it takes no name
        return UNDEFINED
    return (name, value) if name else UNDEFINED


# --- Their order ----------------------------------------------------------------------


def start_order(entries: Sequence[str], found: Mapping[str, Found]) -> list[str]:
    """Return the models to start: those of model-config.json and their bases, bases first.

    `entries` are the names in model-config.json as JavaScript orders them. A base with a name of
    JavaScript's own is among them, as it is in LoopBack. Raise StartRefused for a circle.
    """
    waiting = list(entries)
    built: dict[str, None] = {}
    for name in waiting:  # grows meanwhile
        if name in built or name in INHERITED:  # the latter pass for visited
            continue
        built[name] = None
        if name in found and (base := to_string(_base(name, found))) in found:
            waiting.append(base)
    edges = [(_node(_base(name, found)), name) for name in built]
    order, repeated = _toposort(edges)
    if repeated is not None:
        text = f"Cyclic dependency, node was:{json.dumps(repeated, ensure_ascii=False)}"
        raise StartRefused(text, None, str(repeated))
    return [n for n in order if isinstance(n, str) and (n in built or n in INHERITED)]


def _base(name: str, found: Mapping[str, Found]) -> Json | Undefined:
    """Return the base by which a model is put in order (getBaseModelName)."""
    definition = found[name].value if name in found else UNDEFINED
    base = member(definition, "base")
    if truthy(base):
        return base
    options = member(definition, "options")
    return member(options, "base") if truthy(options) else options


# A name, or another value as its type and text.
_Node: TypeAlias = str | tuple[str, str]


def _node(base: Json | Undefined) -> _Node:
    return base if isinstance(base, str) else (type(base).__name__, to_string(base))


def _toposort(edges: Sequence[tuple[_Node, _Node]]) -> tuple[list[_Node], _Node | None]:
    """Return the nodes in toposort's order, and None or the node at which it finds a circle."""
    children: dict[_Node, dict[_Node, None]] = {}
    for start, end in edges:
        children.setdefault(start, {})[end] = None
        children.setdefault(end, {})
    visited: set[_Node] = set()
    placed: list[_Node] = []  # the last one first
    for root in reversed(children):
        if root in visited:
            continue
        visited.add(root)
        path: dict[_Node, Iterator[_Node]] = {root: reversed(children[root])}
        while path:
            node, rest = next(reversed(path.items()))
            child = next(rest, None)
            if child is None:
                placed.append(node)
                del path[node]
            elif child in path:
                return [], child
            elif child not in visited:
                visited.add(child)
                path[child] = reversed(children[child])
    return placed[::-1], None


def entry_names(config: LayerNode) -> list[str]:
    """Return the names that model-config.json has entries for, in JavaScript's order."""
    return [name for name in own_keys(config.content) if name != META]
