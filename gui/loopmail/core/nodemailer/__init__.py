"""What Nodemailer would do with a data source's settings, computed without a network.

Pure, so it lives in the core, where the checks can use it. Each module names the packages, versions
and files whose behaviour it repeats; where it differs from them, they are right.
"""

from loopmail.core.nodemailer.auth import LoginDecision, decide_login
from loopmail.core.nodemailer.connector import plan_datasource
from loopmail.core.nodemailer.faults import smuggled
from loopmail.core.nodemailer.node_settings import NodeSettings, node_effects, node_settings
from loopmail.core.nodemailer.rules import Rules, rules_for
from loopmail.core.nodemailer.services import find_service, service_names
from loopmail.core.nodemailer.types import AuthPlan, DatasourcePlan, Fault, Timeouts, TransportPlan

__all__ = [
    "AuthPlan",
    "DatasourcePlan",
    "Fault",
    "LoginDecision",
    "NodeSettings",
    "Rules",
    "Timeouts",
    "TransportPlan",
    "decide_login",
    "find_service",
    "node_effects",
    "node_settings",
    "plan_datasource",
    "rules_for",
    "service_names",
    "smuggled",
]
