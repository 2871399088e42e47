"""The mail connector: the list of transports, their kinds and their names.

Sources: loopback 2.42.0 and 3.28.0, lib/connectors/mail.js; createTransport() of nodemailer 2.7.2
and 6.10.1, lib/nodemailer.js.
"""

from collections.abc import Mapping
from dataclasses import replace

from loopmail.core.app.versions import Versions
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.connection_url import MalformedUrl, parse_connection_url
from loopmail.core.nodemailer.conversions import member, received, to_string
from loopmail.core.nodemailer.node_settings import NodeSettings, is_verified
from loopmail.core.nodemailer.rules import Rules, rules_for
from loopmail.core.nodemailer.smtp import effective_options, plan_smtp
from loopmail.core.nodemailer.types import BootFailure, DatasourcePlan, Fault, TransportPlan

_BUNDLED = frozenset({"nodemailer-direct-transport", "nodemailer-stub-transport"})


def transport_key(settings: Mapping[str, Json]) -> str | None:
    """Return the key the connector takes transports from, None for neither.

    That is `transports`, and `transport` only where `transports` counts as nothing (loopback 3.28
    lib/connectors/mail.js).
    """
    for key in ("transports", "transport"):
        if truthy(settings.get(key, UNDEFINED)):
            return key
    return None


def transport_list(settings: Mapping[str, Json]) -> list[Json]:
    """Return the transports of a data source's settings, as MailConnector() takes them.

    Raise BootFailure where LoopBack would not boot.
    """
    key = transport_key(settings)
    if key is None:
        return []
    transports = settings[key]
    if key == "transport":
        return [transports]
    if not isinstance(transports, list):
        raise BootFailure("transports.forEach is not a function")
    return transports


def index_key(setting: Json) -> str:
    """Return the name under which the connector finds a transport (setupTransport())."""
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
    module = f"nodemailer-{name}-transport"
    if name == "smtp":
        options, first = _read_options(setting)
        plan = (_legacy if rules.legacy_transports else _modern)(options, rules, first)
    elif name == "stub":
        plan = TransportPlan("stub", text="The stub transport sends nothing and reports success.")
    elif name == "direct":
        ignored = ", ignoring this transport's settings." if major == 2 else "."
        text = f"Delivers straight to the recipients' mail servers{ignored}"
        plan = TransportPlan("direct", text=text)
    elif module in modules | _BUNDLED:
        plan = TransportPlan("direct", text=f"Sends through the module {module}.", module=module)
    else:
        raise BootFailure(f"Cannot find module '{module}'", "MODULE_NOT_FOUND")
    alias = member(setting, "alias")
    return replace(plan, alias=to_string(alias) if truthy(alias) else None)


def _read_options(setting: Mapping[str, Json]) -> tuple[Mapping[str, Json], str]:
    """Return the options that count and their origin: those of `url` if there is one."""
    url = setting.get("url", UNDEFINED)
    if not truthy(url):
        return setting, "settings"
    if not isinstance(url, str):
        text = f'The "url" argument must be of type string. Received {received(url)}'
        raise BootFailure(text, "ERR_INVALID_ARG_TYPE")
    try:
        return parse_connection_url(url), "url"
    except MalformedUrl as error:
        raise BootFailure(str(error), error.code) from error


def smtp_options(
    setting: Mapping[str, Json], rules: Rules
) -> tuple[Mapping[str, Json], Mapping[str, str]]:
    """Return the options an smtp transport goes by, and where each comes from.

    An origin is "settings", "url" or "service". Both are empty where boot would die.
    """
    try:
        options, first = _read_options(setting)
        return effective_options(options, rules, first)
    except BootFailure:
        return {}, {}


def other_way(options: Mapping[str, Json], rules: Rules) -> str:
    """Return the key that makes Nodemailer deliver otherwise than by SMTP, an empty text for none.

    Sources: createTransport() of nodemailer 2.7.2, lib/nodemailer.js; of 4.7.0 and 6.10.1 the same
    file, where `pool` comes first.
    """
    if rules.legacy_transports:
        name = options.get("transport", UNDEFINED)
        if isinstance(name, str) and name:
            return "transport"
        return "direct" if truthy(options.get("direct")) else ""
    if truthy(options.get("pool")):
        return ""
    keys = ("sendmail", "streamTransport", "jsonTransport", "SES")
    return next((key for key in keys if truthy(options.get(key))), "")


def _legacy(options: Mapping[str, Json], rules: Rules, first: str) -> TransportPlan:
    way = other_way(options, rules)
    if way == "transport":
        module = f"nodemailer-{options[way].lower()}-transport"
        text = f'Requested transport plugin  "{module}" could not be initiated'
        return TransportPlan("error", text=text, faults=(Fault("send", "error", text, "EINIT"),))
    if way == "direct":
        return TransportPlan("direct", text="Delivers straight to the recipients' mail servers.")
    return plan_smtp(options, rules, pool=truthy(options.get("pool")), first=first)


def _modern(options: Mapping[str, Json], rules: Rules, first: str) -> TransportPlan:
    way = other_way(options, rules)
    if way == "sendmail":
        return TransportPlan("direct", text="Hands the message to the sendmail program.")
    if way in ("streamTransport", "jsonTransport"):
        return TransportPlan("stub", text=f"{way} delivers nothing and reports success.")
    if way == "SES":
        owner = "ses" if rules.line >= 6 else "this.ses"
        return TransportPlan("crash", text=f"{owner}.sendRawEmail is not a function")
    return plan_smtp(options, rules, pool=truthy(options.get("pool")), first=first)


# --- All transports of a data source --------------------------------------------------


def plan_datasource(
    settings: Mapping[str, Json],
    versions: Versions,
    modules: frozenset[str] = frozenset(),
    node: NodeSettings = NodeSettings(),  # noqa: B008 - it cannot be changed
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
            plan = _in_node(plan_transport(setting, rules, versions.major, modules), node)
        except BootFailure as failure:
            plan = TransportPlan("boot-error", text=str(failure))
            if error is None:
                error, code = str(failure), failure.code
        else:
            routes[index_key(setting)] = number
        plans.append(plan)
    default = routes.get("undefined", 0) if plans else None
    return DatasourcePlan(tuple(plans), routes, default, boot_error=error, boot_code=code)


def _in_node(plan: TransportPlan, node: NodeSettings) -> TransportPlan:
    """Return the plan as Node carries it out with what the environment sets."""
    if plan.outcome != "smtp":
        return plan
    return replace(plan, node=node, verify=is_verified(plan.tls_options, node))
