"""loopmail loads the awkward layer sets as real LoopBack was recorded to load them."""

import json
from pathlib import Path

import pytest

from conformance.effective.cases_of_layers import all_cases, answer_files
from conformance.effective.comparison import compute, differences, versions_of
from loopmail.core.errors import AppError

RECORDED = {path.stem: json.loads(path.read_text("utf-8")) for path in answer_files()}
CASES = {case.id: case for case in all_cases()}


def test_both_lines_of_loopback_boot_are_recorded_for_every_case() -> None:
    assert sorted(RECORDED) == ["answers-2.28.0", "answers-3.3.1"]
    for answers in RECORDED.values():
        assert set(answers) == {"versions", *CASES}


@pytest.mark.parametrize("recorded", sorted(RECORDED))
@pytest.mark.parametrize("name", sorted(CASES))
def test_the_layers_are_loaded_as_loopback_loads_them(
    name: str, recorded: str, tmp_path: Path
) -> None:
    case, answers = CASES[name], RECORDED[recorded]
    case.write(tmp_path)
    (tmp_path / "package.json").write_text('{"name": "case", "dependencies": {"loopback": "*"}}')
    if name == "nothing-at-all":  # LoopBack starts without a file; there is nothing to open here
        with pytest.raises(AppError, match="its files were not found"):
            compute(tmp_path, case.env, case.variables, versions_of(answers["versions"]))
        return
    result = compute(tmp_path, case.env, case.variables, versions_of(answers["versions"]))
    assert differences(result, answers[name], tmp_path) == []
