"""The list of data sources, kept: after a change only those it concerns are described anew."""

from collections.abc import Sequence

from loopmail.core.changed_datasources import changed_datasources
from loopmail.core.datasource_list import (
    DatasourceInfo,
    describe,
    layer_values,
    list_datasources,
)
from loopmail.core.workspace import Snapshot


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
