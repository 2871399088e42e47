"""How the files are merged: hidden files, a missing master, layers that cannot be merged."""

import re
from collections.abc import Iterator

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import BASE_FILE, layer_name
from loopmail.core.checks.context import Context, Place, build_fix, remove_at
from loopmail.core.checks.problem import Fix, Problem, Severity
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import at, format_pointer, parse_pointer

_OPTION = re.compile(r"for the option `(.+)`")
# LoopBack 3 puts the file's whole path before the option, LoopBack 2 before the sentence.
_NAMED = re.compile(r'data source "([^"]+)"')
_FILE = re.compile(r"([^/\\`\s]+\.json)")


def merge_failure(context: Context) -> Iterator[Problem]:
    """Layers that loopback-boot refuses to merge; the app does not boot.

    Source: mergeObjects() and mergeArrays() in loopback-boot 2.28.0, lib/config-loader.js, and
    _mergeObjects() and _mergeArrays() in 3.3.1, lib/plugin-base.js.
    """
    error = context.effective.error
    if not error or "Cannot merge" not in error:
        return
    option, file = _OPTION.search(error), _FILE.search(error)
    if not option or not file:
        return
    name = option[1].rpartition(f"{file[1]}.")[2]
    place = Place(file[1], _option_pointer(context, file[1], name))
    if "different length" in error:
        text = (
            f"LoopBack does not start: {error} A layer must give an array of the same length; "
            "its items are merged one by one."
        )
        yield context.problem(
            "merge-array-length", "error", place, text, _length_fix(context, place)
        )
    else:
        text = f"LoopBack does not start: {error} A layer must keep the kind of value."
        fix = remove_at(place, f"Remove it from {place.file}", safe=False)
        yield context.problem("merge-type", "error", place, text, fix)


def boot_refused(context: Context) -> Iterator[Problem]:
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
        place = _place_of(context, named[1], "defaultForType")
        fix = remove_at(place, "Remove defaultForType", safe=not context.versions.assumed)
        text += " LoopBack 2 still takes it."
    severity: Severity = "warning" if guessed else "error"
    yield context.problem("crash-at-boot", severity, place, text, fix)


def _place_of(context: Context, datasource: str, key: str) -> Place:
    source = context.effective.datasources.get(datasource)
    origin = source.origins.get(f"/{key}") if source else None
    if origin is not None and origin.file is not None:
        return Place(origin.file, origin.pointer)
    return Place(BASE_FILE, format_pointer([datasource, key]))


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
    below = _below(context, place)
    if not isinstance(override, list) or not isinstance(below, list):
        return None
    missing = len(below) - len(override)
    if missing > 0 and all(isinstance(item, dict) for item in below[len(override) :]):

        def pad(builder: ChangeBuilder) -> None:
            for _ in range(missing):
                builder.set(place.file, f"{place.pointer}/-", {})

        return build_fix(
            f"Add {missing} empty item(s), which leave the base file’s as they are", pad
        )

    def trim(builder: ChangeBuilder) -> None:
        for index in range(len(override) - 1, len(below) - 1, -1):
            builder.remove(place.file, f"{place.pointer}/{index}")

    return (
        build_fix(f"Remove the last {-missing} item(s) of this layer", trim, safe=False)
        if missing < 0
        else None
    )


def _below(context: Context, place: Place) -> object:
    """The value that the layers before this file give at the same pointer."""
    for layer in reversed(context.effective.files):
        if layer.path != place.file and layer.state == "read":
            value = _value(context, layer.path, place.pointer)
            if isinstance(value, list):
                return value
    return None


def _value(context: Context, file: str, pointer: str) -> Json:
    return at(context.snapshot.values.get(file), parse_pointer(pointer))


def override_hidden(context: Context) -> Iterator[Problem]:
    """A `.js` twin makes LoopBack silently ignore the JSON file.

    Source: findConfigFiles() in loopback-boot 2.28.0, lib/config-loader.js, and in 3.3.1,
    lib/plugin-base.js.
    """
    for layer in context.effective.files:
        twin = layer.path.removesuffix("json") + "js"
        if layer.state == "hidden" and context.snapshot.app.file(twin):
            yield context.problem(
                "override-hidden",
                "warning",
                Place(layer.path, ""),
                f"LoopBack does not read this file because {twin} stands beside it; "
                "what you change here has no effect.",
            )


def master_missing(context: Context) -> Iterator[Problem]:
    """Without datasources.json LoopBack reads none of its layers."""
    for kind in ("datasources", "model-config"):
        files = [f for f in context.snapshot.app.files if f.kind == kind]
        master = layer_name(kind)
        if not files or any(f.slot == "base" for f in files):
            continue
        if master in context.snapshot.texts:
            continue
        yield context.problem(
            "master-missing",
            "error",
            Place(files[0].name, ""),
            f"LoopBack ignores this file because {master} is missing.",
            _create_fix(master),
        )


def _create_fix(file: str) -> Fix:
    return build_fix(f"Create {file}", lambda b: b.create(file))


RULES = (merge_failure, boot_refused, override_hidden, master_missing)
