"""What Nodemailer would do with a data source's settings, computed without a network. STUB.

Pure, so it lives in the core, where the checks can use it.
"""

from loopmail.core.plan.types import AuthPlan, DatasourcePlan, Timeouts, TransportPlan

__all__ = ["AuthPlan", "DatasourcePlan", "Timeouts", "TransportPlan", "plan_datasource"]

from collections.abc import Mapping

from loopmail.core.js import Json
from loopmail.core.versions import Versions


def plan_datasource(
    settings: Mapping[str, Json], versions: Versions, modules: frozenset[str] = frozenset()
) -> DatasourcePlan:
    """Plan every transport of a mail data source's effective settings.

    `modules` names the installed `nodemailer-…-transport` packages.
    """
    raise NotImplementedError
