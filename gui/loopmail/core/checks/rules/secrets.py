"""`${VAR}` placeholders that do not do what they look like, and secrets written as plain text.

Source: interpolateVariables() in loopback-boot 2.28.0, lib/executor.js, and 3.3.1,
lib/plugin-base.js.
"""

from collections.abc import Iterator
from functools import partial

from loopmail.core.app.folder import LOCAL_FILE, is_private
from loopmail.core.app.packages import declared
from loopmail.core.app.versions import resolves_variables
from loopmail.core.checks.context import Context, set_at
from loopmail.core.checks.rule import Family, Found, the_app
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.loopback.transport import Place, place_in
from loopmail.core.secret_names import (
    LOOKS_LIKE_PLACEHOLDER,
    PLACEHOLDER,
    find_plain_secrets,
    foreign_variable,
    is_stand_in,
    secrecy,
    secret_ending,
)

RULES = Family()


def _texts(context: Context) -> Iterator[tuple[Place, str]]:
    for layer in context.layers("datasources"):
        if layer.state == "read":
            value = context.snapshot.values.get(layer.path)
            look = partial(_texts_of, layer.path, value)
            yield from context.texts.once("texts", layer.path, look)


def _texts_of(file: str, value: Json) -> Iterator[tuple[Place, str]]:
    for tokens, text in leaves(value):
        if isinstance(text, str) and ("$" in text or foreign_variable(text)):
            yield Place(file, format_pointer(tokens)), text


@RULES.check(the_app, "variable-partial", "A placeholder is not the whole text", certain=True)
def partial_placeholder(context: Context) -> Iterator[Found]:
    """Only a placeholder at the end counts, and it replaces the whole text."""
    for place, text in _texts(context):
        match = PLACEHOLDER.search(text)
        foreign = foreign_variable(text)
        if foreign and foreign[1]:
            yield _misspelt(context, place, foreign[0])
            continue
        if match and match.start() == 0 or not LOOKS_LIKE_PLACEHOLDER.search(text):
            continue
        if match is None:
            message = (
                "LoopBack takes this text as it stands: a placeholder is ${NAME} (letters, digits, _) "
                "at the end of the text."
            )
            yield Found("warning", place, message)
            continue
        message = (
            f"LoopBack replaces the whole text by the value of {match[1]}: what stands "
            "before the placeholder is lost."
        )
        secret = secrecy(place.pointer.rpartition("/")[2]) == "secret"
        if secret and "${" not in text[: match.start()]:  # what is lost may be a password
            message = (
                f"This ends with ${{{match[1]}}}, so LoopBack replaces the whole text by that "
                "variable’s value and the rest is lost."
            )
        yield Found("error", place, message)


def _misspelt(context: Context, place: Place, variable: str) -> Found:
    if not resolves_variables(context.versions):
        text = "LoopBack takes this text as it stands; this loopback-boot replaces no variables."
        return Found("warning", place, text)
    right = f"${{{variable}}}"
    text = f"LoopBack takes this text as it stands: it replaces a variable spelled {right} only."
    # Not safe: whether something sets the variable where the app runs is not known here.
    return Found("warning", place, text, set_at(place, f"Write {right}", right, safe=False))


@RULES.check(
    the_app, "placeholder-spelling", "A variable is spelled for another tool", certain=True
)
def spelling_of_another_tool(context: Context) -> Iterator[Found]:
    """`%NAME%`, `{{NAME}}`, `#{NAME}` and the like go to the server as they stand."""
    for place, text in _texts(context):
        foreign = foreign_variable(text)
        if foreign and not foreign[1]:
            yield _misspelt(context, place, foreign[0])


@RULES.check(the_app, "variable-unresolved", "Nothing sets a variable")
def unresolved(context: Context) -> Iterator[Found]:
    """A variable that nothing sets becomes undefined."""
    if not _loads_dotenv(context):
        for variable, place in _unset(context):
            text = (
                f"{variable} is set nowhere here (environment, keyring, config.json): "
                "LoopBack takes the value as missing."
            )
            yield Found("warning", place, text)


