"""Files that are not JSON, and JSON that does not have the structure LoopBack reads."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any

from loopmail.assets import read_json
from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.document import replacing_edit
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.checks.context import Context, Place, build_fix, set_at
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.js import Json
from loopmail.core.jsontext import Edit, JsonSyntaxError, Node, find, parse
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer

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


@dataclass(frozen=True, slots=True)
class StructureFault:
    """Where a file has another structure than LoopBack reads, in plain words without a full stop."""

    pointer: str
    text: str


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # lazy: heavy

    return Draft202012Validator(read_json(schema))


def structure_faults(schema: str, value: Json) -> Iterator[StructureFault]:
    """Yield what the schema (a resource's name) has against a file's value."""
    if not isinstance(value, dict):
        yield from _judge(schema, json.dumps(value))
        return
    for key, member in value.items():
        yield from _judge(schema, json.dumps({key: member}))


@lru_cache(_KEPT)
def _judge(schema: str, text: str) -> tuple[StructureFault, ...]:
    found = []
    for error in _validator(schema).iter_errors(json.loads(text)):
        path = list(error.absolute_path)
        where = f"“{path[-1]}”" if path else "The file"
        found.append(StructureFault(format_pointer(path), f"{where} {_words(error)}"))
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

_SCHEMAS = {
    "datasources": "schemas/datasources.schema.json",
    "model-config": "schemas/model-config.schema.json",
}


def json_invalid(context: Context) -> Iterator[Problem]:
    """Text that Node's require refuses: comments, trailing commas, an empty file."""
    for file, sentence in context.snapshot.errors.items():
        line = column = 1
        try:
            parse(context.snapshot.texts.get(file, ""))
        except JsonSyntaxError as error:
            line, column = error.line, error.column
        text = f"LoopBack cannot read it and does not start: {sentence.rstrip('.')}."
        fix = _slip_fix(file, context.snapshot.texts.get(file, ""))
        yield Problem("json-invalid", "error", file, line, column, "", context.env, text, fix)


def _slip_fix(file: str, text: str) -> Fix | None:
    if without_slip(text) is None:
        return None

    def changes(workspace: Workspace) -> list[Change]:
        old = workspace.document(file).text
        new = without_slip(old)
        return [Change(file, replacing_edit(old, new))] if new is not None else []

    return Fix("Remove comments and trailing commas", False, changes)


def duplicate_key(context: Context) -> Iterator[Problem]:
    """The same key twice in an object: Node takes the last one."""
    for file in context.snapshot.values:
        tree = context.texts.tree(file)
        if tree is not None:
            found = context.texts.once("duplicates", file, partial(_duplicates, tree))
            for pointer, key in found:
                yield context.problem(
                    "json-duplicate-key",
                    "warning",
                    Place(file, pointer),
                    f"“{key}” stands here more than once; LoopBack takes the last one.",
                    _keep_last(file, pointer),
                )


def _duplicates(tree: Node) -> Iterator[tuple[str, str]]:
    stack: list[tuple[str, Node]] = [("", tree)]
    while stack:
        pointer, node = stack.pop()
        seen: set[str] = set()
        reported: set[str] = set()
        for member in node.members:
            child = pointer + format_pointer([member.key])
            if member.key in seen and member.key not in reported:
                reported.add(member.key)
                yield child, member.key
            seen.add(member.key)
            stack.append((child, member.value))
        stack.extend((f"{pointer}/{i}", item) for i, item in enumerate(node.items))


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


def schema(context: Context) -> Iterator[Problem]:
    """Structure by JSON Schema: a data source that is a string, transports of a wrong type."""
    for layer in context.snapshot.app.files:
        name = _SCHEMAS.get(layer.kind)
        if name is None or layer.name not in context.snapshot.values:
            continue
        judge = partial(structure_faults, name, context.snapshot.values[layer.name])
        for fault in context.texts.once("schema", layer.name, judge):
            yield context.problem(
                "schema", "error", Place(layer.name, fault.pointer), f"{fault.text}."
            )


def name_mismatch(context: Context) -> Iterator[Problem]:
    """An inner `name` that differs from the key: LoopBack 3 warns.

    Source: loopback-datasource-juggler 3.36.1, lib/datasource.js, DataSource.prototype.setup().
    """
    for name, source in context.effective.datasources.items():
        inner = source.settings.get("name")
        origin = source.origins.get("/name")
        if not isinstance(inner, str) or inner == name or origin is None or origin.file is None:
            continue
        place = Place(origin.file, origin.pointer)
        fix = None
        if not origin.variable:
            fix = set_at(place, f"Set name to {name}", name)
        yield context.problem(
            "name-mismatch",
            "info",
            place,
            f"The inner name “{inner}” differs from the key “{name}”: the key counts, LoopBack 3 warns at the start.",
            fix,
        )


RULES = (
    json_invalid,
    duplicate_key,
    schema,
    name_mismatch,
)
