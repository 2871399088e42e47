"""A place in the app's files in the words of the window's fields: `emailDs › main › Password`."""

from collections.abc import Mapping, Sequence

from loopmail.core.app.folder import kind_of
from loopmail.core.edit.fields import TRANSPORT_FIELDS
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import array_index, format_pointer, parse_pointer
from loopmail.core.loopback.datasources import transports
from loopmail.core.secret_names import mask_host

_BASE = "datasources.json"
# One decision of the window's, three keys of Nodemailer's.
SECURITY_KEYS = ("secure", "ignoreTLS", "requireTLS")
_LABELS = {field.path: field.label for field in TRANSPORT_FIELDS} | {
    "/auth": "Sign-in",
    **{f"/{key}": "Connection security" for key in SECURITY_KEYS},
}
_BINDING = {"dataSource": "Data source", "public": "Public"}


def place_words(
    file: str, pointer: str, values: Mapping[str, Json] | None = None
) -> tuple[str, ...]:
    """Return where a JSON Pointer of a file leads, from the outermost name to the setting.

    `values` are the parsed files by name: they tell the name of a transport, and that an only one
    needs none. Without them a transport is named by its number.
    """
    tokens = parse_pointer(pointer)
    kind = kind_of(file)
    if not tokens:
        return (file,)
    if kind == "model-config":
        return ("Model bindings", tokens[0], *(_BINDING.get(one, one) for one in tokens[1:]))
    if kind != "datasources":
        return tokens
    return (tokens[0], *_below_source(file, tokens, values))


def setting_words(tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the label of the field that a path within a transport leads to, and what is below it."""
    for length in range(len(tokens), 0, -1):
        label = _LABELS.get(format_pointer(tokens[:length]))
        if label is not None:
            return (label, *tokens[length:])
    return tuple(tokens)


def joined(words: Sequence[str]) -> str:
    """Return the words of a place as one line."""
    return " › ".join(words)


def _below_source(
    file: str, tokens: Sequence[str], values: Mapping[str, Json] | None
) -> tuple[str, ...]:
    name, rest = tokens[0], tokens[1:]
    if rest[:1] == ("transport",):
        return setting_words(rest[1:])
    index = array_index(rest[1]) if len(rest) > 1 and rest[0] == "transports" else None
    if index is None:
        return tuple(rest)
    words = setting_words(rest[2:])
    found = [
        transports(values[one], name)
        for one in dict.fromkeys((file, _BASE))
        if values is not None and one in values
    ]
    if found and max(map(len, found)) <= 1:
        return words
    number = f"Transport {index + 1}"
    labels = (one[index].label for one in found if index < len(one))
    return (mask_host(next((label for label in labels if label != number), number)), *words)
