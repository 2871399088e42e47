"""Answers kept for the open app: after a change only the affected data sources are recomputed."""

from collections.abc import Sequence
from dataclasses import replace

from loopmail.core.app.folder import kind_of
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Snapshot
from loopmail.core.loopback.datasources import (
    DatasourceInfo,
    describe,
    layer_values,
    list_datasources,
)
from loopmail.core.loopback.effective import Effective, effective, unresolved_in
from loopmail.core.loopback.variables import Variables


def changed_datasources(before: Snapshot, after: Snapshot) -> set[str] | None:
    """Return the data sources whose value in any layer is not the very same as before.

    None if more than that changed: the app's files, another file's value, which names there are
    and their order; or if a layer of data sources is no object.
    """
    if before.app is not after.app or before.errors != after.errors:
        return None
    if before.values.keys() != after.values.keys():
        return None
    changed: set[str] = set()
    for file, value in after.values.items():
        old = before.values[file]
        if kind_of(file) != "datasources":
            if value is not old:
                return None
        elif not isinstance(value, dict):
            return None
        elif value is not old:
            if not isinstance(old, dict) or list(old) != list(value):
                return None
            changed |= {name for name, part in value.items() if part is not old[name]}
    return changed


_FEW = 20  # data sources; if more changed, all are recomputed


class EffectiveMemo:
    """Answers as `effective` does, from the last answer where that is possible.

    A data source depends on no other one as long as LoopBack boots. So if all else is as it was
    (the files, the names in them and their order, variables, versions) and neither the last nor
    the new answer has an error, what did not change is taken from the last answer. Values count
    as unchanged only if they are the very same objects: a document never changes one in place.
    """

    def __init__(self) -> None:
        self._known: tuple[Snapshot, tuple[object, ...], Effective] | None = None

    def effective(
        self, snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
    ) -> Effective:
        """Return `effective(snapshot, env, variables, versions)`; unchanged parts are shared."""
        answer = self._from_known(snapshot, env, variables, versions)
        if answer is None:
            answer = effective(snapshot, env, variables, versions)
        self.take(snapshot, env, variables, versions, answer)
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
        self._known = (snapshot, (env, variables, versions), answer)

    def _from_known(
        self, snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
    ) -> Effective | None:
        if self._known is None:
            return None
        before, circumstances, known = self._known
        if known.error is not None or snapshot.errors:
            return None
        if circumstances != (env, variables, versions):
            return None
        names = changed_datasources(before, snapshot)
        if names is None or len(names) > _FEW:
            return None
        if not names:
            return known
        # These data sources only; the texts do not belong to it.
        values = dict(snapshot.values)
        for file, value in layer_values(snapshot, "datasources").items():
            values[file] = {name: value[name] for name in value if name in names}
        reduced = Snapshot(snapshot.app, values, snapshot.errors, {})
        after = effective(reduced, env, variables, versions)
        replaced = {name: one for name, one in known.datasources.items() if name in names}
        if after.error is not None or replaced.keys() != after.datasources.keys():
            return None
        datasources = {**known.datasources, **after.datasources}
        unresolved = known.unresolved
        old = unresolved_in([*(one.origins for one in replaced.values()), *known.elsewhere])
        if list(old.items()) != list(after.unresolved.items()):  # their order counts, too
            everywhere = [*(one.origins for one in datasources.values()), *known.elsewhere]
            unresolved = unresolved_in(everywhere)
        return replace(known, datasources=datasources, unresolved=unresolved)


class DatasourceMemo:
    """Answers as `list_datasources` does, from the last answer where that is possible."""

    def __init__(self) -> None:
        self._known: tuple[Snapshot, Sequence[DatasourceInfo]] | None = None

    def list_datasources(self, snapshot: Snapshot) -> Sequence[DatasourceInfo]:
        """Return `list_datasources(snapshot)`; what did not change is shared."""
        before, known = self._known or (snapshot, ())
        names = changed_datasources(before, snapshot) if known else None
        layers = layer_values(snapshot, "datasources")
        anew = {name: describe(name, layers) for name in names or ()}
        moved = any(anew[one.name].is_mail != one.is_mail for one in known if one.name in anew)
        known = [anew.get(one.name, one) for one in known]
        if names is None or moved:  # to another place in the list
            known = list_datasources(snapshot)
        self._known = (snapshot, known)
        return known
