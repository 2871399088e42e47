"""The files as JSON and as LoopBack's structure."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from loopmail.assets import read_json
from loopmail.core.change_builder import ChangeBuilder
from loopmail.core.checks.context import Context, Place, build_fix, set_at
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext import JsonSyntaxError, Node, parse
from loopmail.core.jsontext.pointer import format_pointer

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
        yield Problem("json-invalid", "error", file, line, column, "", context.env, text)


def duplicate_key(context: Context) -> Iterator[Problem]:
    """The same key twice in an object: Node takes the last one."""
    for file in context.snapshot.values:
        tree = context.texts.tree(file)
        if tree is not None:
            for pointer, key in _duplicates(tree):
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
    def build(builder: ChangeBuilder) -> None:
        value = builder.get(file, pointer)
        if value is not UNDEFINED:
            builder.remove(file, pointer).set(file, pointer, value)

    return build_fix("Keep the last one only", build)


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # lazy: heavy

    return Draft202012Validator(read_json(schema))


def schema(context: Context) -> Iterator[Problem]:
    """Structure by JSON Schema: a data source that is a string, transports of a wrong type."""
    for layer in context.snapshot.app.files:
        name = _SCHEMAS.get(layer.kind)
        if name is None or layer.name not in context.snapshot.values:
            continue
        for error in _validator(name).iter_errors(context.snapshot.values[layer.name]):
            pointer = format_pointer(error.absolute_path)
            where = "The file" if not pointer else f"“{list(error.absolute_path)[-1]}”"
            yield context.problem(
                "schema", "error", Place(layer.name, pointer), f"{where} {_words(error)}."
            )


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
        return f"misses the key {str(error.message).split(' ')[0]}"
    if error.validator in ("minimum", "maximum", "enum", "minLength"):
        return f"has a value that LoopBack cannot use ({error.validator} {expected!r})"
    return "does not have the structure that LoopBack reads"


def name_mismatch(context: Context) -> Iterator[Problem]:
    """An inner `name` that differs from the key: LoopBack 3 warns (loopback-semantics 2)."""
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


RULES = (json_invalid, duplicate_key, schema, name_mismatch)
