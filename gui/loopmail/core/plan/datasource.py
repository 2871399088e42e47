"""All transports of a data source and how a message finds its one."""

from collections.abc import Mapping

from loopmail.core.js import Json
from loopmail.core.plan.connector import index_key, plan_transport, transport_list
from loopmail.core.plan.failures import BootFailure
from loopmail.core.plan.rules import rules_for
from loopmail.core.plan.types import DatasourcePlan, TransportPlan
from loopmail.core.versions import Versions


def plan_datasource(
    settings: Mapping[str, Json], versions: Versions, modules: frozenset[str] = frozenset()
) -> DatasourcePlan:
    """Plan every transport of a mail data source's effective settings.

    `modules` names the installed `nodemailer-…-transport` packages. An element that would stop the
    app from booting has the outcome "boot-error"; the first one's text is also `boot_error`.
    """
    rules = rules_for(versions.nodemailer_major)
    try:
        listed = transport_list(settings)
    except BootFailure as failure:
        return DatasourcePlan((), {}, None, boot_error=str(failure))
    plans: list[TransportPlan] = []
    routes: dict[str, int] = {}
    error: str | None = None
    code: str | None = None
    for number, setting in enumerate(listed):
        try:
            plan = plan_transport(setting, rules, versions.major, modules)
        except BootFailure as failure:
            plan = TransportPlan("boot-error", text=str(failure))
            if error is None:
                error, code = str(failure), failure.code
        else:
            routes[index_key(setting)] = number
        plans.append(plan)
    default = routes.get("undefined", 0) if plans else None
    return DatasourcePlan(tuple(plans), routes, default, boot_error=error, boot_code=code)
