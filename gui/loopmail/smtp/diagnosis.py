"""Why a test failed and what to do: the catalogue in resources, matched against the verdict.

Codes are matched before texts, since the texts differ from provider to provider.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from loopmail.assets import read_json
from loopmail.core.checks.problem import Problem
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.smtp.verdict import Diagnosis, DiagnosisFix, Verdict

_MOST = 4000  # characters of a server's text that are looked at
_FORESEEN = (  # checks whose fixes may help where the settings alone decide
    ("transport-module-missing", "connector-unknown", "datasource-missing")
    + ("logger-not-true", "merge-array-length", "merge-type")
)
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def diagnose(
    verdict: Verdict, host: str | None, problems: Sequence[Problem] = ()
) -> Diagnosis | None:
    """Return the first diagnosis of the catalogue that fits a failed test, None if it was sent.

    `problems` are those the checks found: of them, the ones a diagnosis names and which carry a
    fix become its fixes.
    """
    if verdict.ok or verdict.outcome != "failed":
        return _of_outcome(verdict, problems)
    for entry in catalogue():
        if _fits(entry, verdict, host or ""):
            return _make(entry, problems)
    return None


@cache
def catalogue() -> tuple[Mapping[str, Any], ...]:
    """The entries of resources/diagnoses.json in the order in which they are tried."""
    return tuple(read_json("diagnoses.json")["diagnoses"])


def _fits(entry: Mapping[str, Any], verdict: Verdict, host: str) -> bool:
    text = (verdict.message or "")[:_MOST]
    conditions = (
        ("stage", lambda wanted: verdict.stage in wanted),
        ("loopback", lambda wanted: verdict.major in wanted),
        ("host", lambda wanted: re.search(wanted, host, re.IGNORECASE)),
        ("code", lambda wanted: verdict.code in wanted),
        ("reply", lambda wanted: verdict.response_code in wanted),
        ("enhanced", lambda wanted: set(wanted) & set(_ENHANCED.findall(text))),
        ("text", lambda wanted: re.search(wanted, text, re.IGNORECASE)),
        ("note", lambda wanted: any(re.search(wanted, note) for note in verdict.notes)),
    )
    return all(test(entry[key]) for key, test in conditions if key in entry)


def _make(entry: Mapping[str, Any], problems: Sequence[Problem]) -> Diagnosis:
    fixes = tuple(
        DiagnosisFix(problem.id, problem.fix.summary)
        for check in entry["fixes"]
        for problem in problems
        if problem.fix and _names(check, problem)
    )
    id_, title, why, steps = (entry[key] for key in ("id", "title", "why", "steps"))
    return Diagnosis(id_, title, why, tuple(steps), fixes, entry.get("as_of"))


def _names(check: str, problem: Problem) -> bool:
    """Whether the catalogue's `id` or `id/key` means this problem."""
    id_, _, key = check.partition("/")
    return problem.id == id_ and (not key or problem.pointer.endswith(f"/{key}"))


def concerning(problems: Sequence[Problem], datasource: str) -> tuple[Problem, ...]:
    """Return the problems that may be the cause of a failed test of this data source.

    Empty: LoopBack has refused the files or a model, so any may be.
    """
    if not datasource:
        return tuple(problems)
    own = ((), (datasource,))
    return tuple(p for p in problems if tuple(parse_pointer(p.pointer)[:1]) in own)


def _of_outcome(verdict: Verdict, problems: Sequence[Problem]) -> Diagnosis | None:
    """A diagnosis for what the plan foresaw: a crash, a boot error, a stub."""
    words = {
        "nothing-sent": ("nothing-sent", "LoopBack would report success and send nothing"),
        "boot-error": ("crash-at-boot", "The app would not start"),
        "crash": ("crash-at-send", "Sending would crash the app"),
    }
    if verdict.outcome not in words:
        return None
    id_, title = words[verdict.outcome]
    fixes = tuple(
        DiagnosisFix(problem.id, problem.fix.summary)
        for problem in problems
        if problem.fix and (problem.id == id_ or problem.id in _FORESEEN)
    )
    steps = ("See Problems for the place and the fix.",) if fixes else ()
    return Diagnosis(id_, title, verdict.message or "", steps, fixes)
