"""Files that are not JSON, and JSON that does not have the structure LoopBack reads."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache, partial
from typing import Any

from loopmail.assets import read_json
from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.document import replacing_edit
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.checks.context import Context, build_fix, set_at
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import Family, Found, the_app
from loopmail.core.js import Json
from loopmail.core.jsontext import Edit, JsonSyntaxError, Node, find, parse
from loopmail.core.jsontext.pointer import at, format_pointer, parse_pointer
from loopmail.core.loopback.transport import Place

RULES = Family()

# --- Texts that are nearly JSON -------------------------------------------------------

# A string, a comment, or any other character, so that nothing inside a string is touched.
_PART = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|(?P<comment>[ \t]*//[^\n\r]*|/\*.*?\*/)|(?P<rest>.)', re.DOTALL
)
_TRAILING = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?P<comma>,)(?=\s*[}\]])|.', re.DOTALL)


def without_slip(text: str) -> str | None:
    """Return the text without comments and trailing commas, None if that is still no JSON."""
    plain = _PART.sub(lambda m: "" if m["comment"] is not None else m[0], text)
    plain = _TRAILING.sub(lambda m: "" if m["comma"] else m[0], plain)
    try:
        parse(plain)
    except JsonSyntaxError:
        return None
    return plain


# --- The files against their JSON Schemas ---------------------------------------------
# A file of a thousand data sources differs in one of them from one letter typed to the next; the
# others' answers are kept.

_KEPT = 4096  # members of files whose answer is kept


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # lazy: heavy

    return Draft202012Validator(read_json(schema))


def _structure_faults(schema: str, value: Json) -> Iterator[tuple[str, str]]:
    """Yield the places (JSON Pointers) a schema has something against, and what, in plain words.

    `schema` is a resource's name.
    """
    parts = [{key: member} for key, member in value.items()] if isinstance(value, dict) else [value]
    for part in parts:
        yield from _judge(schema, json.dumps(part))


@lru_cache(_KEPT)
def _judge(schema: str, text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for error in _validator(schema).iter_errors(json.loads(text)):
        path = list(error.absolute_path)
        where = f"“{path[-1]}”" if path else "The file"
        found.append((format_pointer(path), f"{where} {_words(error)}."))
    return tuple(found)


def _words(error: Any) -> str:
    expected = error.validator_value
    if error.validator == "type":
        kinds = expected if isinstance(expected, list) else [expected]
        article = {
            "object": "an object {…}",
            "array": "an array […]",
            "null": "null",
            "integer": "a whole number",
        }
        return "must be " + " or ".join(article.get(kind, f"a {kind}") for kind in kinds)
    if error.validator == "required":
        return f"lacks the key {str(error.message).split(' ')[0]}"
    if error.validator in ("minimum", "maximum", "enum", "minLength"):
        return f"has a value that LoopBack cannot use ({error.validator} {expected!r})"
    return "does not have the structure that LoopBack reads"


# --- The rules ------------------------------------------------------------------------


_CODE = re.compile(r"process\.env\.([A-Za-z_][A-Za-z0-9_]*)")


@RULES.check(the_app, "json-invalid", "A file is not JSON", certain=True)
def json_invalid(context: Context) -> Iterator[Found]:
    """Text that Node's require refuses: comments, trailing commas, an empty file."""
    for file, sentence in context.snapshot.errors.items():
        if _unread_copy(context, file):
            continue
        text, position = context.snapshot.texts.get(file, ""), (1, 1)
        try:
            parse(text)
        except JsonSyntaxError as error:
            position = error.line, error.column
        else:
            if text:  # it is JSON, but nested deeper than is read here
                says = f"{sentence.rstrip('.')}. What LoopBack makes of it is not known here."
                yield Found("warning", Place(file, ""), says)
                continue
        says = f"LoopBack cannot read it and does not start: {sentence.rstrip('.')}."
        if written := _CODE.search(text):
            says += f' JSON holds no code: for {written[0]} write "${{{written[1]}}}", as a text.'
        fix = None
        if without_slip(text) is not None:
            summary = "Remove comments and trailing commas"
            fix = Fix(summary, False, partial(_remove_slips, file=file))
        yield Found("error", Place(file, ""), says, fix, position)


