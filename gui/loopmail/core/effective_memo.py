"""Effective values that are kept: after a change only the data sources it concerns are made anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from loopmail.core.changed_datasources import changed_datasources
from loopmail.core.datasource_list import layer_values
from loopmail.core.js import Json
from loopmail.core.layers import Effective, EffectiveDatasource, Origin, effective
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Snapshot

_FEW = 20  # data sources; of more, all are made anew


@dataclass(frozen=True, slots=True)
class _Known:
    snapshot: Snapshot
    env: str | None
    variables: Variables
    versions: Versions
    answer: Effective


class EffectiveMemo:
    """Answers as `effective` does, from the last answer where that is possible.

    A data source depends on no other one as long as LoopBack boots. So if all else is as it was
    (the files, the names in them and their order, variables, versions) and neither the last nor
    the new answer has an error, what did not change is taken from the last answer. Values count
    as unchanged only if they are the very same objects: a document never changes one in place.
    """

    def __init__(self) -> None:
        self._known: _Known | None = None

    def effective(
        self, snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
    ) -> Effective:
        """Return `effective(snapshot, env, variables, versions)`; unchanged parts are shared."""
        answer = self._from_known(snapshot, env, variables, versions)
        if answer is None:
            answer = effective(snapshot, env, variables, versions)
        self._known = _Known(snapshot, env, variables, versions, answer)
        return answer

    def take(
        self,
        snapshot: Snapshot,
        env: str | None,
        variables: Variables,
        versions: Versions,
        answer: Effective,
    ) -> None:
        """Start from an answer that somebody else has computed for the very same question."""
        self._known = _Known(snapshot, env, variables, versions, answer)

    def _from_known(
        self, snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
    ) -> Effective | None:
        known = self._known
        if known is None or known.answer.error is not None or snapshot.errors:
            return None
        if (known.env, known.versions, known.variables) != (env, versions, variables):
            return None
        names = changed_datasources(known.snapshot, snapshot)
        if names is None or len(names) > _FEW:
            return None
        if not names:
            return known.answer
        before = {name: one for name, one in known.answer.datasources.items() if name in names}
        after = effective(_only(snapshot, names), env, variables, versions)
        if after.error is not None or before.keys() != after.datasources.keys():
            return None
        datasources = {**known.answer.datasources, **after.datasources}
        unresolved = known.answer.unresolved
        if _unresolved(before) != after.unresolved:
            unresolved = _unresolved(datasources)
        return replace(known.answer, datasources=datasources, unresolved=unresolved)


def _only(snapshot: Snapshot, names: Collection[str]) -> Snapshot:
    """Return the snapshot with these data sources only; its texts do not belong to it."""
    reduced: dict[str, Json] = {
        file: {name: value[name] for name in value if name in names}
        for file, value in layer_values(snapshot, "datasources").items()
    }
    return Snapshot(snapshot.app, {**snapshot.values, **reduced}, snapshot.errors, {})


def _unresolved(
    datasources: Mapping[str, EffectiveDatasource],
) -> dict[str, tuple[Origin, ...]]:
    """Collect the variables without a value from the origins, in the order of the data sources."""
    found: dict[str, list[Origin]] = {}
    for datasource in datasources.values():
        for origin in datasource.origins.values():
            if origin.variable is not None and origin.source is None:
                found.setdefault(origin.variable, []).append(origin)
    return {name: tuple(places) for name, places in found.items()}
