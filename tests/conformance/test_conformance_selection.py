"""loopmail gives what real LoopBack gave; `run.py` compares all cases, this a selection."""

import json
import re

import pytest

from conformance.answers import VERSIONS, load, path
from conformance.cases import DATASOURCES, cases
from conformance.compare import compare_all
from conformance.disagreements import KNOWN
from conformance.selection import selection
from conformance.server.catalogue import behaviours

# A server that knows nothing newer than TLS 1.1 is one of the behaviours.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_loopmail_agrees_with_the_recorded_answers(version: str) -> None:
    report = compare_all(version, selection(version), jobs=16)
    assert report.cases > 100
    assert report.agrees, report.text()


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_every_case_has_a_recorded_answer(version: str) -> None:
    recorded = load(version)
    assert sorted(recorded.answers) == sorted(cases())
    assert recorded.versions["loopback"] == VERSIONS[version]
    assert {answer["outcome"] for answer in recorded.answers.values()} >= {
        "sent",
        "failed",
        "nothing-sent",
        "crash",
        "boot-error",
    }


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_data_sources_have_many_names_and_loopback_says_which(version: str) -> None:
    """Only names other than the connector's show which of the two a text of LoopBack has."""
    recorded = load(version)
    named = {
        name: json.loads(found[1])
        for name, answer in recorded.answers.items()
        if (
            found := re.match(
                r'Cannot create data source ("(?:\\.|[^"])*"): ', answer.get("message", "")
            )
        )
    }
    assert named == {name: cases()[name].datasource for name in named}
    assert set(named.values()) == set(DATASOURCES)
    assert {case.datasource for case in selection(version).values()} == set(DATASOURCES)


def test_the_suite_is_as_large_as_promised() -> None:
    assert len(behaviours()) >= 40
    assert len({case.configuration.name for case in cases().values()}) >= 20
    assert len({case.behaviour.name for case in cases().values()}) == len(behaviours())


def test_together_the_selections_meet_every_quick_behaviour() -> None:
    met = {case.behaviour.name for version in VERSIONS for case in selection(version).values()}
    assert len(met) > 0.8 * len(behaviours())


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_recorded_answers_are_sorted_and_one_to_a_line(version: str) -> None:
    lines = path(version).read_text(encoding="utf-8").rstrip("\n").split("\n")
    start = lines.index('"answers": {') + 1
    names = [json.loads("{" + line.rstrip(",") + "}") for line in lines[start:-1]]
    assert [next(iter(name)) for name in names] == sorted(cases())


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_known_disagreements_name_cases_that_exist(version: str) -> None:
    known = KNOWN.get(version, {})
    assert set(known) <= set(cases())
    assert all(len(reason) > 20 for reason in known.values())
