"""How loopback-boot merges the layers of one configuration.

Sources: loopback-boot 2.28 `lib/config-loader.js`, 3.3 `lib/plugin-base.js`. Both versions use the
same rules for datasources, model-config and config; they differ in how an error is worded.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from loopmail.core.boot_errors import TOO_DEEP, BootRefused, MergeRefused, cannot_read
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

# Far below where Node's own stack ends, far above any real configuration.
MAX_DEPTH = 150


@dataclass(slots=True)
class Node:
    """A JSON value that remembers the file and the JSON Pointer where it stands."""

    content: "NodeContent" = field(repr=False)
    file: str | None
    pointer: str


NodeContent: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | None"


def track(value: Json, file: str | None, pointer: str = "", depth: int = 0) -> Node:
    """Turn a parsed file into nodes; raise BootRefused when it is nested too deeply."""
    if depth > MAX_DEPTH:
        raise BootRefused(TOO_DEEP)
    if isinstance(value, dict):
        members = {
            key: track(value[key], file, f"{pointer}/{escape(key)}", depth + 1)
            for key in own_keys(value)
        }
        return Node(members, file, pointer)
    if isinstance(value, list):
        items = [
            track(item, file, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)
        ]
        return Node(items, file, pointer)
    return Node(as_double(value), file, pointer)


def plain(node: Node) -> Json:
    """Return a node's value without its origins."""
    if isinstance(node.content, dict):
        return {key: plain(node.content[key]) for key in own_keys(node.content)}
    if isinstance(node.content, list):
        return [plain(child) for child in node.content]
    return node.content


def merge_layer(target: Node, layer: Node, path: str, boot_major: int) -> None:
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


def _merge_members(target: Node, layer: Node, prefix: str) -> None:
    for key in own_keys(layer.content):
        new = _member(layer, key)
        assert isinstance(new, Node)
        if target.content is None:
            raise cannot_read(key)
        full_key = f"{prefix}.{key}" if prefix else key
        _merge_value(target, key, new, full_key)


def _merge_value(target: Node, key: str, new: Node, full_key: str) -> None:
    old = _member(target, key)
    if not _compatible(old, new):
        raise MergeRefused(
            f"Cannot merge values of incompatible types for the option `{full_key}`."
        )
    if isinstance(old, Node):
        if isinstance(old.content, list):
            _merge_arrays(old, new, full_key)
            return
        if new.content is not None and (old.content is None or isinstance(old.content, dict)):
            _merge_members(old, new, full_key)
            return
    _assign(target, key, new)


def _merge_arrays(old: Node, new: Node, full_key: str) -> None:
    assert isinstance(old.content, list)
    assert isinstance(new.content, list)
    if len(old.content) != len(new.content):
        raise MergeRefused(
            f"Cannot merge array values of different length for the option `{full_key}`."
        )
    for index, item in enumerate(new.content):
        _merge_value(old, str(index), item, f"{full_key}[{index}]")


def _compatible(old: "Node | Undefined | str", new: Node) -> bool:
    new_is_object = is_object(new.content)
    if isinstance(old, str):  # an inherited function
        return not new_is_object
    if not isinstance(old, Node) or old.content is None:
        return True
    if isinstance(old.content, list):
        return isinstance(new.content, list)
    if isinstance(old.content, dict):
        return new_is_object
    return not new_is_object


def _member(node: Node, key: str) -> "Node | Undefined | str":
    """Return `node[key]` as JavaScript sees it; a text stands for an inherited function."""
    content = node.content
    if isinstance(content, dict):
        if key in content:
            return content[key]
    elif isinstance(content, (list, str)) and key.isdigit() and int(key) < len(content):
        item = content[int(key)]
        return item if isinstance(item, Node) else Node(item, node.file, node.pointer)
    return key if key in INHERITED_FUNCTIONS else UNDEFINED


def _assign(target: Node, key: str, new: Node) -> None:
    if isinstance(target.content, dict):
        if key != "__proto__":  # assigning it sets the prototype, not a member
            target.content[key] = new
    elif isinstance(target.content, list) and key.isdigit():
        index = int(key)
        while len(target.content) <= index:
            target.content.append(Node(None, None, ""))
        target.content[index] = new
