"""What is computed from the open app, kept so that a letter costs little in a large one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loopmail.core.datasource_list import DatasourceInfo
    from loopmail.core.datasource_memo import DatasourceMemo
    from loopmail.core.effective_memo import EffectiveMemo
    from loopmail.core.layers import Effective
    from loopmail.core.variables import Variables
    from loopmail.core.versions import Versions
    from loopmail.core.workspace import Snapshot


class Memos:
    """The memos of one open app; their modules come late, as the window shows before an app."""

    def __init__(self) -> None:
        self._datasources: DatasourceMemo | None = None
        self._effective: EffectiveMemo | None = None

    def datasources(self, snapshot: Snapshot) -> Sequence[DatasourceInfo]:
        """Return the app's data sources, mail first."""
        if self._datasources is None:
            from loopmail.core.datasource_memo import DatasourceMemo

            self._datasources = DatasourceMemo()
        return self._datasources.list_datasources(snapshot)

    def effective(
        self, snapshot: Snapshot, env: str | None, variables: Variables, versions: Versions
    ) -> Effective:
        """Return what LoopBack would load."""
        if self._effective is None:
            from loopmail.core.effective_memo import EffectiveMemo

            self._effective = EffectiveMemo()
        return self._effective.effective(snapshot, env, variables, versions)
