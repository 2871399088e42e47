"""The plan in words: what LoopBack would do with a transport, sentence by sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from loopmail.core.app.versions import Versions
from loopmail.core.nodemailer import TransportPlan, node_effects, rules_for
from loopmail.core.nodemailer.auth import LoginDecision, decide_login
from loopmail.core.secret_names import mask_host, mask_text

_TLS = {
    "implicit": "with TLS from the first byte",
    "starttls-required": "and upgrades to TLS with STARTTLS, or stops",
    "starttls-if-offered": "and upgrades to TLS if the server offers STARTTLS, else goes on in clear text",
    "never": "in clear text, without TLS",
}
_FAILURES = {
    "boot-error": "The app does not start",
    "crash": "Sending would crash the app",
    "error": "Every send fails",
}

# What a server may offer, for the sign-in that can be foreseen before connecting.
_OFFERS = (("PLAIN and LOGIN", ("PLAIN", "LOGIN")), ("nothing", ()), ("only XOAUTH2", ("XOAUTH2",)))


# "failure": no mail goes out; "nothing": it is reported as sent, and is not.
Kind = Literal["failure", "nothing", "connect", "certificate", "sign-in", "note"]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A sentence of the plan, without secrets, and what it is about."""

    kind: Kind
    text: str


def plan_sentences(plan: TransportPlan) -> list[str]:
    """Return what happens, in order, without secrets; the first sentence is the most important."""
    return [line.text for line in plan_lines(plan)]


def plan_lines(plan: TransportPlan) -> list[PlanLine]:
    """Return the same, each sentence with what it is about."""
    return [PlanLine(kind, mask_text(sentence)) for kind, sentence in _sentences(plan)]


def _sentences(plan: TransportPlan) -> Iterator[tuple[Kind, str]]:
    if plan.outcome in _FAILURES:
        yield "failure", f"{_FAILURES[plan.outcome]}: {plan.text}"
    elif plan.outcome in ("stub", "none"):
        yield "nothing", "Reports success and sends nothing."
        if plan.text:
            yield "note", plan.text
    elif plan.outcome == "direct":
        text = "Delivers straight to the recipients’ mail servers, without a relay."
        yield "connect", plan.text or text
    else:
        yield from _session(plan)


def _session(plan: TransportPlan) -> Iterator[tuple[Kind, str]]:
    name = f", introducing itself as {plan.name}" if plan.name else ""
    where = f"{mask_host(plan.host)}:{plan.port}{' (LMTP)' if plan.lmtp else ''}"
    yield "connect", f"Connects to {where} {_TLS[plan.tls or 'never']}{name}."
    if plan.tls not in (None, "never"):
        yield "certificate", _certificate(plan)
        for effect in node_effects(plan.tls_options, plan.node):
            yield "note", f"{effect.name}: it {effect.text}."
    yield ("failure" if plan.auth.text else "sign-in"), _sign_in(plan)
    # What the settings alone make go wrong, but for what this way of TLS never meets.
    unmet = "starttls" if plan.tls in ("implicit", "never") else "tls"
    for fault in plan.faults:
        if fault.moment != unmet:
            outcome = "The app crashes" if fault.kind == "crash" else "Sending fails"
            yield "failure", f"{outcome}: {fault.text}"


def _certificate(plan: TransportPlan) -> str:
    if not plan.verify:
        return "Does not check the certificate: anyone on the way can pose as the server."
    identity = f" for {mask_host(plan.identity)}" if plan.identity else ""
    sent = "sends no server name (SNI)"
    if plan.servername:
        sent = f"asks for {mask_host(plan.servername)}"
    return f"Checks the certificate{identity} against {_AUTHORITIES[plan.node.roots]} and {sent}."


_AUTHORITIES = {
    "bundled": "Mozilla’s authorities",
    "openssl": "this computer’s authorities",
    "system": "Mozilla’s and this computer’s authorities",
}


def _sign_in(plan: TransportPlan) -> str:
    auth = plan.auth
    user = auth.user if isinstance(auth.user, str) and auth.user else None
    as_user = f" as {user}" if user else ""
    if auth.text:
        return f"Signing in fails: {auth.text}."
    if auth.kind == "none":
        return "Does not sign in."
    if auth.kind == "oauth2":
        return f"Signs in{as_user} with OAuth 2 (XOAUTH2)."
    method = auth.method or "the first of PLAIN, LOGIN, CRAM-MD5 that the server offers"
    return f"Signs in{as_user} with {method}."


def offer_sentences(plan: TransportPlan, versions: Versions) -> list[str]:
    """Return what happens if the server offers PLAIN and LOGIN, nothing, or only XOAUTH2."""
    if plan.outcome != "smtp" or plan.auth.kind == "none":
        return []
    rules = rules_for(versions.nodemailer_major)
    return [
        f"If the server offers {words}: {_decision(decide_login(plan.auth, rules, offer, bool(offer)))}"
        for words, offer in _OFFERS
    ]


def _decision(decision: LoginDecision) -> str:
    if decision.kind == "none":
        return "goes on without signing in, silently."
    if decision.kind == "login":
        return f"signs in with {decision.mechanism}."
    if decision.kind == "crash":
        return f"the app crashes ({decision.text})."
    return f"fails with “{decision.text}”."
