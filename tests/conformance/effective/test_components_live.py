"""Which variables real LoopBack puts into middleware and components, and which loopmail hands over."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app_builder import write_app
from conformance.asking import RELEASES, find_modules, why_not
from conformance.effective.cases_of_layers import HERE
from conformance.effective.comparison import versions_of
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.placeholders import placeholders_in
from loopmail.core.loopback.variables import Variables

NAMES = "ABCDEFGHIJ"
FACTORY = "module.exports = (a, b) => { console.log(JSON.stringify(b || a)); return () => {}; };\n"
MODULES = {"m.js": FACTORY, "n.js": FACTORY, "c.js": FACTORY, "d.js": FACTORY}


def item(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "params": {"k": value}}


CASES: dict[str, dict[str, Any]] = {
    "components": {
        "component-config.json": {"./c": {"k": "${A}", "list": ["${B}"], "n": {"o": "x${C}"}}},
    },
    "a component that is switched off": {
        "component-config.json": {"./c": {"k": "${A}"}, "./d": {"k": "${B}"}},
        "component-config.production.json": {"./d": None},
    },
    "a component of text": {"component-config.json": {"./c": "${A}"}},
    "layers of components": {
        "component-config.json": {"./c": {"k": "${A}", "l": "${B}"}},
        "component-config.local.json": {"./c": {"k": "${C}"}, "./d": {"k": "${D}"}},
        "component-config.production.json": {"./c": {"k": "${E}"}},
    },
    "layers of components that do not fit": {
        "component-config.json": {"./c": {"k": "${A}"}},
        "component-config.production.json": {"./c": {"k": []}},
    },
    "middleware": {"middleware.json": {"auth": {"./m": {"params": {"k": "${A}", "l": ["${B}"]}}}}},
    "middleware of one name": {
        "middleware.json": {"auth": {"./m": [item("1", "${A}"), item("2", "${B}")]}},
        "middleware.local.json": {"auth": {"./m": [item("1", "${C}"), item("3", "${D}")]}},
        "middleware.production.json": {"auth": {"./m": item("2", "${E}")}},
    },
    "one middleware becomes several": {
        "middleware.json": {"auth": {"./m": item("1", "${A}"), "./n": {}}},
        "middleware.production.json": {
            "auth": {"./m": [item("1", "${B}"), {"params": "${C}"}], "./n": [item("1", "${D}")]},
        },
    },
    "empty layers of middleware": {
        "middleware.json": {"auth": {"./m": [item("1", "${A}")], "./n": item("1", "${B}")}},
        "middleware.production.json": {"auth": {"./m": {}, "./n": []}},
    },
    "middleware in a new phase": {
        "middleware.json": {"auth": {"./m": {"params": "${A}"}}},
        "middleware.production.json": {"other": {"./m": {}}},
    },
    "new middleware": {
        "middleware.json": {"auth": {"./m": {"params": "${A}"}}},
        "middleware.production.json": {"auth": {"./n": {}}},
    },
    "layers of middleware that do not fit": {
        "middleware.json": {"auth": {"./m": {"params": "${A}"}}},
        "middleware.production.json": {"auth": {"./m": {"params": {"k": "${B}"}}}},
    },
    "named middleware that does not fit": {
        "middleware.json": {"auth": {"./m": [item("1", "${A}")]}},
        "middleware.production.json": {"auth": {"./m": [{"name": "1", "params": "${B}"}]}},
    },
    "a phase of null": {
        "middleware.json": {"auth": None},
        "middleware.production.json": {"auth": {"./m": {}}},
    },
    "both": {
        "middleware.json": {"auth": {"./m": {"params": "${A}"}}},
        "component-config.json": {"./c": {"k": "${A}"}, "./d": {"constructor": 1, "k": "${B}"}},
    },
}  # fmt: skip


# Each takes a Node of its own; all of them with LOOPMAIL_TORTURE=full.
TRIED = sorted(CASES)[:: 1 if os.environ.get("LOOPMAIL_TORTURE") == "full" else 3]


@pytest.mark.node
@pytest.mark.parametrize("case", TRIED)
@pytest.mark.parametrize("loopback", sorted(RELEASES))
def test_the_variables_handed_over_are_those_that_loopback_puts_in(
    loopback: str, case: str, tmp_path: Path
) -> None:
    if (reason := why_not(loopback)) is not None:
        pytest.skip(reason)
    modules = find_modules(loopback)
    assert modules is not None
    base: dict[str, Any] = {"datasources.json": {}, "model-config.json": {}}
    server = (
        write_app(tmp_path.resolve(), {**base, **MODULES, **CASES[case]}, name="shop") / "server"
    )
    run = subprocess.run(
        ["node", str(HERE / "start_app.js"), str(modules), str(server), "production"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PATH": os.environ["PATH"], **{name: f"<value of {name}>" for name in NAMES}},
    )
    versions = versions_of(
        {"loopback": loopback, "boot": RELEASES[loopback], "nodemailer": "6.10.1"}
    )
    snapshot = Workspace.open(tmp_path).snapshot()
    loaded = effective(snapshot, "production", Variables(), versions)
    printed = [json.loads(line) for line in run.stdout.splitlines()]
    errors = [one["error"] for one in printed if isinstance(one, dict) and "error" in one]
    assert [text.replace(str(tmp_path.resolve()), "") for text in errors] == (
        [loaded.error.replace(str(tmp_path), "")] if loaded.error else []
    )
    if not errors:
        there = {name for name in NAMES if f"<value of {name}>" in run.stdout}
        assert set(placeholders_in(loaded, snapshot, "production")) == there
