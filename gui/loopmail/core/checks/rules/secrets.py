"""`${VAR}` placeholders that do not do what they look like, and secrets written as plain text.

Source: interpolateVariables() in loopback-boot 2.28.0, lib/executor.js, and 3.3.1,
lib/plugin-base.js.
"""

from collections.abc import Iterator
from functools import partial

from loopmail.core.app.folder import KINDS, LOCAL_FILE, is_private, kind_of
from loopmail.core.app.versions import resolves_variables
from loopmail.core.checks.context import Context, set_at
from loopmail.core.checks.rule import Family, Found, the_app
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.loopback.placeholders import why_not_replaced
from loopmail.core.loopback.transport import Place, place_in
from loopmail.core.plain_secrets import (
    ending_at,
    find_plain_secrets,
    foreign_variable,
    is_stand_in,
)
from loopmail.core.secret_names import LOOKS_LIKE_PLACEHOLDER, PLACEHOLDER, secrecy

RULES = Family()


def _read(context: Context) -> Iterator[str]:
    """Yield the names of all files that LoopBack reads, whatever they configure."""
    for kind in KINDS:
        yield from (layer.path for layer in context.layers(kind) if layer.state == "read")


def _texts(context: Context) -> Iterator[tuple[Place, str]]:
    for file in _read(context):
        look = partial(_texts_of, file, context.snapshot.values.get(file))
        yield from context.texts.once("texts", file, look)


def _texts_of(file: str, value: Json) -> Iterator[tuple[Place, str]]:
    """Yield what may be meant for a variable; where none is replaced, only in place of a secret."""
    everywhere = why_not_replaced(file) is None
    for tokens, text in leaves(value):
        meant = isinstance(text, str) and ("$" in text or foreign_variable(text))
        if meant and (everywhere or ending_at(value, tokens) is not None):
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
        if why_not_replaced(place.file) is not None:
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
    stays = why_not_replaced(place.file)
    if stays is not None:
        return Found("warning", place, f"LoopBack takes this text as it stands. {stays}")
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
    if context.effective.unresolved and not context.view.loads_dotenv:
        for variable, place in _unset(context):
            text = (
                f"{variable} is set nowhere here (environment, keyring, config.json): "
                "LoopBack takes the value as missing."
            )
            yield Found("warning", place, text)


@RULES.check(the_app, "variable-not-known", "A variable may come from a file that is not read here")
def not_known(context: Context) -> Iterator[Found]:
    """A variable that the app may take from its `.env` file; whether it does is not known here."""
    if context.effective.unresolved and context.view.loads_dotenv:
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


@RULES.check(
    the_app,
    "variable-unsupported",
    "This loopback-boot resolves no placeholders",
    certain=True,
)
def unsupported(context: Context) -> Iterator[Found]:
    """An old loopback-boot leaves `${VAR}` as it stands; each does so in some files."""
    message = (
        f"loopback-boot {context.versions.boot} does not resolve placeholders: the text goes "
        f"to the server as it stands. Put the value into {LOCAL_FILE}, outside git."
    )
    for place, text in _texts(context):
        stays = why_not_replaced(place.file)
        if not PLACEHOLDER.search(text):
            continue
        if stays is not None:
            yield Found("warning", place, f"The app gets this very text as its secret. {stays}")
        elif not resolves_variables(context.versions):
            yield Found("error", place, message)


@RULES.check(the_app, "placeholder-password", "A stand-in was never replaced by the real secret")
def unreplaced(context: Context) -> Iterator[Found]:
    """Only what counts in this environment: a layer above may well replace it."""
    found = "This stands in for a secret that nobody has put here yet: the app"
    text = (
        f"{found} signs in with this very text. Set the real one, best as ${{VARIABLE}} with its "
        "value in the keyring."
    )
    for source in context.effective.datasources.values():
        for tokens, value in leaves(source.settings):
            if not is_stand_in(value) or ending_at(source.settings, tokens) is None:
                continue
            origin = source.origins.get(format_pointer(tokens))
            if origin is None or not origin.variable:
                yield Found("warning", place_in(source, format_pointer(tokens)), text)
    for place in _stand_ins_elsewhere(context):
        stays = why_not_replaced(place.file)
        mend = stays or "Set the real one, best as ${VARIABLE} with its value in the keyring."
        yield Found("warning", place, f"{found} uses this very text. {mend}")


def _stand_ins_elsewhere(context: Context) -> Iterator[Place]:
    """Yield the stand-ins outside of data sources that no later layer replaces."""
    seen: set[tuple[str | None, tuple[str, ...]]] = set()
    for file in reversed(list(_read(context))):
        kind, value = kind_of(file), context.snapshot.values.get(file)
        for tokens, part in leaves(value) if kind != "datasources" else ():
            if (kind, tokens) not in seen:
                seen.add((kind, tokens))
                if is_stand_in(part) and ending_at(value, tokens) is not None:
                    yield Place(file, format_pointer(tokens))


# --- Secrets in plain text ------------------------------------------------------------
# Passwords in an app's files end up in git, where everyone with a copy of it has them.


def _plain_secrets(context: Context) -> Iterator[Place]:
    for file in _read(context):
        look = partial(find_plain_secrets, context.snapshot.values.get(file))
        for secret in context.texts.once("secrets", file, look):
            yield Place(file, format_pointer(secret.tokens))


@RULES.check(the_app, "secret-in-git", "A secret stands in a file that git keeps", certain=True)
def secret_in_git(context: Context) -> Iterator[Found]:
    """Secrets in files that git tracks."""
    text = (
        "This secret stands in a file that git keeps: everyone with a copy of the repository "
        "has it. {} Change it at the provider."
    )
    for place in _plain_secrets(context):
        if place.file in context.tracked_secrets:
            mend = why_not_replaced(place.file) or "Move it to the keyring."
            yield Found("warning", place, text.format(mend))


@RULES.check(the_app, "secret-in-file", "A secret stands in a file as plain text", certain=True)
def secret_in_file(context: Context) -> Iterator[Found]:
    """Secrets in the other files."""
    safe = "In the keyring it is safe from git and from looking over your shoulder."
    for place in _plain_secrets(context):
        if place.file not in context.tracked_secrets:
            mend = why_not_replaced(place.file) or safe
            text = f"This secret stands in the file as plain text. {mend}"
            yield Found("info" if is_private(place.file) else "warning", place, text)
