"""loopmail against real LoopBack on the spot: random apps."""

import os
from pathlib import Path

import pytest

from conformance.asking import RELEASES, find_modules, why_not
from conformance.models.cases_of_models import Case, ask_all
from conformance.models.comparison import compare, versions_of
from conformance.models.random_models import random_case

RANDOM_CASES = int(os.environ.get("LOOPMAIL_RANDOM_MODELS", "200"))


@pytest.mark.node
@pytest.mark.parametrize("loopback", sorted(RELEASES))
def test_random_apps_register_what_real_loopback_registers(loopback: str, tmp_path: Path) -> None:
    modules = find_modules(loopback)
    if (reason := why_not(loopback)) is not None or modules is None:
        pytest.skip(reason or "not installed")
    cases: list[Case] = [random_case(number) for number in range(RANDOM_CASES)]
    versions, answers = ask_all(modules, cases, tmp_path.resolve())
    wrong = {}
    for number, case in enumerate(cases):
        folder = tmp_path.resolve() / str(number) / "app"
        found = compare(folder, case.env, versions_of(versions), answers[case.id])
        if found.wrong or found.unknown:
            wrong[case.id] = found
    assert wrong == {}
