"""The files against their JSON Schemas, member by member, each member judged once.

A file of a thousand data sources differs in one of them from one letter typed to the next; the
others' answers are kept.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from loopmail.assets import read_json
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer

_KEPT = 4096  # members of files whose answer is kept


@dataclass(frozen=True, slots=True)
class StructureFault:
    """Where a file has another structure than LoopBack reads, in plain words without a stop."""

    pointer: str
    text: str


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # lazy: heavy

    return Draft202012Validator(read_json(schema))


def structure_faults(schema: str, value: Json) -> Iterator[StructureFault]:
    """Yield what the schema (a resource's name) has against a file's value."""
    if not isinstance(value, dict):
        yield from _judge(schema, json.dumps(value))
        return
    for key, member in value.items():
        yield from _judge(schema, json.dumps({key: member}))


@lru_cache(_KEPT)
def _judge(schema: str, text: str) -> tuple[StructureFault, ...]:
    found = []
    for error in _validator(schema).iter_errors(json.loads(text)):
        path = list(error.absolute_path)
        where = f"“{path[-1]}”" if path else "The file"
        found.append(StructureFault(format_pointer(path), f"{where} {_words(error)}"))
    return tuple(found)


def _words(error: Any) -> str:
    expected = error.validator_value
    if error.validator == "type":
        kinds = expected if isinstance(expected, list) else [expected]
        article = {
            "object": "an object {…}",
            "array": "an array […]",
            "null": "null",
            "integer": "a whole number",
        }
        return "must be " + " or ".join(article.get(kind, f"a {kind}") for kind in kinds)
    if error.validator == "required":
        return f"misses the key {str(error.message).split(' ')[0]}"
    if error.validator in ("minimum", "maximum", "enum", "minLength"):
        return f"has a value that LoopBack cannot use ({error.validator} {expected!r})"
    return "does not have the structure that LoopBack reads"
