"""Applying several fixes so that none works on what another has changed; previews of a fix."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.checks.context import Context, Place, TransportView, build_fix
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.errors import LoopmailError
from loopmail.core.js import Json, truthy
from loopmail.core.json_masking import mask_json_text
from loopmail.core.jsontext import apply_edit
from loopmail.core.jsontext.pointer import parse_pointer

# Each round takes one fix of every data source; no data source has that many problems.
_ROUNDS = 60

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A problem and the changes that fixed it, to be applied in this order."""

    problem: Problem
    changes: Sequence[Change]


def key_of(problem: Problem) -> Key:
    """Return what makes a problem the same one in the next run."""
    return problem.id, problem.file, problem.pointer


def fix_all(
    workspace: Workspace,
    find: Callable[[Snapshot], Sequence[Problem]],
    wanted: Callable[[Problem], bool],
) -> list[Fixed]:
    """Apply the fixes of the wanted problems to the workspace and return what was done.

    A round applies one fix for each data source or model; then `find` looks again, since a fix may
    fix or move another problem. A problem is tried once; a fix that does not fit is left out.
    """
    done: list[Fixed] = []
    tried: set[Key] = set()
    for _round in range(_ROUNDS):
        chosen = _one_each(find(workspace.snapshot()), wanted, tried)
        if not chosen:
            break
        for problem in chosen:
            tried.add(key_of(problem))
            assert problem.fix is not None
            try:
                changes = problem.fix.changes(workspace)
                workspace.apply(changes)
            except LoopmailError:
                continue
            if changes:
                done.append(Fixed(problem, changes))
    return done


def _one_each(
    problems: Sequence[Problem], wanted: Callable[[Problem], bool], tried: set[Key]
) -> list[Problem]:
    chosen: dict[str, Problem] = {}
    for problem in problems:
        if problem.fix is None or key_of(problem) in tried or not wanted(problem):
            continue
        # By the name alone: a fix of one layer may write into another.
        tokens = parse_pointer(problem.pointer)
        chosen.setdefault(tokens[0] if tokens else f"/{problem.file}", problem)
    return list(chosen.values())


# --- Another way to connect -----------------------------------------------------------

# What would overrule the new port and security, or send the password in clear.
_IN_THE_WAY = ("ignoreTLS", "opportunisticTLS")
_CHECK = "tls/rejectUnauthorized"


def transport_view(context: Context, datasource: str, alias: str | None) -> TransportView | None:
    """Return the transport that `send({transport: alias})` would take, None if it is no object."""
    for source in context.mail:
        if source.name == datasource:
            number = source.plan.routes.get(alias or "undefined", source.plan.default)
            views = {view.pointer: view for view in source.transports}
            return views.get(f"/transports/{number}") or views.get("/transport")
    return None


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
            return f"{path} comes from the variable {variable}: set it to {_shown(value)} there."
    places = {path: _place(transport, path) for path in settings}

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


def _place(transport: TransportView, path: str) -> Place:
    if transport.has(path):
        return transport.place(path)
    return transport.last_place(path, "port", "secure", "host")


def _shown(value: Json) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


# --- Preview of a fix -----------------------------------------------------------------

Sign = Literal["-", "+", " "]
NEW_FILE = "{}\n"  # what Document.new begins with
_MAX_LINES = 14
_MAX_TEXT = 1_000_000  # characters of a file beyond which no preview is made


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line that goes ("-"), comes ("+") or stays (" "); secrets are masked."""

    sign: Sign
    text: str


def preview(workspace: Workspace, fix: Fix) -> list[PreviewLine]:
    """Return the lines that a fix would change; empty where it does not fit (any more)."""
    try:
        return preview_changes(workspace, fix.changes(workspace))
    except LoopmailError:
        return []


def preview_changes(workspace: Workspace, changes: Sequence[Change]) -> list[PreviewLine]:
    """Return the lines that the changes would touch, with one line around them."""
    texts: dict[str, tuple[str, str]] = {}
    for change in changes:
        there = workspace.documents.get(change.file)
        unchanged = (there.text, there.text) if there else ("", NEW_FILE)
        old, now = texts.get(change.file, unchanged)
        texts[change.file] = (old, apply_edit(now, change.edit))
    found: list[PreviewLine] = []
    for file, (old, new) in texts.items():
        if max(len(old), len(new)) > _MAX_TEXT:
            continue
        lines = list(_difference(old, new))
        if len(texts) > 1 and lines:
            found.append(PreviewLine(" ", f"{file}:"))
        found += lines
    if len(found) > _MAX_LINES:
        return [*found[:_MAX_LINES], PreviewLine(" ", "…")]
    return found


def _difference(old: str, new: str) -> Iterator[PreviewLine]:
    before = mask_json_text(old, new).splitlines()
    after = mask_json_text(new, old).splitlines()
    hunks = 0
    for number, line in enumerate(difflib.unified_diff(before, after, lineterm="", n=1)):
        if number < 2:
            continue  # the names of the files
        if line.startswith("@@"):
            hunks += 1
            if hunks > 1:
                yield PreviewLine(" ", "…")
            continue
        sign: Sign = "-" if line[0] == "-" else "+" if line[0] == "+" else " "
        yield PreviewLine(sign, line[1:])
