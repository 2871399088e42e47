"""What LoopBack refuses in the `relations` and `methods` of a model, in its words.

Sources: defineRelations() and validateRelation() of loopback-datasource-juggler 2.59 and 3.36,
lib/datasource.js, and lookupModelTo() of lib/relation-definition.js; _defineRemoteMethods() of
loopback 2.42 and 3.28, lib/registry.js, remoteMethod() of lib/model.js, and SharedMethod() of
strong-remoting, lib/shared-method.js. `tests/conformance/models/` holds what these answered.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from loopmail.core.js import Json, own_keys, truthy
from loopmail.core.nodemailer.conversions import member, to_string


class Refusal(NamedTuple):
    """An error's text and code, as LoopBack throws it while it starts."""

    text: str
    code: str | None = None


def setting(definition: Json, key: str) -> Json:
    """Return a model's setting; what stands in `options` counts more: buildModelOptionsFromConfig."""
    options = member(definition, "options")
    if isinstance(options, dict) and key in options:
        return options[key]
    return member(definition, key)


# --- Relations ------------------------------------------------------------------------

_RELATION_TYPES = frozenset(
    {"hasMany", "belongsTo", "hasOne", "hasAndBelongsToMany", "referencesMany"}
    | {"embedsOne", "embedsMany"}
)


def relations_of(definition: Json) -> dict[str, Json]:
    """Return a definition's relations by name, as Object.keys() finds them."""
    found = setting(definition, "relationships")
    found = found if truthy(found) else setting(definition, "relations")
    if isinstance(found, (list, str)):
        return {str(index): one for index, one in enumerate(found)}
    return dict(found) if isinstance(found, dict) else {}


def with_relations(relations: Mapping[str, Json], added: Json) -> dict[str, Json]:
    """Return a model's relations with those of its entry in model-config.json (configureModel)."""
    result = dict(relations)
    if isinstance(added, list):
        added = {str(index): one for index, one in enumerate(added)}
    for name, value in added.items() if isinstance(added, dict) else ():
        old = result.get(name)
        merged = dict(old) if isinstance(old, dict) else {}
        result[name] = {**merged, **value} if isinstance(value, dict) else merged
    return result


def refused_relation(name: str, relation: Json, major: int) -> Refusal | None:
    """Return why a relation of an attached model stops the start, before its target is looked up."""
    if relation is None:
        return Refusal("Cannot read properties of null (reading 'type')")
    type_ = member(relation, "type")
    if not isinstance(type_, str) or type_ not in _RELATION_TYPES:
        return Refusal(f"Invalid relation type: {to_string(type_)}", "ERR_ASSERTION")
    if name == "trigger":
        return Refusal(f"Invalid relation name: {name}", "ERR_ASSERTION")
    if major >= 3:
        texts = list(_validation(name, type_, relation))
        return Refusal(texts[-1]) if texts else None  # the last one is thrown
    target = truthy(member(relation, "model"))
    polymorphic = truthy(member(relation, "polymorphic"))
    if polymorphic and type_ != "belongsTo" and not target:
        return Refusal(f"No model specified for polymorphic {type_}: {name}")
    return None


def is_lost(name: str, relation: Json, models: Collection[str]) -> bool:
    """Tell whether a `belongsTo` names no model, and there is none of the relation's own name.

    Other types take that name in the singular, by rules of English that are not repeated here.
    """
    named = truthy(member(relation, "model")) or truthy(member(relation, "polymorphic"))
    if named or member(relation, "type") != "belongsTo":
        return False
    return name.lower() not in {one.lower() for one in models}


def _validation(name: str, type_: str, relation: Json) -> Iterator[str]:
    polymorphic = member(relation, "polymorphic")
    target, belongs = truthy(member(relation, "model")), type_ == "belongsTo"
    if not truthy(polymorphic):
        if belongs and not target:
            yield f"{type_} relation: {name} requires param `model`"
        return
    lead = f"polymorphic {type_} relation: {name}"
    key, discriminator, selector, as_ = (
        truthy(member(polymorphic, one))
        for one in ("foreignKey", "discriminator", "selector", "as")
    )
    needs = "requires param `polymorphic.{}` when param `polymorphic.{}` is provided"
    extra = (
        "does not expect param `polymorphic.{}` when defing custom `foreignKey`/`discriminator` "
    )
    if belongs and target:
        yield f"{lead} does not expect param `model`"
    if not belongs and not target:
        yield f"{lead} requires param `model`"
    if key and not discriminator:
        yield f"{lead} {needs.format('discriminator', 'foreignKey')}"
    if discriminator and not key:
        yield f"{lead} {needs.format('foreignKey', 'discriminator')}"
    if as_ and key:
        yield f"{lead} {extra.format('as')}"
    if selector and key:
        yield f"{lead} {extra.format('selector')}"


# --- Remote methods -------------------------------------------------------------------


def refused_method(model: str, methods: Json, major: int) -> Refusal | None:
    """Return why the `methods` of a model, or of its entry, stop the start."""
    if isinstance(methods, list):
        methods = {str(index): one for index, one in enumerate(methods)}
    if not isinstance(methods, dict):
        return None  # ignored, with a warning
    refused = (_refused_one(model, name, methods[name], major) for name in own_keys(methods))
    return next(filter(None, refused), None)


def _refused_one(model: str, name: str, meta: Json, major: int) -> Refusal | None:
    if meta is None:
        return Refusal("Cannot read properties of null (reading 'isStatic')")
    of_prototype = name.startswith("prototype.")
    if of_prototype and major >= 3 and member(meta, "isStatic") is True:
        return Refusal(
            f'Remoting metadata for {model}.{name} "isStatic" does not match new method '
            "name-based style."
        )
    for key, read in (("accepts", "http"), ("returns", "type")):
        described = member(meta, key)
        if isinstance(described, list) and None in described:
            return Refusal(f"Cannot read properties of null (reading '{read}')")
    if of_prototype and major < 3:
        return Refusal(
            "Incorrect API usage. Shared methods on prototypes should be created via "
            '`new SharedMethod(fn, "name", { isStatic: false })`'
        )
    return None
