"""From the state and the panel's fields to a SendRequest: plain data for the worker."""

from loopmail.core.checks.problem import Problem
from loopmail.core.js import Json
from loopmail.core.secret_names import texts_to_mask
from loopmail.core.transport_modules import installed_transport_modules
from loopmail.mail.diagnosis import concerning
from loopmail.mail.message import Message
from loopmail.mail.send import SendRequest
from loopmail.ui.state import AppState


def make_request(
    state: AppState,
    datasource: str,
    message: Message,
    *,
    transport: str | None = None,
    verify_only: bool = False,
) -> SendRequest:
    """Return the request for what LoopBack would load for the chosen environment.

    An app that would not boot gives a request whose `boot_error` says so.
    """
    effective = state.effective()
    found = effective.datasources.get(datasource)
    error = effective.error
    if error is None and found is None:
        where = state.env or "the base file"
        error = f"The data source {datasource} does not exist in {where}."
    return SendRequest(
        settings=found.settings if found else {},
        versions=state.versions,
        message=message,
        transport=transport,
        verify_only=verify_only,
        modules=_modules(state),
        boot_error=error,
        datasource=datasource,
        secrets=texts_to_mask(found.settings) if found else (),
        problems=concerning(problems_here(state), datasource),
    )


def problems_here(state: AppState) -> list[Problem]:
    """Return what the checks found in the chosen environment."""
    return [problem for problem in state.problems if problem.env == (state.env or "")]


def _modules(state: AppState) -> frozenset[str]:
    if state.workspace is None:
        return frozenset()
    return installed_transport_modules(state.workspace.app.root)


def mail_user(state: AppState, datasource: str) -> str:
    """Return the first transport's effective `auth.user`, or an empty text."""
    found = state.effective().datasources.get(datasource)
    settings: Json = found.settings if found else {}
    transports = settings.get("transports") or [settings.get("transport")]
    first = transports[0] if isinstance(transports, list) and transports else None
    auth = first.get("auth") if isinstance(first, dict) else None
    user = auth.get("user") if isinstance(auth, dict) else None
    return user if isinstance(user, str) and "@" in user else ""


def aliases(state: AppState, datasource: str) -> list[str]:
    """Return the names by which `send({transport: …})` may choose, when there are several."""
    named = _names(state, datasource)
    return list(dict.fromkeys(name for name in named if name)) if len(named) > 1 else []


def transport_name(state: AppState, datasource: str, index: int) -> str | None:
    """Return the name by which `send` would choose this transport, None if it has none."""
    named = _names(state, datasource)
    return named[index] if index < len(named) else None


def _names(state: AppState, datasource: str) -> list[str | None]:
    found = state.effective().datasources.get(datasource)
    transports = found.settings.get("transports") if found else None
    if not isinstance(transports, list):
        return []
    named = [
        one.get("alias") or one.get("type") if isinstance(one, dict) else None for one in transports
    ]
    return [name if isinstance(name, str) else None for name in named]
