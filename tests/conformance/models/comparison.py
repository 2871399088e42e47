"""Comparing the models that loopmail computes with what real LoopBack answered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.asking import APP
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.datasources import index_names
from loopmail.core.loopback.effective import Effective, effective
from loopmail.core.loopback.registry import Model, Registry, registry_of
from loopmail.core.loopback.variables import Variables


@dataclass
class Difference:
    """What loopmail and LoopBack say differently, and what loopmail says it cannot know."""

    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def versions_of(recorded: Mapping[str, str]) -> Versions:
    """Return the versions that gave the answers."""
    return Versions(
        recorded["loopback"], recorded["boot"], "6.10.1", assumed=False, source="node_modules"
    )


def compute(
    folder: Path, env: str, versions: Versions, *, auto_attach: bool = False
) -> tuple[Effective, Registry]:
    """Open an app folder as the program does and compute what LoopBack would register."""
    snapshot = Workspace.open(folder).snapshot()
    loaded = effective(snapshot, env, Variables(environment={}), versions)
    return loaded, registry_of(snapshot, loaded, auto_attach=auto_attach)


def compare(folder: Path, env: str, versions: Versions, real: Mapping[str, Any]) -> Difference:
    """Compare all that was recorded of one case."""
    loaded, registry = compute(folder, env, versions)
    found = Difference()
    _compare_errors(loaded, registry, real["error"], folder, found)
    if real["error"] is None:
        _compare_models(loaded, registry, real, found)
        if (attached := real.get("attached")) is not None:
            _, after = compute(folder, env, versions, auto_attach=True)
            text = attached["error"] and attached["error"]["text"]
            if after.attach_error != text:
                found.wrong.append(
                    f"autoAttach: LoopBack {text!r}, loopmail {after.attach_error!r}"
                )
            _compare_models(loaded, after, attached, found)
    return found


def our_error(loaded: Effective, registry: Registry) -> tuple[str, str | None] | None:
    """Return what stops the start first: configuration, definitions, data sources, models."""
    models = registry.boot_error
    of_sources = loaded.error is not None and loaded.error.startswith("Cannot create data source")
    if loaded.error is not None and not of_sources:
        return loaded.error, None
    if models is not None and (models.kind == "files" or not of_sources):
        return models.text, models.code
    return None if loaded.error is None else (loaded.error, None)


def _compare_errors(
    loaded: Effective, registry: Registry, real: Any, folder: Path, found: Difference
) -> None:
    ours = our_error(loaded, registry)
    said = None if ours is None else ours[0].replace(str(folder), APP)
    theirs = "" if real is None else real["text"].partition("\nRequire stack")[0]
    if real is not None and real["kind"] == "SyntaxError" and said is not None:
        # V8's words change with its version: the file must be the same, and ours has a place.
        place = theirs.partition(": ")[0]
        if said.startswith(f"{place}: ") and re.search(r"line \d+, column \d+", said):
            return
    mixins = any("mixin" in script for m in registry.models.values() for script in m.scripts)
    if mixins and "uses unknown mixin" in theirs:
        found.unknown.append("which mixins there are")
        return
    if (said or "") != theirs:
        found.wrong.append(f"error: LoopBack says {theirs!r}, loopmail {said!r}")
    elif (
        ours is not None
        and real is not None
        and real["kind"] != "string"
        and ours[1] != real["code"]
    ):
        found.wrong.append(f"code: LoopBack {real['code']!r}, loopmail {ours[1]!r}")


def _compare_models(
    loaded: Effective, registry: Registry, real: Mapping[str, Any], found: Difference
) -> None:
    theirs = {name: real["classes"][number] for name, number in real["names"].items()}
    names = {n: m for n, m in registry.names.items() if n != "prototype"}  # not enumerable
    if set(theirs) != set(names):
        found.wrong.append(f"names: LoopBack {sorted(theirs)}, loopmail {sorted(names)}")
        return
    aliases = index_names(loaded.datasources)
    _compare_model("Email", registry.defined["Email"], real["email"], aliases, loaded, found)
    for name, model in names.items():
        there = theirs[name]
        _compare_model(name, model, there, aliases, loaded, found)
        same = {other for other in theirs if real["names"][other] == real["names"][name]}
        if same != {other for other in names if names[other] is model}:
            found.wrong.append(f"{name} is the same model as {sorted(same)}")


def _compare_model(
    name: str,
    model: Model,
    real: Mapping[str, Any],
    aliases: Mapping[str, str],
    loaded: Effective,
    found: Difference,
) -> None:
    sources = model.datasource and sorted(
        a for a, key in aliases.items() if key == model.datasource
    )
    ours = (model.name, list(model.bases), sources)
    theirs = (real["modelName"], real["bases"], real["dataSource"] and sorted(real["dataSource"]))
    if ours != theirs:
        found.wrong.append(f"{name}: LoopBack {theirs}, loopmail {ours}")
    if model.send == "unknown" or (model.scripts and model.send != real["send"]):
        found.unknown.append(f"{name}.send")
    elif model.send != real["send"]:
        found.wrong.append(f"{name}.send: LoopBack {real['send']}, loopmail {model.send}")
    mail = model.datasource is not None and real["connector"] == "MailConnector"
    if mail != (model.datasource in _mail_sources(loaded)):
        found.wrong.append(f"{name}: attached to {real['connector']}")


def _mail_sources(loaded: Effective) -> set[str]:
    sources = loaded.datasources.items()
    return {name for name, source in sources if source.settings.get("connector") == "mail"}
