"""Which layers of a configuration loopback-boot reads, and how it merges them.

Sources: loopback-boot 2.28 `lib/config-loader.js`, 3.3 `lib/plugin-base.js`. Both versions use the
same rules for datasources, model-config and config; they differ in how an error is worded.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from loopmail.core.app.folder import kind_of, layers_read
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import (
    INHERITED_FUNCTIONS,
    UNDEFINED,
    Json,
    Undefined,
    as_double,
    is_object,
    own_keys,
)
from loopmail.core.jsontext.pointer import escape

META = "_meta"  # in model-config.json: where models are found; it is no model

# --- Errors: LoopBack would not boot --------------------------------------------------


class BootRefused(Exception):
    """LoopBack would not boot with these files. The text is LoopBack's own, or Node's.

    Internal to the computation of effective values, where it becomes `Effective.error`.
    """


class MergeRefused(BootRefused):
    """Two layers do not fit together, in the words of loopback-boot's own check."""


def cannot_read(key: str) -> BootRefused:
    """JavaScript's TypeError for a member of null, as Node words it since version 16."""
    return BootRefused(f"Cannot read properties of null (reading '{key}')")


# --- Merging two layers ---------------------------------------------------------------

# Node's own stack ends far above. Documents are read up to 200 levels, so that only what is made
# otherwise can come here.
MAX_DEPTH = 250


@dataclass(slots=True)
class LayerNode:
    """A JSON value that remembers the file and the JSON Pointer where it stands."""

    content: "NodeContent" = field(repr=False)
    file: str | None
    pointer: str


NodeContent: TypeAlias = "dict[str, LayerNode] | list[LayerNode] | str | int | float | None"


def track(value: Json, file: str | None, pointer: str = "", depth: int = 0) -> LayerNode:
    """Turn a parsed file into nodes; raise BootRefused when it is nested too deeply."""
    if depth > MAX_DEPTH:
        raise BootRefused("Maximum call stack size exceeded")
    if isinstance(value, dict):
        members = {
            key: track(value[key], file, f"{pointer}/{escape(key)}", depth + 1)
            for key in own_keys(value)
        }
        return LayerNode(members, file, pointer)
    if isinstance(value, list):
        items = [
            track(item, file, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)
        ]
        return LayerNode(items, file, pointer)
    return LayerNode(as_double(value), file, pointer)


def plain(node: LayerNode) -> Json:
    """Return a node's value without its origins."""
    if isinstance(node.content, dict):
        return {key: plain(node.content[key]) for key in own_keys(node.content)}
    if isinstance(node.content, list):
        return [plain(child) for child in node.content]
    return node.content


def merge_layer(target: LayerNode, layer: LayerNode, path: str, boot_major: int) -> None:
    """Merge one file into the result so far; raise BootRefused in the words of that loopback-boot.

    `path` is the file's absolute path: version 2 names it in front of the error, version 3 puts it
    in front of the option.
    """
    if boot_major >= 3:
        _merge_members(target, layer, path)
        return
    try:
        _merge_members(target, layer, "")
    except MergeRefused as error:
        raise MergeRefused(f"Cannot apply {path}: {error}") from None


def _merge_members(target: LayerNode, layer: LayerNode, prefix: str) -> None:
    for key in own_keys(layer.content):
        new = _member(layer, key)
        assert isinstance(new, LayerNode)
        if target.content is None:
            raise cannot_read(key)
        full_key = f"{prefix}.{key}" if prefix else key
        _merge_value(target, key, new, full_key)


