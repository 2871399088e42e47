"""What Nodemailer would do with a data source's settings, computed without a network.

Pure, so it lives in the core, where the checks can use it. The section numbers in the docstrings
are those of the field notes on LoopBack's mail; where the packages' sources differ, they win.
"""

from loopmail.core.plan.auth import LoginDecision, decide_login
from loopmail.core.plan.datasource import plan_datasource
from loopmail.core.plan.rules import Rules, rules_for
from loopmail.core.plan.services import find_service, service_names
from loopmail.core.plan.types import AuthPlan, DatasourcePlan, Fault, Timeouts, TransportPlan

__all__ = [
    "AuthPlan",
    "DatasourcePlan",
    "Fault",
    "LoginDecision",
    "Rules",
    "Timeouts",
    "TransportPlan",
    "decide_login",
    "find_service",
    "plan_datasource",
    "rules_for",
    "service_names",
]
