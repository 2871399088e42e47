"""loopmail against real LoopBack on the spot: real apps' files and random layers."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.asking import RELEASES, ask, find_modules, why_not
from conformance.effective.cases_of_layers import SCRIPT
from conformance.effective.comparison import compute, differences, versions_of
from conformance.effective.random_layers import random_case
from loopmail.core.app.folder import open_app

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
RANDOM_CASES = 200
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
Ask = Callable[[list[dict[str, Any]]], tuple[dict[str, str], dict[str, Any]]]


@pytest.fixture(params=sorted(RELEASES))
def real(request: pytest.FixtureRequest) -> Ask:
    """Real LoopBack of one line, or a skip with the reason."""
    loopback: str = request.param
    if (reason := why_not(loopback)) is not None:
        pytest.skip(reason)
    modules = find_modules(loopback)
    assert modules is not None
    return lambda requests: ask(SCRIPT, modules, requests)


def _corpus_requests() -> list[dict[str, Any]]:
    requests = []
    for folder in sorted(CORPUS.glob("app-*")):
        app = open_app(folder)
        texts = "".join(file.path.read_text("utf-8") for file in app.files if not file.script)
        names = sorted(set(PLACEHOLDER.findall(texts)))
        for env in app.environments:
            for variables in ({}, {name: f"value of {name}" for name in names}):
                requests.append(
                    {
                        "id": f"{folder.name} {env} {len(variables)}",
                        "dir": str(app.server),
                        "env": env,
                        "variables": variables,
                    }
                )
    return requests


@pytest.mark.node
def test_the_files_of_real_apps_are_loaded_as_loopback_loads_them(real: Ask) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real apps is not here")
    requests = _corpus_requests()
    versions, answers = real(requests)
    found = {}
    for asked in requests:
        folder = Path(asked["dir"])
        result = compute(folder, asked["env"], asked["variables"], versions_of(versions))
        if wrong := differences(result, answers[asked["id"]], folder):
            found[asked["id"]] = wrong
    assert len(requests) >= 60
    assert found == {}


@pytest.mark.node
def test_random_layers_are_loaded_as_loopback_loads_them(real: Ask, tmp_path: Path) -> None:
    cases = [random_case(seed) for seed in range(RANDOM_CASES)]
    requests = []
    for case in cases:
        case.write(tmp_path / case.id)
        folder = str(tmp_path / case.id)
        requests.append(
            {"id": case.id, "dir": folder, "env": case.env, "variables": case.variables}
        )
    versions, answers = real(requests)
    failures = [answer["error"] for answer in answers.values() if answer["error"] is not None]
    assert 0.1 < len(failures) / RANDOM_CASES < 0.9  # both outcomes are tried
    found = {}
    for case in cases:
        folder = str(tmp_path / case.id)
        result = compute(Path(folder), case.env, case.variables, versions_of(versions))
        if wrong := differences(result, answers[case.id], Path(folder)):
            found[case.id] = wrong
    assert found == {}
