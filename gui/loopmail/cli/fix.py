"""`loopmail fix DIR [ID …]`: apply the checks' fixes, or show what they would change."""

import argparse
import difflib
from collections.abc import Sequence

from loopmail.cli.output import print_line
from loopmail.cli.parser import Subparsers, add_dir, add_env, add_loopback
from loopmail.core.checks.problem import Problem
from loopmail.core.errors import EditError, UsageError
from loopmail.core.workspace import Workspace

_ROUNDS = 1000  # each round applies one fix; far more than any app has problems


def add_parser(subparsers: Subparsers) -> None:
    """Add the verb."""
    parser = subparsers.add_parser(
        "fix",
        help="mend what the checks found",
        description=(
            "Apply the fixes of the named checks in every environment, or all fixes marked safe. "
            "Only the bytes that must change are changed."
        ),
    )
    add_dir(parser)
    parser.add_argument("ids", metavar="ID", nargs="*", help="check ids (default: all safe fixes)")
    parser.add_argument("--dry-run", action="store_true", help="print a unified diff only")
    add_env(parser)
    add_loopback(parser)
    parser.set_defaults(func=run)


def run(namespace: argparse.Namespace) -> int:
    """Fix, then save or print the difference."""
    from loopmail.core.checks.ids import CHECK_IDS

    unknown = [id_ for id_ in namespace.ids if id_ not in CHECK_IDS]
    if unknown:
        raise UsageError(f"There is no check “{unknown[0]}”.")
    workspace = Workspace.open(namespace.dir)
    before = {name: document.text for name, document in workspace.documents.items()}
    applied = _apply_all(workspace, namespace)
    if namespace.dry_run:
        print_line("\n".join(_difference(workspace, before)))
        return 0
    saved = workspace.save()
    for problem in applied:
        summary = problem.fix.summary if problem.fix else ""
        print_line(f"{problem.file}{problem.pointer}: {summary} [{problem.id}]")
    print_line(f"{len(applied)} fixed; saved: {', '.join(saved)}." if saved else "Nothing to fix.")
    return 0


def _apply_all(workspace: Workspace, namespace: argparse.Namespace) -> list[Problem]:
    """Apply fix after fix, checking anew after each, since one may mend or move another."""
    from loopmail.cli.checking import find_problems

    applied: list[Problem] = []
    refused: set[tuple[str, str, str]] = set()
    for _round in range(_ROUNDS):
        problems = find_problems(
            workspace, namespace.env, namespace.loopback, all_envs=namespace.env is None
        )
        problem = _next(problems, namespace.ids, refused)
        if problem is None or problem.fix is None:
            break
        refused.add((problem.id, problem.file, problem.pointer))  # never twice at one place
        try:
            workspace.apply(problem.fix.changes(workspace))
        except EditError:
            continue
        applied.append(problem)
    return applied


def _next(
    problems: Sequence[Problem], ids: Sequence[str], refused: set[tuple[str, str, str]]
) -> Problem | None:
    for problem in problems:
        wanted = problem.id in ids if ids else bool(problem.fix and problem.fix.safe)
        if problem.fix and wanted and (problem.id, problem.file, problem.pointer) not in refused:
            return problem
    return None


def _difference(workspace: Workspace, before: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for name, document in workspace.documents.items():
        old = before.get(name, "")
        if document.text != old:
            lines += difflib.unified_diff(
                old.splitlines(), document.text.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
            )
    return lines
