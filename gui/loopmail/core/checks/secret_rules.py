"""Secrets that stand in the files as plain text."""

from collections.abc import Iterator
from functools import partial

from loopmail.core.app_folder import is_private
from loopmail.core.checks.context import Context, Place
from loopmail.core.checks.problem import Problem
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.secret_names import find_plain_secrets


def secret_in_file(context: Context) -> Iterator[Problem]:
    """Passwords in datasources.json end up in git (users-pains F1)."""
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


RULES = (secret_in_file,)
