"""What the test panel's probe asks, and the edit that its best answer becomes."""

from loopmail.core.checks.connection_fix import connection_fix, transport_view
from loopmail.core.checks.context import Context, Texts, TransportView
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.server_rules import is_loopback
from loopmail.mail.probe import Combination
from loopmail.mail.verdict import STAGES, Verdict
from loopmail.ui.probe_view import ProbeQuestion, usual_question
from loopmail.ui.state import AppState


def probe_question(
    state: AppState, datasource: str, alias: str | None, verdict: Verdict
) -> ProbeQuestion | None:
    """Return what to try after this verdict, None where a try would not help."""
    stage = STAGES[verdict.stage] if verdict.outcome == "failed" and verdict.stage else None
    failed = stage is not None and stage.depends_on_port
    if not failed and not (verdict.ok and verdict.tls):
        return None
    view = _view(state, datasource, alias)
    if view is None or view.plan.outcome != "smtp" or not view.plan.host:
        return None
    if not failed:
        return _certificate_question(state, view)
    return usual_question(
        view.plan.host, state.versions, view.plan.port, dict(view.plan.tls_options)
    )


def _certificate_question(state: AppState, view: TransportView) -> ProbeQuestion | None:
    """Ask, after a success without a check of the certificate, whether it would have passed."""
    plan, port = view.plan, view.plan.port
    if plan.verify or is_loopback(plan.host) or not isinstance(port, int):
        return None
    same = Combination(port, plan.tls == "implicit", plan.servername is not None)
    tls = dict(plan.tls_options)
    return ProbeQuestion(str(plan.host), state.versions, (same,), tls, certificate=True)


def certificate_fix(state: AppState, datasource: str, alias: str | None) -> Fix | str | None:
    """Return the edit that checks certificates again."""
    view = _view(state, datasource, alias)
    if view is None:
        return None
    return connection_fix(view, str(view.plan.host), {}, "Check Certificates Again")


def probe_fix(
    state: AppState, datasource: str, alias: str | None, found: Combination
) -> Fix | str | None:
    """Return the edit for a combination that works, or a sentence why there is none."""
    view = _view(state, datasource, alias)
    if view is None:
        return None
    host = str(view.plan.host)
    settings = found.settings(host, state.versions)
    return connection_fix(view, host, settings, f"Use {found.words()}")


def _view(state: AppState, datasource: str, alias: str | None) -> TransportView | None:
    context = Context(state.view(), Texts(state.snapshot()))
    return transport_view(context, datasource, alias)