def _merge_value(target: LayerNode, key: str, new: LayerNode, full_key: str) -> None:
    old = _member(target, key)
    if not _compatible(old, new):
        raise MergeRefused(
            f"Cannot merge values of incompatible types for the option `{full_key}`."
        )
    if isinstance(old, LayerNode):
        if isinstance(old.content, list):
            assert isinstance(new.content, list)
            if len(old.content) != len(new.content):
                raise MergeRefused(
                    f"Cannot merge array values of different length for the option `{full_key}`."
                )
            for index, item in enumerate(new.content):
                _merge_value(old, str(index), item, f"{full_key}[{index}]")
            return
        if new.content is not None and (old.content is None or isinstance(old.content, dict)):
            _merge_members(old, new, full_key)
            return
    if isinstance(target.content, list):
        target.content[int(key)] = new
    elif isinstance(target.content, dict) and key != "__proto__":
        target.content[key] = new  # assigning to __proto__ sets the prototype, not a member


def _compatible(old: "LayerNode | Undefined | str", new: LayerNode) -> bool:
    new_is_object = is_object(new.content)
    if isinstance(old, Undefined) or (isinstance(old, LayerNode) and old.content is None):
        return True
    content = old.content if isinstance(old, LayerNode) else old  # a text: an inherited function
    if isinstance(content, list):
        return isinstance(new.content, list)
    return new_is_object is isinstance(content, dict)


def _member(node: LayerNode, key: str) -> "LayerNode | Undefined | str":
    """Return `node[key]` as JavaScript sees it; a text stands for an inherited function."""
    content = node.content
    if isinstance(content, dict):
        if key in content:
            return content[key]
    elif isinstance(content, (list, str)):
        item = content[int(key)]
        return item if isinstance(item, LayerNode) else LayerNode(item, node.file, node.pointer)
    return key if key in INHERITED_FUNCTIONS else UNDEFINED


# --- Merging two layers of middleware.json --------------------------------------------
# A layer may say more about a middleware that the base file has in the same phase, nothing else.
# Sources: mergeMiddlewareConfig, mergePhaseConfig and mergeNamedItems of loopback-boot 2.28
# `lib/config-loader.js`, and their namesakes in 3.3 `lib/plugins/middleware.js`, `plugin-base.js`.


def merge_middleware(target: LayerNode, layer: LayerNode, path: str, boot_major: int) -> None:
    """Merge one file into the phases so far; raise BootRefused in the words of that loopback-boot."""
    for phase in own_keys(layer.content):
        new, old = _member(layer, phase), _member(target, phase)
        if not isinstance(old, LayerNode):
            raise MergeRefused(
                f'Cannot apply {path}: The phase "{phase}" is not defined in the main config.'
            )
        assert isinstance(new, LayerNode)
        try:
            _merge_phase(old, new, phase, boot_major)
        except MergeRefused as error:
            # Version 3 throws the plain text as soon as two values do not fit.
            if boot_major >= 3 and str(error).startswith("Cannot merge"):
                raise
            raise MergeRefused(f"Cannot apply {path}: {error}") from None


def _merge_phase(target: LayerNode, layer: LayerNode, phase: str, boot_major: int) -> None:
    for name in own_keys(layer.content):
        if not isinstance(target.content, dict):
            shown = "null" if target.content is None else str(target.content)
            raise BootRefused(f"Cannot use 'in' operator to search for '{name}' in {shown}")
        new, old = _member(layer, name), _member(target, name)
        assert isinstance(new, LayerNode)
        if not isinstance(old, LayerNode):
            raise MergeRefused(
                f'The middleware "{name}" in phase "{phase}"is not defined in the main config.'
            )
        if not isinstance(old.content, list) and not isinstance(new.content, list):
            _merge_members(old, new, "")
            continue
        assert isinstance(target.content, dict)
        before = old.content if isinstance(old.content, list) else [old]
        more = new.content if isinstance(new.content, list) else [new]
        if not old.content and not isinstance(old.content, list):
            target.content[name] = new
        elif new.content:
            items = _merge_named(before, more, boot_major)
            target.content[name] = LayerNode(items, old.file, old.pointer)


