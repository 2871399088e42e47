"""Applying several fixes so that none works on what another has changed; previews of a fix."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.difference import LARGEST, DifferingLine, difference
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.checks.context import Context, TransportView, build_fix, set_at
from loopmail.core.checks.problem import Fix, Key, Problem, key_of
from loopmail.core.errors import LoopmailError
from loopmail.core.js import Json, truthy
from loopmail.core.jsontext import apply_edit
from loopmail.core.jsontext.pointer import parse_pointer

# Each round takes one fix of every data source; no data source has that many problems.
_ROUNDS = 60


Doubts = Callable[[Snapshot, Problem], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A problem and the changes that fixed it, to be applied in this order."""

    problem: Problem
    changes: Sequence[Change]


def fix_all(
    workspace: Workspace,
    find: Callable[[Snapshot], Sequence[Problem]],
    wanted: Callable[[Problem], bool],
    doubts: Doubts | None = None,
) -> list[Fixed]:
    """Apply the fixes of the wanted problems to the workspace and return what was done.

    A round applies one fix for each data source or model; then `find` looks again, since a fix may
    fix or move another problem. A problem is tried once; a fix that does not fit is left out, and
    so is one about which `doubts`, asked on the files as they are then, has anything to say.
    """
    done: list[Fixed] = []
    tried: set[Key] = set()
    for _round in range(_ROUNDS):
        before = len(tried)
        waiting: dict[str, list[Problem]] = {}
        for problem in find(workspace.snapshot()):
            if problem.fix is not None and key_of(problem) not in tried and wanted(problem):
                # By the name alone: a fix of one layer may write into another.
                tokens = parse_pointer(problem.pointer)
                waiting.setdefault(tokens[0] if tokens else f"/{problem.file}", []).append(problem)
        for problems in waiting.values():
            # One that is in doubt now may be none after others.
            sure = (one for one in problems if not (doubts and doubts(workspace.snapshot(), one)))
            chosen = next(sure, None)
            if chosen is not None:
                tried.add(key_of(chosen))
                done += _apply(workspace, chosen)
        if len(tried) == before:
            break
    return done


def _apply(workspace: Workspace, problem: Problem) -> list[Fixed]:
    """Apply a problem's fix; return nothing if it does not fit or changes nothing."""
    try:
        changes = problem.fix.changes(workspace) if problem.fix is not None else []
        workspace.apply(changes)
    except LoopmailError:
        return []
    return [Fixed(problem, changes)] if changes else []


# --- Another way to connect -----------------------------------------------------------

# What would overrule the new port and security, or send the password in clear.
_IN_THE_WAY = ("ignoreTLS", "opportunisticTLS")
_CHECK = "tls/rejectUnauthorized"


def transport_view(context: Context, datasource: str, alias: str | None) -> TransportView | None:
    """Return the transport that `send({transport: alias})` would take, None if it is no object."""
    plan = context.view.route(datasource, alias)
    here = [one for one in context.transports if one.source.name == datasource]
    return next((one for one in here if one.plan is plan), None)


def connection_fix(
    transport: TransportView, host: str, settings: Mapping[str, Json], summary: str
) -> Fix | str:
    """Return the fix that writes these settings (by path), or a sentence why it cannot be.

    Each value goes to the layer it comes from now; one that comes from a variable is left to the
    variable's owner. The certificate has passed, so a check that is off is switched on again.
    """
    if truthy(transport.get("url")):
        return "This transport is given by “url”: change the port there."
    for path, value in settings.items():
        variable = transport.from_variable(path)
        if variable and transport.get(path) != value:
            shown = str(value).lower() if isinstance(value, bool) else value
            return f"{path} comes from the variable {variable}: set it to {shown} there."
    places = {
        path: transport.place(path)
        if transport.has(path)
        else transport.last_place(path, "port", "secure", "host")
        for path in settings
    }

    def build(builder: ChangeBuilder) -> None:
        for path, value in settings.items():
            builder.set(places[path].file, places[path].pointer, value)
        doomed = [_CHECK] if transport.get(_CHECK) is False else []
        for path in (*_IN_THE_WAY, *doomed):
            if transport.has(path):
                place = transport.place(path)
                builder.remove(place.file, place.pointer)
        if transport.has("service"):
            place, own = transport.place("service"), transport.place("host")
            builder.set(own.file, own.pointer, host).remove(place.file, place.pointer)

    return build_fix(summary, build, safe=False)


# --- Another authority ----------------------------------------------------------------

_CA = "tls/ca"
_PEM = "-----BEGIN"  # Node takes a text without it for a certificate, too, and trusts nothing


def trust_fix(transport: TransportView, pem: str, summary: str) -> Fix | str:
    """Return the fix that adds an authority to `tls.ca`, or a sentence why it cannot be.

    It goes to the last layer that says where to connect to, so that no other server is trusted by
    it; what is trusted already stays. The check of the certificate is not touched. A list keeps its
    length (LoopBack does not merge lists of different lengths): a text may hold several certificates.
    """
    if truthy(transport.get("url")):
        return "This transport is given by “url”: put the certificate into tls.ca by hand."
    if (variable := transport.from_variable(_CA)) is not None:
        return f"tls.ca comes from the variable {variable}: add the certificate there."
    if transport.has("tls") and not isinstance(transport.get("tls"), dict):
        return "“tls” is no object, so that Node reads no “ca” of it: mend that first."
    known = transport.get(_CA)
    last = known[-1] if isinstance(known, list) and known else known
    if truthy(known) and not (isinstance(last, str) and _PEM in last):
        return "CA certificate holds no certificate now: mend that first."
    text = f"{last.rstrip()}\n{pem}" if isinstance(last, str) and truthy(known) else pem
    value: Json = [*known[:-1], text] if isinstance(known, list) and known else text
    written, beside = transport.has(_CA), ("host", "port", "secure")
    place = transport.place(_CA) if written else transport.last_place(_CA, *beside)
    return set_at(place, summary, value, safe=False)


# --- Preview of a fix -----------------------------------------------------------------

_NEW_FILE = "{}\n"  # what Document.new begins with
_MAX_LINES = 14


def preview(workspace: Workspace, fix: Fix) -> list[DifferingLine]:
    """Return the lines that a fix would change, with one around them; none where it does not fit."""
    texts: dict[str, tuple[str, str]] = {}
    try:
        for change in fix.changes(workspace):
            there = workspace.documents.get(change.file)
            unchanged = (there.text, there.text) if there else ("", _NEW_FILE)
            old, now = texts.get(change.file, unchanged)
            texts[change.file] = (old, apply_edit(now, change.edit))
    except LoopmailError:
        return []
    found: list[DifferingLine] = []
    for file, (old, new) in texts.items():
        if max(len(old), len(new)) > LARGEST:
            continue
        lines = list(difference(old, new))
        if len(texts) > 1 and lines:
            found.append(DifferingLine(" ", f"{file}:"))
        found += lines
    if len(found) > _MAX_LINES:
        return [*found[:_MAX_LINES], DifferingLine(" ", "…")]
    return found
