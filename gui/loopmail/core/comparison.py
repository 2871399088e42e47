"""Environments side by side, and what would change with another LoopBack version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.core.layers import effective
from loopmail.core.plan import TransportPlan, plan_datasource
from loopmail.core.plan_words import plan_sentences
from loopmail.core.secret_paths import is_secret, masked
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Snapshot

MISSING = "—"


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """One setting of a data source in every environment; secrets are masked."""

    pointer: str  # within the data source
    values: tuple[str, ...]  # in the order of the environments, `MISSING` where it is not set

    @property
    def differs(self) -> bool:
        """Whether the environments disagree."""
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True)
class VersionChange:
    """What another LoopBack version would do otherwise with one transport."""

    datasource: str
    transport: int
    before: str
    after: str


def compare_environments(
    snapshot: Snapshot,
    datasource: str,
    environments: Sequence[str | None],
    variables: Variables,
    versions: Versions,
) -> list[ComparedValue]:
    """Return every setting of a data source over the environments, in the files' order."""
    columns: list[dict[str, str]] = []
    for env in environments:
        source = effective(snapshot, env, variables, versions).datasources.get(datasource)
        columns.append(_flat(source.settings) if source else {})
    pointers = dict.fromkeys(pointer for column in columns for pointer in column)
    return [
        ComparedValue(pointer, tuple(column.get(pointer, MISSING) for column in columns))
        for pointer in pointers
    ]


def _flat(settings: Mapping[str, Json]) -> dict[str, str]:
    found: dict[str, str] = {}
    stack: list[tuple[str, Json]] = [("", settings)]
    while stack:
        pointer, value = stack.pop(0)
        if isinstance(value, Mapping) and value:
            stack[:0] = [(pointer + format_pointer([k]), v) for k, v in value.items()]
        elif isinstance(value, list) and value:
            stack[:0] = [(f"{pointer}/{i}", v) for i, v in enumerate(value)]
        else:
            found[pointer] = _shown(pointer, value)
    return found


def _shown(pointer: str, value: Json) -> str:
    if value is UNDEFINED:
        return "not set"
    if is_secret(parse_pointer(pointer), value):
        return masked(str(value))
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def compare_versions(
    snapshot: Snapshot, env: str | None, variables: Variables, old: Versions, new: Versions
) -> list[VersionChange]:
    """Return what would change for the app's mail with another LoopBack (“2 → 3”)."""
    before, after = (_plans(snapshot, env, variables, version) for version in (old, new))
    changes: list[VersionChange] = []
    for (name, number), plan in before.items():
        other = after.get((name, number))
        if other is None:
            continue
        for left, right in _paired(plan, other):
            if left != right:
                changes.append(VersionChange(name, number, left, right))
    return changes


def _paired(old: TransportPlan, new: TransportPlan) -> list[tuple[str, str]]:
    left, right = plan_sentences(old), plan_sentences(new)
    length = max(len(left), len(right))
    return [
        (left[i] if i < len(left) else MISSING, right[i] if i < len(right) else MISSING)
        for i in range(length)
    ]


def _plans(
    snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
) -> dict[tuple[str, int], TransportPlan]:
    loaded = effective(snapshot, env, variables, versions)
    return {
        (name, number): plan
        for name, source in loaded.datasources.items()
        if source.settings.get("connector") == "mail"
        for number, plan in enumerate(plan_datasource(source.settings, versions).transports)
    }
