"""What the test panel's probe asks, and the edit that its best answer becomes."""

from loopmail.core.checks.connection_fix import connection_fix, transport_view
from loopmail.core.checks.context import Context, Texts, TransportView
from loopmail.core.checks.problem import Fix
from loopmail.mail.probe import Combination
from loopmail.mail.verdict import Verdict
from loopmail.ui.probe_view import STAGES, ProbeQuestion, usual_question
from loopmail.ui.state import AppState


def probe_question(
    state: AppState, datasource: str, alias: str | None, verdict: Verdict
) -> ProbeQuestion | None:
    """Return what to try after this verdict, None where another port would not help."""
    if verdict.outcome != "failed" or verdict.stage not in STAGES:
        return None
    view = _view(state, datasource, alias)
    if view is None or view.plan.outcome != "smtp" or not view.plan.host:
        return None
    return usual_question(
        view.plan.host, state.versions, view.plan.port, dict(view.plan.tls_options)
    )


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
    from loopmail.core.plan import plan_datasource

    snapshot, loaded = state.snapshot(), state.effective()
    source = loaded.datasources.get(datasource)
    if source is None:
        return None
    plans = {datasource: plan_datasource(source.settings, state.versions)}
    return transport_view(Context(snapshot, loaded, plans, Texts(snapshot)), datasource, alias)
