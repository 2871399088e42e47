"""Compares loopmail with the recorded answers, case by case."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from conformance.answers import Recorded, load
from conformance.cases import Case
from conformance.disagreements import KNOWN
from conformance.ours import our_answer

FIELDS = ("ok", "outcome", "code", "command", "responseCode", "message", "response")
COMPARED = (*FIELDS, "accepted", "rejected", "saw")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A case in which loopmail differs: what it and LoopBack say, field by field."""

    case: str
    fields: dict[str, tuple[Any, Any]]  # field -> (LoopBack's, loopmail's)

    def text(self) -> str:
        """Return the difference for people."""
        lines = [f"  {self.case}"]
        for name, (real, ours) in self.fields.items():
            lines += [f"    {name}: LoopBack {real!r}", f"    {' ' * len(name)}  loopmail {ours!r}"]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of comparing one version."""

    version: str
    versions: dict[str, str]
    cases: int
    disagreements: list[Disagreement]
    missing: list[str]  # cases without a recorded answer

    @property
    def agrees(self) -> bool:
        """Whether there is nothing but what is known and listed by name."""
        unknown = [d for d in self.disagreements if d.case not in KNOWN.get(self.version, {})]
        return not unknown and not self.missing

    def text(self) -> str:
        """Return the report for people."""
        known = KNOWN.get(self.version, {})
        judge = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        agreed = self.cases - len(self.disagreements) - len(self.missing)
        lines = [f"{self.version} ({judge}): {self.cases} cases, {agreed} agree"]
        for one in self.disagreements:
            lines.append(one.text())
            if one.case in known:
                lines.append(f"    known: {known[one.case]}")
        lines += [f"  no recorded answer: {name}" for name in self.missing]
        return "\n".join(lines)


def compare_one(name: str, case: Case, recorded: Recorded) -> Disagreement | None:
    """Run one case through loopmail and compare every field."""
    real = recorded.answers[name]
    ours = our_answer(case, recorded.versions)
    fields = {
        field: (real.get(field), ours.get(field))
        for field in COMPARED
        if real.get(field) != ours.get(field)
    }
    return Disagreement(name, fields) if fields else None


def compare_all(version: str, chosen: dict[str, Case], jobs: int) -> Report:
    """Compare all chosen cases with a version's recorded answers."""
    recorded = load(version)
    present = {name: case for name, case in chosen.items() if name in recorded.answers}
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda name: compare_one(name, present[name], recorded), present))
    return Report(
        version,
        recorded.versions,
        len(chosen),
        [one for one in found if one is not None],
        sorted(set(chosen) - set(present)),
    )
