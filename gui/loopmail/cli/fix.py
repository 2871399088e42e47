"""`loopmail fix DIR [ID …]`: apply the checks' fixes, or show what they would change."""

import argparse
import difflib
from collections.abc import Sequence

from loopmail.cli.options import (
    Subparsers,
    add_env,
    add_loopback,
    add_verb,
    add_yes,
    open_workspace,
    save,
)
from loopmail.cli.output import print_error, print_line
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.checks.problem import Key, Problem, key_of
from loopmail.core.errors import UsageError


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail fix`."""
    parser = add_verb(
        subparsers,
        "fix",
        run,
        "fix what the checks found",
        "Apply the fixes of the named checks in every environment, or all fixes that are "
        "proven to be safe. "
        "Only the bytes that must change are changed.",
    )
    parser.add_argument("ids", metavar="ID", nargs="*", help="check ids (default: all safe fixes)")
    parser.add_argument("--dry-run", action="store_true", help="print a unified diff only")
    add_env(parser)
    add_loopback(parser)
    add_yes(parser)


def run(namespace: argparse.Namespace) -> int:
    """Fix, then save or print the difference."""
    from loopmail.cli.app import Checker
    from loopmail.core.checks.fixes import fix_all
    from loopmail.core.checks.run import CHECK_TITLES

    ids = namespace.ids
    unknown = [id_ for id_ in ids if id_ not in CHECK_TITLES]
    if unknown:
        raise UsageError(f"There is no check “{unknown[0]}”.")
    workspace = open_workspace(namespace.dir)
    before = {name: document.text for name, document in workspace.documents.items()}
    every = namespace.env is None
    checker = Checker(workspace, namespace.env, namespace.loopback, all_envs=every)
    doubted: dict[Key, Sequence[str]] = {}  # what speaks against the fixes, said last

    def wanted(problem: Problem) -> bool:
        return problem.id in ids if ids else bool(problem.fix and problem.fix.safe)

    def doubts(snapshot: Snapshot, problem: Problem) -> Sequence[str]:
        doubted[key_of(problem)] = found = checker.doubts(snapshot, problem)
        return () if ids else found

    applied = [one.problem for one in fix_all(workspace, checker.find, wanted, doubts)]
    for (_, file, pointer), sentences in doubted.items():
        for sentence in sentences:
            print_error(f"{file}{pointer}: not proven safe: {sentence}")
    if namespace.dry_run:
        lines = _difference(workspace, before)
        print_line("\n".join(lines))
        return 1 if lines else 0
    # Also those that no rule calls safe.
    left = () if ids else [one.id for one in checker.find(workspace.snapshot()) if one.fix]
    saved = save(workspace, yes=namespace.yes)
    for problem in applied:
        summary = problem.fix.summary if problem.fix else ""
        print_line(f"{problem.file}{problem.pointer}: {summary} [{problem.id}]")
    if saved:
        print_line(f"{len(applied)} fixed; saved: {', '.join(saved)}.")
    else:
        versions = checker.circumstances.versions
        judged = f"LoopBack {versions.loopback}{' (assumed)' if versions.assumed else ''}"
        print_line(f"Nothing to fix. Judged by {judged}.")
    if left:
        named = " ".join(dict.fromkeys(left))
        print_line(f"Left alone, since not proven safe: {named}. Name a check to fix it anyway.")
    return 0


def _difference(workspace: Workspace, before: dict[str, str]) -> list[str]:
    """Return unified diffs with the secrets masked: this may end in a log."""
    from loopmail.core.json_masking import mask_json_text

    lines: list[str] = []
    for name, document in workspace.documents.items():
        old, new = before.get(name, ""), document.text
        if old != new:
            a, b = mask_json_text(old, new).splitlines(), mask_json_text(new, old).splitlines()
            lines += difflib.unified_diff(a, b, f"a/{name}", f"b/{name}", lineterm="")
    return lines
