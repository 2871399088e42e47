"""Runs all rules over an app, for one environment or for all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from loopmail.core.app_view import AppView, Load
from loopmail.core.checks import (
    connector_rules,
    crash_rules,
    key_rules,
    layer_rules,
    model_rules,
    outcome_rules,
    routing_rules,
    secret_rules,
    security_rules,
    server_rules,
    signin_rules,
    structure_rules,
    value_rules,
    variable_rules,
)
from loopmail.core.checks.context import Context, Texts
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.scripts import with_scripts
from loopmail.core.layers import effective
from loopmail.core.variables import Variables
from loopmail.core.versions import Versions
from loopmail.core.workspace import Snapshot

Rule = Callable[[Context], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    *structure_rules.RULES,
    *layer_rules.RULES,
    *variable_rules.RULES,
    *crash_rules.RULES,
    *outcome_rules.RULES,
    *connector_rules.RULES,
    *server_rules.RULES,
    *value_rules.RULES,
    *key_rules.RULES,
    *security_rules.RULES,
    *signin_rules.RULES,
    *routing_rules.RULES,
    *model_rules.RULES,
    *secret_rules.RULES,
)
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Plain data for a worker: what to check, under which circumstances."""

    snapshot: Snapshot
    environments: Sequence[str | None]
    variables: Variables
    versions: Versions
    modules: frozenset[str] = frozenset()
    tracked_secrets: frozenset[str] = field(default=frozenset())


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
        context = make_context(request, env, texts, load)
        for rule in RULES:
            if stopped():
                break
            told = with_scripts(context, rule(context))
            found.extend(takewhile(lambda _problem: not stopped(), told))
    return merge_problems([found])


def make_context(
    request: CheckRequest, env: str | None, texts: Texts, load: Load = effective
) -> Context:
    """Return what the rules look at in one environment."""
    view = AppView(
        request.snapshot, env, request.variables, request.versions, request.modules, load
    )
    return Context(view, texts, request.tracked_secrets)


def merge_problems(runs: Iterable[Iterable[Problem]]) -> list[Problem]:
    """Return each place and id once, errors first, then by file and place.

    Where a rule tells what LoopBack makes of a value, the schema need not tell that it is odd.
    """
    found: dict[tuple[str, str, str], Problem] = {}
    for problem in (problem for run in runs for problem in run):
        found.setdefault((problem.id, problem.file, problem.pointer), problem)
    told = {(p.file, p.pointer) for p in found.values() if p.id != "schema"}
    kept = [p for p in found.values() if p.id != "schema" or (p.file, p.pointer) not in told]
    return sorted(kept, key=lambda p: (_ORDER[p.severity], p.file, p.line, p.column, p.id))
