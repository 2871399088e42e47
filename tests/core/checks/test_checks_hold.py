"""Rules and fixes hold for what people really have, and for values that nobody should have."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.checks.check_cases import GOOD, source
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.checks.fixes import fix_all, preview
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.run import CHECK_TITLES, CheckRequest, run_checks
from loopmail.core.edit.fields import DEAD_KEYS, TRANSPORT_FIELDS
from loopmail.core.jsontext import find, parse
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

LONG = "x" * 5000
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "x", "\0", "\ud800", LONG, "${NOWHERE}"),
    *([], [None], {}, {"a": []}),
)
KEYS = ["type", "alias", *(f.path[1:] for f in TRANSPORT_FIELDS), *(k.key[1:] for k in DEAD_KEYS)]


def finder(versions: Versions, *environments: str) -> Callable[[Snapshot], list[Problem]]:
    variables = Variables(environment={"MAIL_PASS": "abcdabcdabcdabcd"})
    return lambda snapshot: run_checks(CheckRequest(snapshot, environments, variables, versions))


def open_app(folder: Path, **files: Any) -> Workspace:
    (folder / "server").mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "odd"}')
    for name, value in files.items():
        path = folder / "server" / (name.replace("__", ".").replace("_", "-") + ".json")
        path.write_text(json.dumps(value, indent=1))
    return Workspace.open(folder)


def put(transport: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(transport))
    *parents, last = path.split("/")
    place = made
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return made


# Both with LOOPMAIL_TORTURE=full; else each key with one of them, by turns.
FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"
TRIED = [
    pytest.param(path, versions, id=f"{path}-{versions.major}")
    for number, path in enumerate(sorted(set(KEYS)))
    for versions in (LOOPBACK_2, LOOPBACK_3)
    if FULL or (number + versions.major) % 2
]


@pytest.mark.parametrize(("path", "versions"), TRIED)
def test_no_rule_falls_over_an_odd_value(tmp_path: Path, path: str, versions: Versions) -> None:
    odd = {f"mail{i}": source(put(GOOD, path, v))["mail"] for i, v in enumerate(ODD)}
    workspace = open_app(tmp_path, datasources=odd, model_config={"Email": {"dataSource": "mail0"}})
    for problem in finder(versions, "development")(workspace.snapshot()):
        assert problem.id in CHECK_TITLES
        assert problem.text
        if problem.fix is not None:
            preview(workspace, problem.fix)
    fix_all(workspace, finder(versions, "development"), lambda p: bool(p.fix and p.fix.safe))
    parse(workspace.documents["datasources.json"].text)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_no_rule_falls_over_an_odd_data_source(tmp_path: Path, value: Any) -> None:
    mails = {
        "whole": value,
        "several": {"connector": "mail", "transports": value},
        "single": {"connector": "mail", "transport": value},
        "item": {"connector": "mail", "transports": [value, GOOD]},
        "connector": {"connector": value, "transports": [GOOD]},
        LONG: {"url": "x"},
        "name": {"name": value, "connector": "mail", "transports": [GOOD]},
    }
    for number, (name, mail) in enumerate(mails.items()):
        folder = tmp_path / str(number)
        models = {"Email": {"dataSource": name}, "Odd": value, "Other": {"dataSource": value}}
        workspace = open_app(folder, datasources={name: mail}, model_config=models)
        fix_all(workspace, finder(LOOPBACK_3, "development"), lambda p: p.fix is not None)


def test_every_finding_of_the_corpus_has_a_place_and_a_sentence(corpus: Path) -> None:
    for app in sorted(corpus.glob("app-*")):
        workspace = Workspace.open(app)
        snapshot = workspace.snapshot()
        for problem in finder(workspace.app.versions, *workspace.app.environments)(snapshot):
            lines = snapshot.texts[problem.file].splitlines() or [""]
            assert 1 <= problem.line <= len(lines), problem
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, problem
            assert problem.text.rstrip().endswith((".", "?", ")", "…")), problem.text
            assert len(problem.text) < 420, problem.text


def test_every_safe_fix_of_the_corpus_mends_and_can_be_undone(corpus: Path) -> None:
    for app in sorted(corpus.glob("app-*")):
        workspace = Workspace.detached(Workspace.open(app).snapshot())
        before = {name: document.text for name, document in workspace.documents.items()}
        look = finder(workspace.app.versions, *workspace.app.environments)
        done = fix_all(workspace, look, lambda p: bool(p.fix and p.fix.safe))
        assert not [p for p in look(workspace.snapshot()) if p.fix and p.fix.safe], app
        for one in done:
            assert one.changes, app
        again = Workspace.detached(Workspace.open(app).snapshot())
        undo = again.apply([change for one in done for change in one.changes])
        again.apply(undo)
        assert {n: again.documents[n].text for n in before} == before


def test_fixes_of_the_corpus_leave_other_data_sources_alone(corpus: Path) -> None:
    for app in sorted(corpus.glob("app-*")):
        opened = Workspace.open(app)
        for problem in finder(opened.app.versions, "development")(opened.snapshot()):
            if problem.fix is None or not problem.pointer or problem.id == "json-invalid":
                continue
            workspace = Workspace.detached(opened.snapshot())
            if problem.file not in workspace.documents:
                continue
            old = workspace.documents[problem.file].text
            workspace.apply(problem.fix.changes(workspace))
            new = workspace.documents[problem.file].text
            touched = problem.pointer.split("/")[1]
            for member in parse(old).members:
                if member.key == touched:
                    continue
                node = find(parse(new), "/" + member.key.replace("~", "~0").replace("/", "~1"))
                assert node is not None, (app, problem.id)
                assert new[node.offset : node.end] == old[member.value.offset : member.value.end]


def test_a_file_nested_deeper_than_is_read_is_not_called_broken(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": {}})
    path = workspace.app.server / "datasources.json"
    path.write_text('{"a":' * 300 + "1" + "}" * 300)
    workspace = Workspace.open(tmp_path)
    problems = finder(LOOPBACK_3, "development")(workspace.snapshot())
    (found,) = [one for one in problems if one.id == "json-invalid"]
    assert (found.severity, found.fix) == ("warning", None)
    assert found.text.endswith("What LoopBack makes of it is not known here.")
    path.write_text('{"db":{"connector":"memory","x":' + '{"a":' * 190 + "1" + "}" * 192)
    assert finder(LOOPBACK_3, "development")(Workspace.open(tmp_path).snapshot()) is not None
    snapshot = Workspace.open(tmp_path).snapshot()
    view = AppView(snapshot, "development", Variables(), LOOPBACK_3)
    assert view.effective.error is None
