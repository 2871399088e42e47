"""The difference of two JSON values as steps that lead from one to the other, without secrets.

A secret that stood somewhere in the old value is named by its place there; a new one is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.secret_names import is_hidden

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Set, copy (from the old value's place `source`) or remove what stands at a JSON Pointer."""

    kind: Literal["set", "copy", "remove", "omitted"]
    pointer: str
    value: Json = None
    source: str = ""


@dataclass
class _Comparison:
    old_secrets: Mapping[tuple[type, str], str]
    steps: list[Step] = field(default_factory=list)

    def compare(self, tokens: Tokens, old: Json, new: Json) -> None:
        if isinstance(old, dict) and isinstance(new, dict):
            self._objects(tokens, old, new)
        elif isinstance(old, list) and isinstance(new, list):
            self._arrays(tokens, old, new)
        elif type(old) is not type(new) or old != new:
            self._put(tokens, new)

    def _objects(self, tokens: Tokens, old: Mapping[str, Json], new: Mapping[str, Json]) -> None:
        for key in old:
            if key not in new:
                self.steps.append(Step("remove", format_pointer([*tokens, key])))
        for key, value in new.items():
            if key in old:
                self.compare((*tokens, key), old[key], value)
            else:
                self._put((*tokens, key), value)

    def _arrays(self, tokens: Tokens, old: list[Json], new: list[Json]) -> None:
        for index in range(len(old) - 1, len(new) - 1, -1):
            self.steps.append(Step("remove", format_pointer([*tokens, index])))
        for index, value in enumerate(new):
            if index < len(old):
                self.compare((*tokens, str(index)), old[index], value)
            else:
                self._put((*tokens, str(index)), value)

    def _put(self, tokens: Tokens, value: Json) -> None:
        """Set a value whole, its secrets apart from it."""
        pointer = format_pointer(tokens)
        source = self.old_secrets.get(_key(value))
        if source is not None:  # perhaps under another name now: it must not be written either
            self.steps.append(Step("copy", pointer, source=source))
            return
        if is_hidden(tokens, value, in_file=True):
            self.steps.append(Step("omitted", pointer))
            return
        if not isinstance(value, dict | list):
            self.steps.append(Step("set", pointer, value))
            return
        self.steps.append(Step("set", pointer, {} if isinstance(value, dict) else []))
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in children:
            self._put((*tokens, str(key)), child)


def _key(value: Json) -> tuple[type, str]:
    """Return what tells scalars apart: the number 1 is neither true nor the text 1."""
    return type(value), "" if isinstance(value, dict | list) else str(value)


def difference(old: Json, new: Json) -> list[Step]:
    """Return the steps from `old` to `new`; applied in order they give `new` but for new secrets."""
    secrets = {
        _key(value): format_pointer(tokens)
        for tokens, value in leaves(old)
        if not isinstance(value, dict | list) and is_hidden(tokens, value, in_file=True)
    }
    comparison = _Comparison(secrets)
    comparison.compare((), old, new)
    return comparison.steps
