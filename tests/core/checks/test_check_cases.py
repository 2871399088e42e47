"""Each check finds what it is for and nothing else, and its fix changes that and nothing else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.checks.check_cases import CASES, Case
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.run import CHECK_TITLES, RULES, CheckRequest, run_checks
from loopmail.core.loopback.variables import Variables

IDS = [
    "json-invalid",
    "json-duplicate-key",
    "schema",
    "port-secure-mismatch",
    "dead-key",
    "string-not-boolean",
    "port-missing",
    "port-not-number",
    "service-overrides",
    "url-overrides",
    "opportunistic-plaintext",
    "host-missing",
    "host-malformed",
    "control-character",
    "timeout-not-number",
    "certificate-check-off",
    "node-env-weakens-tls",
    "node-tls-option-untested",
    "node-extra-ca-unreadable",
    "ca-is-path",
    "reject-unauthorized-string",
    "sni-missing",
    "weak-cipher",
    "gmail-app-password",
    "wrong-kind-of-key",
    "microsoft-basic-auth",
    "credentials-missing",
    "credentials-near-miss",
    "oauth2-version",
    "crash-at-boot",
    "crash-at-send",
    "merge-array-length",
    "merge-type",
    "override-hidden",
    "master-missing",
    "datasources-file-missing",
    "model-config-file-missing",
    "layer-name-near-miss",
    "environment-near-miss",
    "mail-missing",
    "build-outdated",
    "variable-partial",
    "variable-unresolved",
    "variable-not-known",
    "private-key-line-ends",
    "host-in-compose",
    "transport-module-dev",
    "variable-unsupported",
    "nothing-sent",
    "alias-duplicate",
    "alias-captured",
    "model-not-bound",
    "model-bound-to-non-mail",
    "model-not-found",
    "model-shadowed",
    "datasource-missing",
    "transport-module-missing",
    "connector-unknown",
    "name-mismatch",
    "secret-in-file",
    "secret-in-git",
    "debug-prints-secrets",
    "logger-not-true",
    "unknown-key",
    "placeholder-password",
    "placeholder-spelling",
]


def write_app(folder: Path, case: Case) -> Path:
    """Write the case's app."""
    server = folder / "server"
    server.mkdir()
    (folder / "package.json").write_text(json.dumps({"name": "case", **case.package}))
    for name, value in case.files.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        (server / name).write_text(text, encoding="utf-8")
    for path, text in case.extra.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def check(workspace: Workspace, case: Case) -> list[Problem]:
    """Run all checks for the case's environment."""
    versions = LOOPBACK_2 if case.major == 2 else LOOPBACK_3
    if case.boot:
        versions = replace(versions, boot=case.boot)
    variables = Variables(environment=case.environment)
    request = CheckRequest(
        workspace.snapshot(), [case.env], variables, versions, case.modules, case.tracked
    )
    return run_checks(request)


def test_there_is_a_case_for_every_id_of_the_contract() -> None:
    assert {case.id for case in CASES} == set(IDS)


def test_every_check_of_the_contract_has_a_title_and_a_rule() -> None:
    assert set(CHECK_TITLES) == {rule.id for rule in RULES} == set(IDS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_app_triggers_exactly_its_check(tmp_path: Path, case: Case) -> None:
    problems = check(Workspace.open(write_app(tmp_path, case)), case)
    assert {p.id for p in problems} == {case.id} | case.also, [p.text for p in problems]
    problem = next(p for p in problems if p.id == case.id)
    assert problem.line >= 1
    assert case.pointer is None or problem.pointer == case.pointer
    assert problem.text.endswith((".", ")", "?"))
    assert (problem.fix is not None) == case.fix
    if problem.fix:
        assert problem.fix.safe == case.safe


@pytest.mark.parametrize("case", [c for c in CASES if c.fix], ids=lambda case: case.id)
def test_the_fix_removes_the_problem_and_can_be_undone(tmp_path: Path, case: Case) -> None:
    workspace = Workspace.open(write_app(tmp_path, case))
    before = {name: document.text for name, document in workspace.documents.items()}
    problem = next(p for p in check(workspace, case) if p.id == case.id)
    assert problem.fix
    undo = workspace.apply(problem.fix.changes(workspace))
    left = {p.id for p in check(workspace, case)} - {"mail-missing"}  # an offer, no problem
    assert left <= case.also
    workspace.apply(undo)
    assert {n: d.text for n, d in workspace.documents.items() if n in before} == before


def test_a_right_app_has_no_problem(tmp_path: Path) -> None:
    case: Case = replace(CASES[-1], files=_right())
    assert check(Workspace.open(write_app(tmp_path, case)), case) == []


def _right() -> dict[str, Any]:
    from core.checks.check_cases import one

    return one()
