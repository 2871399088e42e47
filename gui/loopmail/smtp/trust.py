"""Trusting a server's own authority: the fix, and the proof that the chain passes with it.

The check of the certificate stays on. What is trusted is the top of the chain that the server
showed, and only if Node would verify the chain with it: Node asks for a root that signed itself
(X509_V_FLAG_PARTIAL_CHAIN is off by default), the right names and dates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.context import Context, Texts
from loopmail.core.checks.fixes import transport_view, trust_fix
from loopmail.core.checks.problem import Fix
from loopmail.core.errors import LoopmailError
from loopmail.core.js import Json
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer import TransportPlan
from loopmail.net.cancel import Cancel
from loopmail.net.certificates import CertificateFacts, TlsFacts
from loopmail.smtp.probe import TIMEOUT, Combination, probe


def authority(facts: TlsFacts | None) -> CertificateFacts | str | None:
    """Return the certificate that one could trust, or a sentence why there is none.

    None where trust is not what the chain lacks.
    """
    top = facts.top if facts is not None and facts.untrusted else None
    if top is None or not top.pem:
        return None
    if not top.self_signed:
        return (
            f"The server does not send the certificate of its authority, “{top.issuer_name}”, and "
            "Node trusts no chain without its end. Ask the server’s owner for that certificate, and "
            "choose it at CA certificate."
        )
    return top


@dataclass(frozen=True, slots=True)
class TrustQuestion:
    """What to prove, as plain data for a worker: `view` is the app as it is."""

    view: AppView
    others: Sequence[AppView]  # the app as its other environments see it
    datasource: str
    alias: str | None
    authority: CertificateFacts
    timeout: float = TIMEOUT  # seconds for each stage of the connection

    def fix(self) -> Fix | str:
        """Return the edit that trusts the authority, or a sentence why it cannot be made."""
        context = Context(self.view, Texts(self.view.snapshot))
        transport = transport_view(context, self.datasource, self.alias)
        if transport is None:
            return "This data source has no transport of its own to write to."
        summary = f"Trust the authority {self.authority.name} for {self.datasource}"
        return trust_fix(transport, self.authority.pem, summary)

    @property
    def file(self) -> str:
        """The file that the edit goes to; empty where there is no edit."""
        fix = self.fix()
        if isinstance(fix, str):
            return ""
        changes = fix.changes(Workspace.detached(self.view.snapshot))
        return changes[0].file if changes else ""


def trust_question(
    view: AppView,
    others: Sequence[AppView],
    datasource: str,
    alias: str | None,
    facts: TlsFacts | None,
) -> TrustQuestion | None:
    """Return what to prove before the authority of this chain is trusted, None if it has none."""
    one = authority(facts)
    if one is None or isinstance(one, str):
        return None
    return TrustQuestion(view, others, datasource, alias, one)


def prove(question: TrustQuestion, cancel: Cancel) -> Fix | str:
    """Return the edit if the chain passes with it, else a sentence why not; blocks.

    The edit is made in a copy; the app must start there in every environment as before, and a
    connection as LoopBack would make it then must pass the check. Nothing is sent, nobody signs in.
    """
    fix = question.fix()
    if isinstance(fix, str):
        return fix
    workspace = Workspace.detached(question.view.snapshot)
    try:
        workspace.apply(fix.changes(workspace))
    except LoopmailError as error:
        return str(error)
    views = [(view, _with(view, workspace)) for view in (question.view, *question.others)]
    for before, after in views:
        if after.boot_error is not None and before.boot_error is None:
            return f"The app would not start any more: {after.boot_error.text}"
    plan = views[0][1].route(question.datasource, question.alias)
    if plan is None or not plan.verify or not _trusts(plan.tls_options, question.authority):
        return "LoopBack would not take this certificate from there."
    doubt = _connect(plan, question, cancel)
    return fix if doubt is None else doubt


def _with(view: AppView, workspace: Workspace) -> AppView:
    return AppView(workspace.snapshot(), view.env, view.variables, view.versions)


def _trusts(options: Mapping[str, Json], one: CertificateFacts) -> bool:
    found = options.get("ca")
    texts = found if isinstance(found, list) else [found]
    return any(isinstance(text, str) and one.pem.strip() in text for text in texts)


def _connect(plan: TransportPlan, question: TrustQuestion, cancel: Cancel) -> str | None:
    """Connect with the edited settings; return what would still be wrong."""
    if not isinstance(plan.port, int):
        return "The port is no number."
    same = Combination(plan.port, plan.tls == "implicit", plan.servername is not None)
    attempts = probe(
        str(plan.host),
        question.view.versions,
        cancel,
        tries=(same,),
        tls=plan.tls_options,
        node=plan.node,
        timeout=question.timeout,
    )
    if not attempts:
        return "Stopped."
    return None if attempts[0].ok else f"It would not pass even so: {attempts[0].text}."