@RULES.check(the_app, "variable-not-known", "A variable may come from a file that is not read here")
def not_known(context: Context) -> Iterator[Found]:
    """A variable that the app may take from its `.env` file; whether it does is not known here."""
    if _loads_dotenv(context):
        for variable, place in _unset(context):
            text = (
                f"{variable} is not known here: this app loads a .env file (dotenv), which loopmail "
                f"does not read. To test with it, set {variable} in the environment or keep it in "
                "the keyring."
            )
            yield Found("info", place, text)


def _unset(context: Context) -> Iterator[tuple[str, Place]]:
    for variable, origins in context.effective.unresolved.items():
        for origin in origins:
            if origin.file:
                yield variable, Place(origin.file, origin.pointer)


def _loads_dotenv(context: Context) -> bool:
    """Tell whether the app has npm's dotenv, or a relative of it, and seems to use it."""
    if not context.effective.unresolved:
        return False
    root = context.snapshot.app.root
    if not any(name.split("-")[0] == "dotenv" for name in declared(root)):
        return False
    commands = map(str, declared(root, ("scripts",)).values())
    return context.view.scripts_mention("dotenv") or any("dotenv" in one for one in commands)


@RULES.check(
    the_app,
    "variable-unsupported",
    "This loopback-boot resolves no placeholders",
    certain=True,
)
def unsupported(context: Context) -> Iterator[Found]:
    """An old loopback-boot leaves `${VAR}` as it stands."""
    if resolves_variables(context.versions):
        return
    message = (
        f"loopback-boot {context.versions.boot} does not resolve placeholders: the text goes "
        f"to the server as it stands. Put the value into {LOCAL_FILE}, outside git."
    )
    for place, text in _texts(context):
        if PLACEHOLDER.search(text):
            yield Found("error", place, message)


@RULES.check(the_app, "placeholder-password", "A stand-in was never replaced by the real secret")
def unreplaced(context: Context) -> Iterator[Found]:
    """Only what counts in this environment: a layer above may well replace it."""
    text = (
        "This stands in for a secret that nobody has put here yet: the app signs in with this "
        "very text. Set the real one, best as ${VARIABLE} with its value in the keyring."
    )
    for source in context.effective.datasources.values():
        for tokens, value in leaves(source.settings):
            if not is_stand_in(value) or secret_ending(tokens, value) is None:
                continue
            origin = source.origins.get(format_pointer(tokens))
            if origin is None or not origin.variable:
                yield Found("warning", place_in(source, format_pointer(tokens)), text)


# --- Secrets in plain text ------------------------------------------------------------
# Passwords in datasources.json end up in git, where everyone with a copy of it has them.


def _plain_secrets(context: Context) -> Iterator[Place]:
    for layer in context.layers("datasources"):
        look = partial(find_plain_secrets, context.snapshot.values.get(layer.path))
        for secret in context.texts.once("secrets", layer.path, look):
            yield Place(layer.path, format_pointer(secret.tokens))


@RULES.check(the_app, "secret-in-git", "A secret stands in a file that git keeps", certain=True)
def secret_in_git(context: Context) -> Iterator[Found]:
    """Secrets in files that git tracks."""
    text = (
        "This secret stands in a file that git keeps: everyone with a copy of the repository "
        "has it. Move it to the keyring and change it at the provider."
    )
    for place in _plain_secrets(context):
        if place.file in context.tracked_secrets:
            yield Found("warning", place, text)


@RULES.check(the_app, "secret-in-file", "A secret stands in a file as plain text", certain=True)
def secret_in_file(context: Context) -> Iterator[Found]:
    """Secrets in the other files."""
    text = (
        "This secret stands in the file as plain text. In the keyring it is safe from git and "
        "from looking over your shoulder."
    )
    for place in _plain_secrets(context):
        if place.file not in context.tracked_secrets:
            yield Found("info" if is_private(place.file) else "warning", place, text)
