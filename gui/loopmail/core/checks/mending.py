"""Several fixes at once, so that none of them works on what another has changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loopmail.core.checks.problem import Problem
from loopmail.core.errors import LoopmailError
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.workspace import Change, Snapshot, Workspace

# Each round takes one fix of every data source; no data source has that many problems.
_ROUNDS = 60

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mended:
    """A problem and the changes that mended it, to be applied in this order."""

    problem: Problem
    changes: Sequence[Change]


def key_of(problem: Problem) -> Key:
    """Return what makes a problem the same one in the next run."""
    return problem.id, problem.file, problem.pointer


def mend(
    workspace: Workspace,
    find: Callable[[Snapshot], Sequence[Problem]],
    wanted: Callable[[Problem], bool],
) -> list[Mended]:
    """Apply the fixes of the wanted problems to the workspace and return what was done.

    A round applies one fix for each data source or model; then `find` looks anew, since a fix may
    mend or move another problem. A problem is tried once; a fix that does not fit is left out.
    """
    done: list[Mended] = []
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
                done.append(Mended(problem, changes))
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
