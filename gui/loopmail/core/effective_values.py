"""The effective values of a data source one by one, each with where it comes from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import parse_pointer
from loopmail.core.layers import EffectiveDatasource, Origin
from loopmail.core.merge_rules import escape
from loopmail.core.secret_names import mask_at


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """A leaf: its path without the first slash, its value as JSON text, its origin in words."""

    setting: str
    text: str
    origin: str


def effective_values(
    datasource: EffectiveDatasource, *, show_secrets: bool = False
) -> Iterator[EffectiveValue]:
    """Yield the leaves in the files' order; an unresolved variable's value is `undefined`."""
    for pointer, value in _leaves(datasource.settings):
        shown = value if show_secrets else mask_at(parse_pointer(pointer), value)
        text = "undefined" if shown is UNDEFINED else json.dumps(shown, ensure_ascii=False)
        yield EffectiveValue(pointer[1:], text, _origin_text(datasource.origins.get(pointer)))


def _leaves(value: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _leaves(child, f"{pointer}/{escape(key)}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{pointer}/{index}")
    else:
        yield pointer, value


def _origin_text(origin: Origin | None) -> str:
    if origin is None:
        return ""
    text = origin.file or ""
    if origin.variable is None:
        return text
    return f"{text}, ${{{origin.variable}}} {origin.source or 'is not set'}"
