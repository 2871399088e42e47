"""`${VAR}` placeholders that do not do what they look like (loopback-semantics 1.3)."""

from collections.abc import Iterator
from functools import partial as partial_call

from loopmail.core.checks.context import Context, Place
from loopmail.core.checks.problem import Problem
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.secret_names import LOOKS_LIKE_PLACEHOLDER, PLACEHOLDER, secrecy
from loopmail.core.versions import resolves_variables


def _texts(context: Context) -> Iterator[tuple[Place, str]]:
    for layer in context.effective.files:
        if layer.state == "read" and layer.path.startswith("datasources"):
            value = context.snapshot.values.get(layer.path)
            look = partial_call(_texts_of, layer.path, value)
            yield from context.texts.once("texts", layer.path, look)


def _texts_of(file: str, value: Json) -> Iterator[tuple[Place, str]]:
    for tokens, text in leaves(value):
        if isinstance(text, str) and "$" in text:
            yield Place(file, format_pointer(tokens)), text


def partial(context: Context) -> Iterator[Problem]:
    """Only a placeholder at the end counts, and it replaces the whole text (users-pains E4)."""
    for place, text in _texts(context):
        match = PLACEHOLDER.search(text)
        if match and match.start() == 0 or not LOOKS_LIKE_PLACEHOLDER.search(text):
            continue
        if match:
            if (
                secrecy(place.pointer.rpartition("/")[2]) == "secret"
                and "${" not in text[: match.start()]
            ):
                message = (
                    f"This ends with ${{{match[1]}}}, so LoopBack replaces the whole text by that "
                    "variable’s value and the rest is lost."
                )
            else:
                message = (
                    f"LoopBack replaces the whole text by the value of {match[1]}: what stands "
                    "before the placeholder is lost."
                )
            yield context.problem("variable-partial", "error", place, message)
        else:
            yield context.problem(
                "variable-partial",
                "warning",
                place,
                "LoopBack takes this text as it stands: a placeholder is ${NAME} (letters, digits, _) "
                "at the end of the text.",
            )


def unresolved(context: Context) -> Iterator[Problem]:
    """A variable that nothing sets becomes undefined."""
    for variable, origins in context.effective.unresolved.items():
        for origin in origins:
            if origin.file:
                yield context.problem(
                    "variable-unresolved",
                    "warning",
                    Place(origin.file, origin.pointer),
                    f"{variable} is set nowhere here (environment, keyring, config.json): "
                    "LoopBack takes the value as missing.",
                )


def unsupported(context: Context) -> Iterator[Problem]:
    """An old loopback-boot leaves `${VAR}` as it stands."""
    if resolves_variables(context.versions):
        return
    for place, text in _texts(context):
        if PLACEHOLDER.search(text):
            yield context.problem(
                "variable-unsupported",
                "error",
                place,
                f"loopback-boot {context.versions.boot} does not resolve placeholders: the text goes "
                "to the server as it stands. Put the value into datasources.local.json, outside git.",
            )


RULES = (partial, unresolved, unsupported)
