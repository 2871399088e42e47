"""Environments side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.core.layers import effective
from loopmail.core.secret_names import MASK, mask_at, masked
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
    shown = mask_at(parse_pointer(pointer), value)
    if isinstance(shown, str):
        return masked(str(value)) if shown == MASK else shown
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
