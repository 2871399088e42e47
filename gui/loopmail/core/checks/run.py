"""Runs all rules over an app, for one environment or for all; what scripts set is never certain."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Snapshot
from loopmail.core.checks.context import Context, Texts
from loopmail.core.checks.problem import SECRET_IDS, Problem
from loopmail.core.checks.rules import (
    crash,
    keys,
    layers,
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

# --- Layers written in JavaScript -----------------------------------------------------
# What they set is unknown, so nothing beside them is certain.

# Decided by a file alone; no other layer can make them untrue.
_CERTAIN = frozenset(
    {"json-invalid", "json-duplicate-key", "schema", "override-hidden", "master-missing"}
    | SECRET_IDS
    | {"variable-partial", "variable-unsupported"}
    | {"merge-array-length", "merge-type"}
)


def with_scripts(context: Context, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems; those that a script of this environment may undo become milder."""
    scripts = [file.path for file in context.effective.files if file.state == "script"]
    for problem in problems:
        # A binding also depends on the data sources.
        kinds = ("model-config", "datasources")[not problem.file.startswith("model-config") :]
        script = next((name for name in scripts if name.startswith(kinds)), None)
        if script is None or problem.id in _CERTAIN:
            yield problem
            continue
        yield replace(
            problem,
            severity="warning" if problem.severity == "error" else problem.severity,
            text=f"{problem.text} The script {script} may change that.",
        )


# --- Running all rules ----------------------------------------------------------------

Rule = Callable[[Context], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *layers.RULES,
    *secrets.RULES,
    *crash.RULES,
    *outcome.RULES,
    *server.RULES,
    *keys.RULES,
    *security.RULES,
    *sign_in.RULES,
    *models.RULES,
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

    Where a rule says what LoopBack makes of a value, the schema need not report it as well.
    """
    found: dict[tuple[str, str, str], Problem] = {}
    for problem in (problem for run in runs for problem in run):
        found.setdefault((problem.id, problem.file, problem.pointer), problem)
    told = {(p.file, p.pointer) for p in found.values() if p.id != "schema"}
    kept = [p for p in found.values() if p.id != "schema" or (p.file, p.pointer) not in told]
    return sorted(kept, key=lambda p: (_ORDER[p.severity], p.file, p.line, p.column, p.id))