def _unread_copy(context: Context, file: str) -> bool:
    """Tell whether a file is a template or a backup, which no environment reads."""
    layer = context.snapshot.app.file(file)
    return layer is not None and layer.copy and layer.env != context.effective.env


def _remove_slips(workspace: Workspace, file: str) -> list[Change]:
    old = workspace.document(file).text
    new = without_slip(old)
    return [Change(file, replacing_edit(old, new))] if new is not None else []


@RULES.check(the_app, "json-duplicate-key", "A key stands twice in an object", certain=True)
def duplicate_key(context: Context) -> Iterator[Found]:
    """The same key twice in an object: Node takes the last one."""
    for file in context.snapshot.values:
        tree = context.texts.tree(file)
        if tree is None:
            continue
        for pointer in context.texts.once("duplicates", file, partial(_duplicates, tree)):
            key = parse_pointer(pointer)[-1]
            text = f"“{key}” stands here more than once; LoopBack takes the last one."
            yield Found("warning", Place(file, pointer), text, _keep_last(file, pointer))


def _duplicates(tree: Node) -> Iterator[str]:
    """Yield the JSON Pointers that lead to more than one member."""
    stack: list[tuple[str, Node]] = [("", tree)]
    while stack:
        pointer, node = stack.pop()
        keys = [member.key for member in node.members]
        if len(set(keys)) < len(keys):
            for key, times in Counter(keys).items():
                if times > 1:
                    yield pointer + format_pointer([key])
        stack += [(pointer + format_pointer([one.key]), one.value) for one in node.members]
        stack += [(f"{pointer}/{i}", item) for i, item in enumerate(node.items)]


def _keep_last(file: str, pointer: str) -> Fix:
    """Remove the earlier occurrences; the last one, which counts, stays as it is written."""

    def build(builder: ChangeBuilder) -> None:
        *parents, key = parse_pointer(pointer)
        while True:
            text = builder.text(file)
            parent = find(parse(text), format_pointer(parents))
            members = parent.members if parent is not None else ()
            double = [i for i, member in enumerate(members) if member.key == key]
            if len(double) < 2:
                return
            first, behind = members[double[0]], members[double[0] + 1]
            length = behind.key_offset - first.key_offset
            builder.edit(file, Edit(first.key_offset, length, ""))

    return build_fix("Keep the last one only", build)


@RULES.check(the_app, "schema", "A file has another structure than LoopBack reads", certain=True)
def schema(context: Context) -> Iterator[Found]:
    """Structure by JSON Schema: a data source that is a string, transports of a wrong type."""
    for layer in context.snapshot.app.files:
        if layer.kind not in ("datasources", "model-config"):
            continue
        if layer.name not in context.snapshot.values:
            continue
        if _unread_copy(context, layer.name):
            continue
        name = f"schemas/{layer.kind}.schema.json"
        judge = partial(_structure_faults, name, context.snapshot.values[layer.name])
        for pointer, text in context.texts.once("schema", layer.name, judge):
            tokens = parse_pointer(pointer)
            value = at(context.snapshot.values[layer.name], tokens)
            scalar = value is None or isinstance(value, (str, bool, int, float))
            # LoopBack checks no type of a single setting: JavaScript makes of it what it can.
            coerced = scalar and layer.kind == "datasources" and len(tokens) > 2
            if coerced:
                text = text.replace(" must be ", " is meant to be ", 1)
                text += " LoopBack does not check that, and takes it as JavaScript does."
            yield Found("warning" if coerced else "error", Place(layer.name, pointer), text)


@RULES.check(the_app, "name-mismatch", "The inner name differs from the key")
def name_mismatch(context: Context) -> Iterator[Found]:
    """An inner `name` that differs from the key: LoopBack 3 warns.

    Source: loopback-datasource-juggler 3.36.1, lib/datasource.js, DataSource.prototype.setup().
    """
    for name, source in context.effective.datasources.items():
        inner, origin = source.settings.get("name"), source.origins.get("/name")
        if not isinstance(inner, str) or inner == name or origin is None or origin.file is None:
            continue
        place = Place(origin.file, origin.pointer)
        text = (
            f"The inner name “{inner}” differs from the key “{name}”: the key counts, "
            "LoopBack 3 warns at the start."
        )
        fix = None if origin.variable else set_at(place, f"Set name to {name}", name)
        yield Found("info", place, text, fix)
