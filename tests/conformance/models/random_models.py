"""Random small apps, to find how models meet that nobody thought of."""

import random
from typing import Any

from conformance.models.cases_of_models import OWN, SOURCES, Case

NAMES = [
    "Email",
    "email",
    "my-mail",
    "myMail",
    "MyMail",
    "Foo",
    "foo",
    "User",
    "user",
    "Note",
    "1",
    "0",
]
SOURCES_TRIED: list[Any] = [
    OWN,
    SOURCES,
    SOURCES[::-1],
    ["./models"],
    ["../common/models"],
    None,
    [],
]
BINDINGS: list[Any] = ["mail", "Mail", "db", "Db", "my-ds", "myDs", None, False, None, "mail", "db"]
RELATIONS = ["hasMany", "belongsTo", "hasOne", "referencesMany"]


def random_case(number: int) -> Case:
    """Return the app of this number; always the same one."""
    chance = random.Random(number)
    datasources: dict[str, dict[str, Any]] = {
        "db": {"connector": "memory"},
        "mail": {"connector": "mail"},
        "my-ds": {"connector": chance.choice(["memory", "mail"])},
    }
    if chance.random() < 0.3:
        for source in datasources.values():
            source["defaultForType"] = chance.choice(["db", "mail", ""])
    files: dict[str, Any] = {"server/datasources.json": _shuffled(datasources, chance)}
    folders = ["common/models", "server/models"]
    for name in chance.sample(NAMES, chance.randint(1, 6)):
        files[f"{chance.choice(folders)}/{chance.choice('abc')}-{name}.json"] = _definition(
            name, chance
        )
    defined = [content["name"] for path, content in files.items() if "models" in path]
    known = [*defined, *defined, "Email", "User", "AccessToken", chance.choice(NAMES)]
    listed = dict.fromkeys(chance.choices(known, k=chance.randint(1, 5)))
    config: dict[str, Any] = {name: {"dataSource": chance.choice(BINDINGS)} for name in listed}
    config["_meta"] = {"sources": chance.choice(SOURCES_TRIED)}
    files["server/model-config.json"] = _shuffled(config, chance)
    if chance.random() < 0.2:
        layer = {name: {"dataSource": chance.choice(["mail", "db"])} for name in listed}
        files["server/model-config.production.json"] = _shuffled(layer, chance)
    return Case(f"random-{number}", files)


def _shuffled(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return {key: value[key] for key in chance.sample(list(value), len(value))}


def _definition(name: str, chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name}
    bases = [*NAMES, "Model", "PersistedModel", "Email", "User", "KeyValueModel", None]
    if chance.random() < 0.7:
        found["base"] = chance.choice(bases)
    if chance.random() < 0.15:
        found["options"] = {"base": chance.choice(bases)}
    if chance.random() < 0.2:
        found["properties"] = {"a": chance.choice(["string", "Foo", ["Note"], {"type": "email"}])}
    if chance.random() < 0.3:
        found["relations"] = {
            "r": {"type": chance.choice(RELATIONS), "model": chance.choice(NAMES)}
        }
    # Not for names of LoopBack's own: its models are shared by all apps of a process.
    if name not in ("Email", "User") and chance.random() < 0.1:
        odd = [
            {"type": "hasmany"},
            {"type": "belongsTo"},
            None,
            {"type": "hasMany", "polymorphic": 1},
        ]
        found["relations"] = {"r": chance.choice(odd), **found.get("relations", {})}
        found["relations"] = {**found["relations"], "s": chance.choice(odd)}
    if name not in ("Email", "User") and chance.random() < 0.1:
        metas = [None, {}, "x", {"accepts": [None]}, {"returns": [None]}, {"isStatic": True}]
        names = ["run", "prototype.run"]
        found["methods"] = {chance.choice(names): chance.choice(metas) for _ in range(2)}
    return found
