"""Answers kept for the open app: after a change only the affected data sources are recomputed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import Json
from loopmail.core.loopback.datasources import (
    DatasourceInfo,
    describe,
    layer_values,
    list_datasources,
)
from loopmail.core.loopback.effective import Effective, EffectiveDatasource, Origin, effective
from loopmail.core.loopback.variables import Variables

# --- Which data sources changed -------------------------------------------------------


def changed_datasources(before: Snapshot, after: Snapshot) -> list[str] | None:
    """Return the data sources whose value in any layer is not the very same as before.

    None if more than that changed: the app's files, another file's value, which names there are
    and their order; or if a layer of data sources is no object.
    """
    if before.app is not after.app or before.errors != after.errors:
        return None
    if before.values.keys() != after.values.keys():
        return None
    layers = layer_values(after, "datasources")
    changed: dict[str, None] = {}
    for file, value in after.values.items():
        old = before.values[file]
        if file.startswith("datasources.") and file not in layers:
            return None
        if value is old:
            continue
        if file not in layers or not isinstance(old, dict) or list(old) != list(value):
            return None
        changed.update((name, None) for name, part in value.items() if part is not old[name])
    return list(changed)


# --- Remembered effective values ------------------------------------------------------

_FEW = 20  # data sources; if more changed, all are recomputed


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


# --- The remembered list of data sources ----------------------------------------------


class DatasourceMemo:
    """Answers as `list_datasources` does, from the last answer where that is possible."""

    def __init__(self) -> None:
        self._known: tuple[Snapshot, Sequence[DatasourceInfo]] | None = None

    def list_datasources(self, snapshot: Snapshot) -> Sequence[DatasourceInfo]:
        """Return `list_datasources(snapshot)`; what did not change is shared."""
        found = self._from_known(snapshot)
        if found is None:
            found = list_datasources(snapshot)
        self._known = (snapshot, found)
        return found

    def _from_known(self, snapshot: Snapshot) -> Sequence[DatasourceInfo] | None:
        if self._known is None:
            return None
        before, known = self._known
        names = changed_datasources(before, snapshot)
        if names is None:
            return None
        layers = layer_values(snapshot, "datasources")
        anew = {name: describe(name, layers) for name in names}
        if any(anew[one.name].is_mail != one.is_mail for one in known if one.name in anew):
            return None  # it moves to another place in the list
        return [anew.get(one.name, one) for one in known]
