"""The mail connector: the list of transports, their kinds and their names (§3, §4)."""

from collections.abc import Mapping
from dataclasses import replace

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.plan.conversions import member, received, to_string
from loopmail.core.plan.failures import BootFailure
from loopmail.core.plan.rules import Rules
from loopmail.core.plan.smtp import plan_smtp
from loopmail.core.plan.types import Fault, TransportPlan
from loopmail.core.plan.url import MalformedUrl, parse_connection_url

_BUNDLED = frozenset({"nodemailer-direct-transport", "nodemailer-stub-transport"})


def transport_list(settings: Mapping[str, Json]) -> list[Json]:
    """Return the transports of a data source's settings (§3.1); raise BootFailure."""
    transports = settings.get("transports", UNDEFINED)
    if not truthy(transports):
        single = settings.get("transport", UNDEFINED)
        return [single] if truthy(single) else []
    if not isinstance(transports, list):
        raise BootFailure("transports.forEach is not a function")
    return transports


def index_key(setting: Json) -> str:
    """Return the name under which the connector finds a transport (§3.3)."""
    alias = member(setting, "alias")
    return to_string(alias if truthy(alias) else member(setting, "type"))


def plan_transport(
    setting: Json, rules: Rules, major: int, modules: frozenset[str]
) -> TransportPlan:
    """Plan one element of the list of transports; raise BootFailure."""
    if setting is None or setting is UNDEFINED:
        raise BootFailure(f"Cannot read properties of {to_string(setting)} (reading 'type')")
    kind = member(setting, "type")
    if truthy(kind) and not isinstance(kind, str):
        raise BootFailure('(setting.type || "STUB").toLowerCase is not a function')
    name = kind.lower() if isinstance(kind, str) and kind else "stub"
    alias = member(setting, "alias")
    plan = _by_type(name, setting, rules, major, modules)
    return replace(plan, alias=to_string(alias) if truthy(alias) else None)


def _by_type(
    name: str, setting: Json, rules: Rules, major: int, modules: frozenset[str]
) -> TransportPlan:
    if name == "smtp":
        return create_transport(setting, rules)
    if name == "stub":
        text = "The stub transport sends nothing and reports success."
        return TransportPlan("stub", text=text)
    if name == "direct":
        text = "Delivers straight to the recipients' mail servers"
        ignored = ", ignoring this transport's settings." if major == 2 else "."
        return TransportPlan("direct", text=text + ignored)
    module = f"nodemailer-{name}-transport"
    if module not in modules | _BUNDLED:
        raise BootFailure(f"Cannot find module '{module}'", "MODULE_NOT_FOUND")
    return TransportPlan("direct", text=f"Sends through the module {module}.")


def create_transport(setting: Mapping[str, Json], rules: Rules) -> TransportPlan:
    """Plan nodemailer.createTransport(setting), §4; raise BootFailure."""
    url = setting.get("url", UNDEFINED)
    options: Mapping[str, Json] = setting
    first = "settings"
    if truthy(url):
        if not isinstance(url, str):
            text = f'The "url" argument must be of type string. Received {received(url)}'
            raise BootFailure(text, "ERR_INVALID_ARG_TYPE")
        try:
            options = parse_connection_url(url)
        except MalformedUrl as error:
            raise BootFailure(str(error)) from error
        first = "url"
    if rules.legacy_transports:
        return _legacy(options, rules, first)
    return _modern(options, rules, first)


def _legacy(options: Mapping[str, Json], rules: Rules, first: str) -> TransportPlan:
    name = options.get("transport", UNDEFINED)
    if isinstance(name, str) and name:
        module = f"nodemailer-{name.lower()}-transport"
        text = f'Requested transport plugin  "{module}" could not be initiated'
        return TransportPlan("error", text=text, faults=(Fault("send", "error", text, "EINIT"),))
    if truthy(options.get("direct")):
        return TransportPlan("direct", text="Delivers straight to the recipients' mail servers.")
    return plan_smtp(options, rules, pool=truthy(options.get("pool")), first=first)


def _modern(options: Mapping[str, Json], rules: Rules, first: str) -> TransportPlan:
    if truthy(options.get("pool")):
        return plan_smtp(options, rules, pool=True, first=first)
    if truthy(options.get("sendmail")):
        return TransportPlan("direct", text="Hands the message to the sendmail program.")
    for key in ("streamTransport", "jsonTransport"):
        if truthy(options.get(key)):
            return TransportPlan("stub", text=f"{key} delivers nothing and reports success.")
    if truthy(options.get("SES")):
        owner = "ses" if rules.line >= 6 else "this.ses"
        return TransportPlan("crash", text=f"{owner}.sendRawEmail is not a function")
    return plan_smtp(options, rules, first=first)
