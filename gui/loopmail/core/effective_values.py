"""The effective values of a data source one by one, each with where it comes from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.layers import EffectiveDatasource, Origin
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
    for tokens, value in leaves(datasource.settings):
        pointer = format_pointer(tokens)
        shown = value if show_secrets else mask_at(tokens, value)
        text = "undefined" if shown is UNDEFINED else json.dumps(shown, ensure_ascii=False)
        yield EffectiveValue(pointer[1:], text, _origin_text(datasource.origins.get(pointer)))


def _origin_text(origin: Origin | None) -> str:
    if origin is None:
        return ""
    text = origin.file or ""
    if origin.variable is None:
        return text
    return f"{text}, ${{{origin.variable}}} {origin.source or 'is not set'}"
