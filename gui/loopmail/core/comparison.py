"""Environments side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
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
        found = leaves(source.settings) if source else ()
        columns.append({format_pointer(tokens): _shown(tokens, value) for tokens, value in found})
    pointers = dict.fromkeys(pointer for column in columns for pointer in column)
    return [
        ComparedValue(pointer, tuple(column.get(pointer, MISSING) for column in columns))
        for pointer in pointers
    ]


def _shown(tokens: Sequence[str], value: Json) -> str:
    if value is UNDEFINED:
        return "not set"
    shown = mask_at(tokens, value)
    if isinstance(shown, str):
        return masked(str(value)) if shown == MASK else shown
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
