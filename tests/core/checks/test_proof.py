"""A fix is safe only if it was tried: what each kind of harm is answered with."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.checks.check_cases import BOUND, GOOD, source, transport
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.checks import proof
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.checks.proof import Circumstances, Prover, proven
from loopmail.core.checks.run import CheckRequest, merge_problems, run_checks
from loopmail.core.edit.bindings import bind
from loopmail.core.errors import EditError
from loopmail.core.loopback.variables import Variables

BASE, MODELS = "datasources.json", "model-config.json"
Build = Callable[[Workspace], list[Change]]


def open_app(folder: Path, files: dict[str, Any], models: Sequence[str] = ()) -> Workspace:
    server = folder / "server"
    (server / "models").mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "proof"}')
    for name, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        (server / name).write_text(text)
    for name in models:
        (server / "models" / f"{name}-own.json").write_text(json.dumps({"name": name}))
    return Workspace.open(folder)


def circumstances(workspace: Workspace, **environment: str) -> Circumstances:
    variables = Variables(environment=environment)
    return Circumstances(LOOPBACK_3, dict.fromkeys(workspace.app.environments, variables))


def found(workspace: Workspace, under: Circumstances) -> list[Problem]:
    return merge_problems(
        run_checks(CheckRequest(workspace.snapshot(), [env], variables, under.versions))
        for env, variables in under.variables.items()
    )


def doubts(workspace: Workspace, id_: str, build: Build | None = None, **variables: str) -> str:
    """Try the fix of the first problem of a check, or another one in its place."""
    under = circumstances(workspace, **variables)
    problem = next(one for one in found(workspace, under) if one.id == id_)
    if build is not None:
        fix = Fix("Do something", True, build)
        problem = Problem(
            *(id_, problem.severity, problem.file, 1, 1, problem.pointer, problem.env, "x", fix)
        )
    before = dict(workspace.snapshot().texts)
    answer = Prover(workspace.snapshot(), under).prove(problem)
    assert dict(workspace.snapshot().texts) == before
    assert answer.safe is not bool(answer.doubts)
    return "\n".join(answer.doubts)


def set_to(pointer: str, value: Any, file: str = BASE) -> Build:
    return lambda workspace: [workspace.edit_value(file, pointer, value)]


def mismatch(**changes: Any) -> dict[str, Any]:
    return source(transport(port=587, **changes))


def test_what_only_mends_is_safe(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND})
    assert doubts(app, "port-secure-mismatch") == ""
    (problem,) = proven(found(app, circumstances(app)), app.snapshot(), circumstances(app))[:1]
    assert problem.fix is not None
    assert problem.fix.safe


def test_a_problem_that_stays_is_noticed(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND})
    build = set_to("/mail/transports/0/debug", False)
    assert "In development the problem stays." in doubts(app, "port-secure-mismatch", build)
    assert "changes nothing" in doubts(app, "port-secure-mismatch", lambda _: [])


def test_a_new_problem_is_noticed(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND})
    said = doubts(app, "port-secure-mismatch", set_to("/mail/transports/0", {"type": "smtp"}))
    assert "there would be a new problem" in said


def test_a_problem_that_only_moves_is_not_new(tmp_path: Path) -> None:
    auth = {"user": "shop@example.com", "password": "recognisable-4471"}
    app = open_app(tmp_path, {BASE: source(transport(auth=auth)), MODELS: BOUND})
    assert doubts(app, "credentials-near-miss") == ""


def test_a_base_problem_is_not_mended_in_one_environments_file(tmp_path: Path) -> None:
    layer = {"mail": {"transports": [{"debug": False}]}}
    files = {BASE: mismatch(), "datasources.production.json": layer, MODELS: BOUND}
    app = open_app(tmp_path, files)
    build = set_to("/mail/transports/0/secure", False, "datasources.production.json")
    assert "In development the problem stays." in doubts(app, "port-secure-mismatch", build)


def test_an_environment_without_the_problem_is_left_as_it_is(tmp_path: Path) -> None:
    layer = {"mail": {"transports": [{"port": 465}]}}
    files = {BASE: mismatch(), "datasources.production.json": layer, MODELS: BOUND}
    said = doubts(open_app(tmp_path, files), "port-secure-mismatch")
    assert "In production, which does not have this problem, it would change mail." in said


def test_other_data_sources_and_transports_are_left_alone(tmp_path: Path) -> None:
    two = source(transport(port=587), transport(alias="b"))
    app = open_app(tmp_path, {BASE: {**two, "db": {"connector": "memory"}}, MODELS: BOUND})
    right = set_to("/mail/transports/0/secure", False)
    assert doubts(app, "port-secure-mismatch", right).count("it would change") == 0

    def also(place: str, value: Any) -> Build:
        return lambda workspace: [
            *right(workspace),
            *set_to(place, value)(Workspace.detached(_after(workspace, right))),
        ]

    assert "change the data source db" in doubts(
        app, "port-secure-mismatch", also("/db/connector", "memory2")
    )
    assert "another transport of mail" in doubts(
        app, "port-secure-mismatch", also("/mail/transports/1/host", "other.example.com")
    )


def _after(workspace: Workspace, build: Build) -> Any:
    copy = Workspace.detached(workspace.snapshot())
    copy.apply(build(copy))
    return copy.snapshot()


@pytest.mark.parametrize("own", ["Email", "email"])
def test_an_apps_own_table_keeps_its_name_and_its_data(tmp_path: Path, own: str) -> None:
    config = {"_meta": {"sources": ["./models"]}, own: {"dataSource": "db"}}
    sources = {**mismatch(), "db": {"connector": "memory"}}
    app = open_app(tmp_path, {BASE: sources, MODELS: config}, [own])
    problem = next(one for one in found(app, circumstances(app)) if one.id == "model-not-bound")
    assert problem.fix is None
    said = doubts(app, "model-not-bound", lambda workspace: bind(workspace, "Email", "mail"))
    assert "app.models.Email would be another model, or do something else." in said


def test_nothing_depends_on_the_variables_of_this_shell(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: source({"type": "smtp", "url": "${SMTP_URL}"}), MODELS: BOUND})
    assert {one.id for one in found(app, circumstances(app))} == {"variable-unresolved"}
    said = doubts(app, "variable-unresolved", set_to("/mail/transports/0/port", 587))
    assert "which does not have this problem" in said
    two = source(transport(secure="${SECURE}", port=None))
    app = open_app(tmp_path / "two", {BASE: two, MODELS: BOUND})
    assert "port-missing" not in {one.id for one in found(app, circumstances(app))}


def test_a_variable_for_the_password_is_in_nobodys_way(tmp_path: Path) -> None:
    auth = {"user": "shop@example.com", "password": "${MAIL_PASS}"}
    app = open_app(tmp_path, {BASE: source(transport(auth=auth)), MODELS: BOUND})
    assert doubts(app, "credentials-near-miss", MAIL_PASS="abcdabcdabcdabcd") == ""


def test_what_scripts_say_is_not_proven(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND, "datasources.local.js": "x"})
    assert "the script datasources.local.js may change" in doubts(app, "port-secure-mismatch")


def test_models_that_are_not_known_are_not_judged(tmp_path: Path) -> None:
    config = {"_meta": {"sources": ["./models"]}, "Ghost": {"dataSource": "db"}}
    files = {BASE: {**mismatch(), "db": {"connector": "memory"}}, MODELS: config}
    assert "Not all models are known here" in doubts(open_app(tmp_path, files), "model-not-bound")
    files = {BASE: mismatch(), MODELS: {"User": {"dataSource": None}}}
    assert doubts(open_app(tmp_path / "whole", files), "model-not-bound") == ""


def test_an_app_that_starts_still_starts(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND})
    said = doubts(app, "port-secure-mismatch", set_to("/mail/transports/0/type", {}))
    assert "the app would not start any more" in said


def test_a_fix_that_does_not_fit_says_why(tmp_path: Path) -> None:
    def refuse(_: Workspace) -> list[Change]:
        raise EditError("/mail", "That does not fit.")

    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND})
    assert doubts(app, "port-secure-mismatch", refuse) == "That does not fit."


def test_in_a_large_app_the_answers_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"m{n}": {"connector": "mail", "transports": [GOOD]} for n in range(proof._MANY)}
    layer = {"mail": {"transports": [{"port": 465}]}}
    sources = {**many, **mismatch(), "db": {"connector": "memory"}}
    sources["other"] = source(transport(port=587), name="other")["mail"]
    files = {BASE: sources, "datasources.production.json": layer, MODELS: BOUND}
    app = open_app(tmp_path, files)
    under = circumstances(app)
    problems = [one for one in found(app, under) if one.fix is not None]
    assert len(problems) == 2
    cut = [Prover(app.snapshot(), under).prove(one) for one in problems]
    monkeypatch.setattr(proof, "_MANY", 10_000)
    whole = [Prover(app.snapshot(), under).prove(one) for one in problems]
    assert cut == whole
    assert {one.safe for one in cut} == {True, False}


def test_no_more_fixes_are_tried_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "MOST", 1)
    sources = {name: source(transport(port=587), name=name)["mail"] for name in ("mail", "news")}
    app = open_app(tmp_path, {BASE: sources, MODELS: BOUND})
    under = circumstances(app)
    fixes = [one.fix for one in proven(found(app, under), app.snapshot(), under) if one.fix]
    assert [fix.safe for fix in fixes] == [True, False]
    assert fixes[1].doubts == ("It was not tried.",)


def test_a_run_that_is_stopped_proves_nothing(tmp_path: Path) -> None:
    app = open_app(tmp_path, {BASE: mismatch(), MODELS: BOUND})
    under = circumstances(app)
    (problem, *_) = found(app, under)
    assert Prover(app.snapshot(), under, lambda: True).prove(problem).doubts
