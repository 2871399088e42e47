"""What LoopBack looks for under another name: files, environments, data sources; and no mail at all."""

from collections.abc import Iterator

from loopmail.core.app.folder import BASE_FILE, layer_name, parse_layer_name
from loopmail.core.app.misnamed import Misnamed, environment_hint
from loopmail.core.checks.context import Context
from loopmail.core.checks.problem import Severity
from loopmail.core.checks.rule import Family, Found, the_app
from loopmail.core.jsontext.pointer import format_pointer
from loopmail.core.loopback.transport import Place
from loopmail.core.near_miss import closest, differ_in_digits

RULES = Family()


# --- Files ----------------------------------------------------------------------------
# Source: findConfigFiles() in loopback-boot 2.28.0, lib/config-loader.js, and in 3.3.1,
# lib/plugin-base.js: without `<kind>.json` nothing else of that kind is looked at.


def _has_base(context: Context, kind: str) -> bool:
    """Tell whether the base file is there, on the disk or made here and not saved yet."""
    base = layer_name(kind)
    return context.snapshot.app.file(base) is not None or base in context.snapshot.texts


def _near_base(context: Context, kind: str) -> Misnamed | None:
    """Return the file that was probably meant to be the base file, if that is missing."""
    if _has_base(context, kind):
        return None
    found = context.snapshot.app.misnamed
    return next((one for one in found if one.meant == layer_name(kind)), None)


def _missing(near: Misnamed) -> str:
    if near.kind == "script":
        return (
            f"There is no {near.meant}, and LoopBack does not read {near.name} by itself: scripts "
            f"count only as layers of a {near.meant}. Unless the app hands it to loopback-boot in "
            "code, its content is missing at the start."
        )
    if near.kind == "misspelt":
        return f"There is no {near.meant}: LoopBack does not read {near.name}. Rename it to {near.meant}."
    return (
        f"There is no {near.meant}, and {near.name} is a template or a backup, which LoopBack does "
        f"not read. Copy it to {near.meant}."
    )


@RULES.check(the_app, "datasources-file-missing", "There is no datasources.json", certain=True)
def datasources_file_missing(context: Context) -> Iterator[Found]:
    """No datasources.json, but a file that somebody took for it; or models that need one."""
    near = _near_base(context, "datasources")
    if near is not None:
        yield Found("error", Place(BASE_FILE, ""), _missing(near))
        return
    layers = [one for one in context.snapshot.app.files if one.kind == "datasources"]
    lost = [one for one in context.view.registry.errors if one.kind == "datasource"]
    if lost and not layers and not _has_base(context, "datasources"):
        text = (
            f"There is no {BASE_FILE} in {context.snapshot.app.server.name}, but models are bound "
            "to data sources. Unless the app hands them to loopback-boot in code, there are none."
        )
        yield Found("error", Place(BASE_FILE, ""), text)


@RULES.check(the_app, "model-config-file-missing", "There is no model-config.json", certain=True)
def model_config_file_missing(context: Context) -> Iterator[Found]:
    """No model-config.json, but a file that somebody took for it."""
    near = _near_base(context, "model-config")
    if near is not None:
        yield Found("error", Place(near.meant, ""), _missing(near))


@RULES.check(the_app, "layer-name-near-miss", "A name in a layer, or its own, is misspelt")
def layer_file_misspelt(context: Context) -> Iterator[Found]:
    """`datasource.production.json` and the like: no layer, although it was meant to be one."""
    for one in context.snapshot.app.misnamed:
        if one.kind != "misspelt":
            continue
        if not _is_base(one.meant):
            text = f"LoopBack does not read {one.name}. Was {one.meant} meant?"
            yield Found("warning", Place(one.name, ""), text)
        elif one.meant in context.snapshot.texts:
            text = f"LoopBack does not read {one.name}, but {one.meant} beside it."
            yield Found("info", Place(one.meant, ""), text)


def _is_base(name: str) -> bool:
    found = parse_layer_name(name)
    return found is not None and found.layer.slot == "base"


@RULES.check(the_app, "build-outdated", "LoopBack reads a built copy that differs", certain=True)
def build_outdated(context: Context) -> Iterator[Found]:
    """The app runs from a copy, and the copy of this file says something else."""
    app = context.snapshot.app
    if app.built is None:
        return
    folder = app.built.relative_to(app.root).as_posix()
    for name in app.behind:
        copy = f"{folder}/{name}"
        text = (
            f"The app runs from {copy}, which is built from this file and is not the same: what "
            "stands here counts after the next build."
        )
        yield Found("warning", Place(name, ""), text)


# --- Data sources of a layer ----------------------------------------------------------

_ALIKE = 0.8
_SHORTEST = 4  # letters; shorter names are alike too easily


@RULES.check(the_app, "layer-name-near-miss")
def datasource_misspelt(context: Context) -> Iterator[Found]:
    """A layer names a data source nearly as the files before it do, and no model uses it.

    loopback-boot then adds a second data source and leaves the first one as it is (mergeObjects()
    in loopback-boot 2.28.0, lib/config-loader.js).
    """
    used = {model.datasource for model in context.view.registry.models.values()}
    before: set[str] = set()
    for file in context.layers("datasources"):
        value = context.snapshot.values.get(file.path) if file.state == "read" else None
        if not isinstance(value, dict):
            continue
        for name in value if before else ():
            near = closest(name, before - value.keys(), cutoff=_ALIKE)
            if name in before | used or near is None or differ_in_digits(name, near):
                continue
            if len(name) < _SHORTEST:
                continue
            text = (
                f"{file.path} adds a data source “{name}”, which no model uses, and leaves "
                f"“{near}” as it is. Was “{near}” meant?"
            )
            yield Found("warning", Place(file.path, format_pointer([name])), text)
        before |= value.keys()


# --- Environments ---------------------------------------------------------------------


@RULES.check(
    the_app, "environment-near-miss", "No file is for this environment's name", certain=True
)
def environment_misspelt(context: Context) -> Iterator[Found]:
    """An environment without files, whose name is nearly that of another."""
    hint = environment_hint(context.effective.env, context.snapshot.app.with_files)
    if hint is not None:
        severity: Severity = "warning" if hint.near is not None else "info"
        yield Found(severity, Place(BASE_FILE, ""), hint.text)


# --- No mail at all -------------------------------------------------------------------


@RULES.check(the_app, "mail-missing", "The app has no mail data source")
def mail_missing(context: Context) -> Iterator[Found]:
    """Nothing to send mail with, as far as the files say: no problem, but perhaps what is wanted."""
    if not context.view.lacks_mail:
        return
    layers = [one for one in context.snapshot.app.files if one.kind == "datasources"]
    if _near_base(context, "datasources") or layers and not _has_base(context, "datasources"):
        return  # its problem comes first
    if any(error.kind == "datasource" for error in context.view.registry.errors):
        return
    text = (
        "This app has no mail data source, so LoopBack’s Email cannot send. Add one: “loopmail preset "
        "DIR emailDs gmail” on the command line (“loopmail preset --list” shows the providers), or "
        "Data Source › Add Mail Data Source… in the window."
    )
    texts = context.snapshot.texts
    file = BASE_FILE if BASE_FILE in texts else next(iter(texts), BASE_FILE)
    yield Found("info", Place(file, ""), text)
