"""Comparing what loopmail computes with what real LoopBack answered."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.asking import APP
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.effective import Effective, effective
from loopmail.core.loopback.report import effective_json
from loopmail.core.loopback.variables import Variables

UNRESOLVED = re.compile(r'"(\w+)" must be resolvable')
MASTER_MISSING = re.compile(r'"([\w-]+\.json)" is missing')


def versions_of(recorded: Mapping[str, str]) -> Versions:
    """Return the versions that gave the answers."""
    return Versions(
        recorded["loopback"],
        recorded["boot"],
        recorded["nodemailer"],
        assumed=False,
        source="node_modules",
    )


def compute(folder: Path, env: str, variables: Mapping[str, str], versions: Versions) -> Effective:
    """Open an app folder as the program does and compute what LoopBack would load."""
    snapshot = Workspace.open(folder).snapshot()
    return effective(snapshot, env, Variables(environment=dict(variables)), versions)


def differences(result: Effective, real: Mapping[str, Any], folder: Path) -> list[str]:
    """Return a sentence for each thing that loopmail and real LoopBack see differently."""
    found = [*_errors(result, real, folder)]
    if real["error"] is None:
        found += _values(result, real)
        found += _console(result, real)
    return found


def _errors(result: Effective, real: Mapping[str, Any], folder: Path) -> list[str]:
    theirs = real["error"]
    ours = None if result.error is None else result.error.replace(str(folder), APP)
    if theirs == ours:
        return []
    if real.get("thrown") == "SyntaxError" and theirs is not None and ours is not None:
        # V8's words change with its version: the file must be the same, and ours has a place.
        name = theirs.removeprefix(f"{APP}/").partition(": ")[0]
        if ours.startswith(name) and re.search(r"line \d+, column \d+", ours):
            return []
    return [f"error: LoopBack says {theirs!r}, loopmail {ours!r}"]


def _values(result: Effective, real: Mapping[str, Any]) -> list[str]:
    report = effective_json(result, {}, show_secrets=True)
    settings = {name: entry["settings"] for name, entry in report["datasources"].items()}
    models = {name: entry["dataSource"] for name, entry in report["models"].items()}
    found = []
    # As texts: Python takes 1 for True and 465.0 for 465.
    if json.dumps(settings) != json.dumps(real["settings"]):
        found.append(f"settings: LoopBack has {real['settings']}, loopmail {settings}")
    if models != real["models"]:
        found.append(f"models: LoopBack has {real['models']}, loopmail {models}")
    for name, made in real["real"].items():
        if json.dumps(_stripped(made)) != json.dumps(_stripped(settings.get(name))):
            found.append(f"settings of the data source {name} itself: {made}")
    return found


def _stripped(settings: Any) -> Any:
    """Leave out what connectors add: their own object, and `debug` when it is not set."""
    if not isinstance(settings, dict):
        return settings
    kept = {key: value for key, value in settings.items() if key != "connector"}
    if not kept.get("debug"):
        kept.pop("debug", None)
    return kept


def _console(result: Effective, real: Mapping[str, Any]) -> list[str]:
    printed = "\n".join(real["warnings"])
    found = []
    if set(UNRESOLVED.findall(printed)) != set(result.unresolved):
        found.append(f"unresolved variables: {sorted(result.unresolved)}, LoopBack: {printed}")
    said = "\n".join(result.warnings)
    for name in MASTER_MISSING.findall(printed):
        if f"{name} is missing" not in said:
            found.append(f"no warning that {name} is missing")
    return found
