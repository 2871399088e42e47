"""How the two sides of a conflict are shown: short, on one line, without secrets."""

import json

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.masking import mask_scalar

_MOST = 200  # characters


def shown_value(pointer: str, value: Json) -> str:
    """Return a value as JSON with its secrets masked; `not set` for one that is missing.

    `pointer` is the value's place in its file: it tells what is a secret.
    """
    if value is UNDEFINED:
        return "not set"
    if pointer == "" and isinstance(value, str):
        return f"the whole text ({len(value)} characters)"  # not JSON: it may hold anything
    text = json.dumps(_masked(pointer, value), ensure_ascii=False)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _masked(pointer: str, value: Json) -> Json:
    if isinstance(value, dict):
        return {k: _masked(pointer + format_pointer([k]), part) for k, part in value.items()}
    if isinstance(value, list):
        return [_masked(f"{pointer}/{index}", part) for index, part in enumerate(value)]
    return mask_scalar(pointer, value)
