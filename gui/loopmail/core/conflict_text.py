"""How the two sides of a conflict are shown: short, on one line, without secrets."""

import json

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.secret_names import mask_value

_MOST = 200  # characters


def shown_value(pointer: str, value: Json) -> str:
    """Return a value as JSON with its secrets masked; `not set` for one that is missing.

    `pointer` is the value's place in its file: it tells what is a secret.
    """
    if value is UNDEFINED:
        return "not set"
    if pointer == "" and isinstance(value, str):
        return f"the whole text ({len(value)} characters)"  # not JSON: it may hold anything
    text = json.dumps(mask_value(parse_pointer(pointer), value, in_file=True), ensure_ascii=False)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
