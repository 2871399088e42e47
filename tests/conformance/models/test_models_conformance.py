"""loopmail registers the models of the recorded apps as real LoopBack did."""

import json
from pathlib import Path

import pytest

from conformance.models.cases_of_models import STEMS, all_cases, answer_files
from conformance.models.comparison import compare, versions_of
from loopmail.core.app.definitions import name_of_file

RECORDED = {path.stem: json.loads(path.read_text("utf-8")) for path in answer_files()}
CASES = {case.id: case for case in all_cases()}
# What cannot be known without running scripts, by case: mixins, and foreign connectors.
UNKNOWN = {"mixin-unknown", "mixin-model", "bound-to-sql", "bound-hyphens-MyMail"}
UNKNOWN |= {"bound-turned-hyphens-MyMail", "bound-number-names-source"}


def test_both_lines_of_loopback_are_recorded_for_every_case() -> None:
    assert sorted(RECORDED) == ["answers-2.42.0", "answers-3.28.0"]
    for answers in RECORDED.values():
        assert set(answers) == {"versions", "file names", *CASES}


@pytest.mark.parametrize("recorded", sorted(RECORDED))
@pytest.mark.parametrize("name", sorted(CASES))
def test_models_are_registered_as_loopback_registers_them(
    name: str, recorded: str, tmp_path: Path
) -> None:
    case, answers = CASES[name], RECORDED[recorded]
    case.write(tmp_path)
    found = compare(tmp_path, case.env, versions_of(answers["versions"]), answers[name])
    assert found.wrong == []
    assert not found.unknown or name in UNKNOWN


@pytest.mark.parametrize("recorded", sorted(RECORDED))
def test_files_without_a_name_inside_get_the_name_that_lodash_makes(recorded: str) -> None:
    answers = RECORDED[recorded]["file names"]["names"]
    assert {stem: name_of_file(stem) for stem in STEMS} == answers
