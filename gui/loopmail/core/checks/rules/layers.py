"""How the files are merged: hidden files, a missing master, layers that cannot be merged."""

import re
from collections.abc import Iterator
from functools import partial

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import BASE_FILE, layer_name
from loopmail.core.checks.context import Context, build_fix, remove_at
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import Family, Found, the_app
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import at, format_pointer, parse_pointer
from loopmail.core.loopback.transport import Place, place_in

RULES = Family()

_OPTION = re.compile(r"for the option `(.+)`")
# LoopBack 3 puts the file's whole path before the option, LoopBack 2 before the sentence.
_NAMED = re.compile(r'data source "([^"]+)"')
_FILE = re.compile(r"([^/\\`\s]+\.json)")


# --- Layers that loopback-boot refuses to merge: the app does not start ----------------
# Source: mergeObjects() and mergeArrays() in loopback-boot 2.28.0, lib/config-loader.js, and
# _mergeObjects() and _mergeArrays() in 3.3.1, lib/plugin-base.js.


def _merge_failure(context: Context) -> Iterator[tuple[str, Place]]:
    """Yield LoopBack's words and what they are about, if merging is what fails."""
    error = context.effective.error or ""
    option, file = _OPTION.search(error), _FILE.search(error)
    if "Cannot merge" in error and option and file:
        name = option[1].rpartition(f"{file[1]}.")[2]
        yield error, Place(file[1], _option_pointer(context, file[1], name))


@RULES.check(
    the_app, "merge-array-length", "Arrays of different length cannot be merged", certain=True
)
def array_length(context: Context) -> Iterator[Found]:
    """An array that is shorter or longer than the one it is merged with."""
    for error, place in _merge_failure(context):
        if "different length" in error:
            text = (
                f"LoopBack does not start: {error} A layer must give an array of the same length; "
                "its items are merged one by one."
            )
            yield Found("error", place, text, _length_fix(context, place))


@RULES.check(the_app, "merge-type", "Values of different kinds cannot be merged", certain=True)
def merge_type(context: Context) -> Iterator[Found]:
    """A value of another kind than the one it is merged with."""
    for error, place in _merge_failure(context):
        if "different length" not in error:
            text = f"LoopBack does not start: {error} A layer must keep the kind of value."
            fix = remove_at(place, f"Remove it from {place.file}", safe=False)
            yield Found("error", place, text, fix)


@RULES.check(the_app, "crash-at-boot")
def boot_refused(context: Context) -> Iterator[Found]:
    """What else keeps the app from starting: keys and values that LoopBack refuses at boot."""
    error = context.effective.error
    if not error or "Cannot merge" in error or "is not valid JSON" in error:
        return
    named = _NAMED.search(error)
    place = Place(BASE_FILE, format_pointer([named[1]]) if named else "")
    if named and not isinstance(_value(context, place.file, place.pointer), dict):
        return  # the structure is wrong: schema reports it
    fix = None
    guessed = context.versions.source == "default"
    start = (
        "If this app runs LoopBack 3, it does not start" if guessed else "The app does not start"
    )
    text = f"{start}: {error.rstrip('.')}."
    if "defaultForType" in error and named:
        source = context.effective.datasources.get(named[1])
        place = place_in(source, "/defaultForType") if source else place.child("defaultForType")
        fix = remove_at(place, "Remove defaultForType", safe=not context.versions.assumed)
        text += " LoopBack 2 still takes it."
    yield Found("warning" if guessed else "error", place, text, fix)


def _option_pointer(context: Context, file: str, option: str) -> str:
    """Turn LoopBack's `mail.transports[0].port` into a JSON Pointer that exists in the file."""
    tokens = re.findall(r"[^.\[\]]+", option)
    tree = context.snapshot.values.get(file)
    found: list[str] = []
    while tokens:
        # A key may itself hold dots: take the longest run of tokens that is one.
        for length in range(len(tokens), 0, -1):
            key = ".".join(tokens[:length])
            if isinstance(tree, dict) and key in tree:
                tree, tokens = tree[key], tokens[length:]
                found.append(key)
                break
            if length == 1 and isinstance(tree, list) and key.isdigit() and int(key) < len(tree):
                tree, tokens = tree[int(key)], tokens[1:]
                found.append(key)
                break
        else:
            break
    return format_pointer(found)


def _length_fix(context: Context, place: Place) -> Fix | None:
    override = _value(context, place.file, place.pointer)
    # What the layers before this file give at the same pointer.
    layers = [
        _value(context, layer.path, place.pointer)
        for layer in reversed(context.effective.files)
        if layer.path != place.file and layer.state == "read"
    ]
    below = next((value for value in layers if isinstance(value, list)), None)
    if not isinstance(override, list) or below is None:
        return None
    missing = len(below) - len(override)
    if missing > 0 and all(isinstance(item, dict) for item in below[len(override) :]):

        def pad(builder: ChangeBuilder) -> None:
            for _ in range(missing):
                builder.set(place.file, f"{place.pointer}/-", {})

        summary = f"Add {missing} empty item(s), which leave the base file’s as they are"
        return build_fix(summary, pad)
    if missing >= 0:
        return None

    def trim(builder: ChangeBuilder) -> None:
        for index in range(len(override) - 1, len(below) - 1, -1):
            builder.remove(place.file, f"{place.pointer}/{index}")

    return build_fix(f"Remove the last {-missing} item(s) of this layer", trim, safe=False)


def _value(context: Context, file: str, pointer: str) -> Json:
    return at(context.snapshot.values.get(file), parse_pointer(pointer))


# --- Files that LoopBack does not read --------------------------------------------------


@RULES.check(the_app, "override-hidden", "A script hides this file", certain=True)
def override_hidden(context: Context) -> Iterator[Found]:
    """A `.js` twin makes LoopBack silently ignore the JSON file.

    Source: findConfigFiles() in loopback-boot 2.28.0, lib/config-loader.js, and in 3.3.1,
    lib/plugin-base.js.
    """
    for layer in context.effective.files:
        twin = layer.path.removesuffix("json") + "js"
        if layer.state == "hidden" and context.snapshot.app.file(twin):
            text = (
                f"LoopBack does not read this file because {twin} stands beside it; "
                "what you change here has no effect."
            )
            yield Found("warning", Place(layer.path, ""), text)


@RULES.check(the_app, "master-missing", "The base file is missing", certain=True)
def master_missing(context: Context) -> Iterator[Found]:
    """Without datasources.json LoopBack reads none of its layers."""
    for kind in ("datasources", "model-config"):
        files = [f for f in context.snapshot.app.files if f.kind == kind and not f.copy]
        master = layer_name(kind)
        if not files or any(f.slot == "base" for f in files) or master in context.snapshot.texts:
            continue
        text = f"LoopBack ignores this file because {master} is missing."
        fix: Fix | None = build_fix(f"Create {master}", partial(ChangeBuilder.create, file=master))
        if any(one.meant == master for one in context.snapshot.app.misnamed):
            fix = None  # that file's content is what is missing
        yield Found("error", Place(files[0].name, ""), text, fix)
