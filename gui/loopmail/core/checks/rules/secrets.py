"""`${VAR}` placeholders that do not do what they look like, and secrets written as plain text.

Source: interpolateVariables() in loopback-boot 2.28.0, lib/executor.js, and 3.3.1,
lib/plugin-base.js.
"""

from collections.abc import Iterator
from functools import partial

from loopmail.core.app.folder import is_private
from loopmail.core.app.versions import resolves_variables
from loopmail.core.checks.context import Context, Place
from loopmail.core.checks.problem import Problem
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.secret_names import (
    LOOKS_LIKE_PLACEHOLDER,
    PLACEHOLDER,
    find_plain_secrets,
    secrecy,
)


def _texts(context: Context) -> Iterator[tuple[Place, str]]:
    for layer in context.effective.files:
        if layer.state == "read" and layer.path.startswith("datasources"):
            value = context.snapshot.values.get(layer.path)
            look = partial(_texts_of, layer.path, value)
            yield from context.texts.once("texts", layer.path, look)


def _texts_of(file: str, value: Json) -> Iterator[tuple[Place, str]]:
    for tokens, text in leaves(value):
        if isinstance(text, str) and "$" in text:
            yield Place(file, format_pointer(tokens)), text


def partial_placeholder(context: Context) -> Iterator[Problem]:
    """Only a placeholder at the end counts, and it replaces the whole text."""
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


# --- Secrets in plain text ------------------------------------------------------------


def secret_in_file(context: Context) -> Iterator[Problem]:
    """Passwords in datasources.json end up in git, where everyone with a copy of it has them."""
    for layer in context.effective.files:
        if not layer.path.startswith("datasources"):
            continue
        look = partial(find_plain_secrets, context.snapshot.values.get(layer.path))
        for secret in context.texts.once("secrets", layer.path, look):
            yield _problem(context, Place(layer.path, format_pointer(secret.tokens)))


def _problem(context: Context, place: Place) -> Problem:
    if place.file in context.tracked_secrets:
        return context.problem(
            "secret-in-git",
            "warning",
            place,
            "This secret stands in a file that git keeps: everyone with a copy of the repository "
            "has it. Move it to the keyring and change it at the provider.",
        )
    return context.problem(
        "secret-in-file",
        "info" if is_private(place.file) else "warning",
        place,
        "This secret stands in the file as plain text. In the keyring it is safe from git and "
        "from looking over your shoulder.",
    )


RULES = (
    partial_placeholder,
    unresolved,
    unsupported,
    secret_in_file,
)