def _merge_named(
    items: "list[LayerNode]", more: "list[LayerNode]", boot_major: int
) -> "list[LayerNode]":
    """Merge items that go by the same `name`; others are added at the end."""
    result = list(items)
    for item in more:
        name = _name_of(item)
        same = next((one for one in result if name is not None and _name_of(one) == name), None)
        if same is None:
            result.append(item)
            continue
        try:
            _merge_members(same, item, "")
        except MergeRefused:
            if boot_major >= 3:  # version 2 looks at no error here
                raise
    return result


def _name_of(item: LayerNode) -> NodeContent:
    name = item.content.get("name") if isinstance(item.content, dict) else None
    return name.content if isinstance(name, LayerNode) and name.content else None


# --- Which files are read, and in which order -----------------------------------------
# Sources: `findConfigFiles` of loopback-boot 2.28 `lib/config-loader.js` and 3.3
# `lib/plugin-base.js`; the same in both.


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file in LoopBack's reading order and what became of it."""

    path: str  # the file's name in the server folder
    state: Literal["read", "hidden", "script", "missing"]


def reading_order(kind: str, env: str | None, present: Collection[str]) -> list[FileRead]:
    """List the candidates of one configuration, e.g. `datasources`, in merge order.

    `present` are the names of the files that exist. A `.js` file hides its `.json` twin; without
    the base file nothing is read at all. `env` None means the base file only.
    """
    base, *further = layers_read(kind, env)
    master = base in present
    order = [FileRead(base, "read" if master else "missing")]
    for name in further:
        script = name.removesuffix(".json") + ".js"
        if script in present:
            order.append(FileRead(script, "script" if master else "hidden"))
            if name in present:
                order.append(FileRead(name, "hidden"))
        elif name in present:
            order.append(FileRead(name, "read" if master else "hidden"))
        else:
            order.append(FileRead(name, "missing"))
    return order


def editable_layers(env: str | None, present: Collection[str]) -> tuple[str, ...]:
    """Return the data source files that a change may go to, in reading order.

    Also those that do not exist yet, unless a script of the same layer would hide them.
    """
    names = layers_read("datasources", env)
    scripted = {name for name in names if name.removesuffix(".json") + ".js" in present}
    return tuple(name for name in names if name in present or name not in scripted)


# --- Reading and merging all layers of an app -----------------------------------------


def load_layers(snapshot: Snapshot, order: Sequence[FileRead], boot_major: int) -> LayerNode:
    """Return the merged configuration, an empty one without files; raise BootRefused."""
    # All files are read before the first two are merged, as in loopback-boot: an unreadable
    # one is reported rather than layers that do not fit.
    layers = {one.path: _read(snapshot, one.path) for one in order if one.state == "read"}
    merged: LayerNode | None = None
    for name, layer in layers.items():
        if merged is None:
            merged = layer
        else:
            merge = merge_middleware if kind_of(name) == "middleware" else merge_layer
            merge(merged, layer, str(snapshot.app.server / name), boot_major)
    return merged or LayerNode({}, None, "")


def _read(snapshot: Snapshot, name: str) -> LayerNode:
    if name in snapshot.errors or name not in snapshot.values:
        raise BootRefused(snapshot.errors.get(name, f"{name} could not be read."))
    value = snapshot.values[name]
    if not isinstance(value, (dict, list)):
        raise BootRefused("Object.defineProperty called on non-object")
    layer = track(value, name)
    if isinstance(layer.content, list):  # at the root it is treated by its indices
        layer.content = {str(index): item for index, item in enumerate(layer.content)}
    return layer


def layer_warnings(kind: str, order: Sequence[FileRead]) -> Iterator[str]:
    """Yield sentences about the files of a configuration that are not read or not known."""
    if order[0].state == "missing" and any(file.state == "hidden" for file in order):
        yield f"{kind}.json is missing, so LoopBack reads none of the files that override it."
        return
    for file in order:
        if file.state == "script":
            yield (
                f"{file.path} is a script: loopmail does not run it, so the values that it "
                "sets are not known here."
            )
        elif file.state == "hidden":
            script = file.path.removesuffix("on")
            yield f"{file.path} is never read: {script} stands in its place."
