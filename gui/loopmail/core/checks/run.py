"""Runs all rules over an app, for one environment or for all; what scripts set is never certain."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from loopmail.core.app.folder import kind_of
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Snapshot
from loopmail.core.checks.context import Context, Texts
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.rule import Rule
from loopmail.core.checks.rules import (
    crash,
    keys,
    layers,
    misnamed,
    models,
    outcome,
    secrets,
    security,
    server,
    sign_in,
    structure,
)
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView, Load
from loopmail.core.secret_names import mask_text

FAMILIES = (
    structure.RULES,
    layers.RULES,
    misnamed.RULES,
    secrets.RULES,
    crash.RULES,
    outcome.RULES,
    server.RULES,
    keys.RULES,
    security.RULES,
    sign_in.RULES,
    models.RULES,
)
RULES = tuple(rule for family in FAMILIES for rule in family.rules)
CHECK_TITLES = {id_: title for family in FAMILIES for id_, title in family.titles.items()}
_log = logging.getLogger(__name__)
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Plain data for a worker: what to check, under which circumstances."""

    snapshot: Snapshot
    environments: Sequence[str | None]
    variables: Variables
    versions: Versions
    modules: frozenset[str] = frozenset()
    tracked_secrets: frozenset[str] = frozenset()  # files with secrets that git tracks


def run_checks(
    request: CheckRequest,
    *,
    stopped: Callable[[], bool] = lambda: False,
    texts: Texts | None = None,
    load: Load = effective,
) -> list[Problem]:
    """Return the problems, worst first, each place and id once for all environments.

    `stopped` is asked between rules and problems; a stopped run returns what it has. `texts` saves
    parsing when there are several runs over one snapshot; `load` answers as `effective` does.
    """
    texts = texts or Texts(request.snapshot)
    found: list[Problem] = []
    for env in request.environments:
        if stopped():
            break
        view = AppView(
            request.snapshot, env, request.variables, request.versions, request.modules, load
        )
        context = Context(view, texts, request.tracked_secrets)
        begun, before = time.perf_counter(), len(found)
        for rule in RULES:
            if stopped():
                break
            problems = _problems(rule, context)
            found.extend(takewhile(lambda _problem: not stopped(), problems))
        took = (time.perf_counter() - begun) * 1000
        _log.debug("checked %s: %d found, %.0f ms", env or "base", len(found) - before, took)
    return merge_problems([found])


def _problems(rule: Rule, context: Context) -> Iterator[Problem]:
    """Yield what a rule finds; a secret that a text quotes is masked.

    What a layer written in JavaScript sets is unknown, so where there is one in this environment,
    nothing beside it is certain.
    """
    scripts = [file.path for file in context.effective.files if file.state == "script"]
    for severity, place, text, fix, position in rule.find(context):
        text = mask_text(text)
        # A binding also depends on the data sources.
        kinds = {"datasources", kind_of(place.file)}
        script = next((name for name in scripts if kind_of(name) in kinds), None)
        if script is not None and not rule.certain:
            severity = "warning" if severity == "error" else severity
            text = f"{text} The script {script} may change that."
        line, column = position or context.texts.position(place)
        yield Problem(
            id=rule.id,
            severity=severity,
            file=place.file,
            line=line,
            column=column,
            pointer=place.pointer,
            env=context.effective.env,
            text=text,
            fix=fix,
        )


def merge_problems(runs: Iterable[Iterable[Problem]]) -> list[Problem]:
    """Return each place and id once, errors first, then by file and place.

    Where a rule says what LoopBack makes of a value, the schema need not report it as well.
    """
    found: dict[tuple[str, str, str], Problem] = {}
    for problem in (problem for run in runs for problem in run):
        found.setdefault((problem.id, problem.file, problem.pointer), problem)
    better = {(p.file, p.pointer) for p in found.values() if p.id != "schema"}
    kept = [p for p in found.values() if p.id != "schema" or (p.file, p.pointer) not in better]
    return sorted(kept, key=lambda p: (_ORDER[p.severity], p.file, p.line, p.column, p.id))
