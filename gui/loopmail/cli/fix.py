"""`loopmail fix DIR [ID …]`: apply the checks' fixes, or show what they would change."""

import argparse
import difflib
from collections.abc import Sequence

from loopmail.cli.options import Subparsers, add_env, add_loopback, add_verb
from loopmail.cli.output import print_line
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.checks.problem import Problem
from loopmail.core.errors import UsageError


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail fix`."""
    parser = add_verb(
        subparsers,
        "fix",
        run,
        "fix what the checks found",
        "Apply the fixes of the named checks in every environment, or all fixes marked safe. "
        "Only the bytes that must change are changed.",
    )
    parser.add_argument("ids", metavar="ID", nargs="*", help="check ids (default: all safe fixes)")
    parser.add_argument("--dry-run", action="store_true", help="print a unified diff only")
    add_env(parser)
    add_loopback(parser)


def run(namespace: argparse.Namespace) -> int:
    """Fix, then save or print the difference."""
    from loopmail.cli.app import find_problems
    from loopmail.core.checks.fixes import fix_all
    from loopmail.core.checks.run import CHECK_TITLES

    ids = namespace.ids
    unknown = [id_ for id_ in ids if id_ not in CHECK_TITLES]
    if unknown:
        raise UsageError(f"There is no check “{unknown[0]}”.")
    workspace = Workspace.open(namespace.dir)
    before = {name: document.text for name, document in workspace.documents.items()}

    def find(_snapshot: Snapshot) -> Sequence[Problem]:
        every = namespace.env is None
        return find_problems(workspace, namespace.env, namespace.loopback, all_envs=every)

    def wanted(problem: Problem) -> bool:
        return problem.id in ids if ids else bool(problem.fix and problem.fix.safe)

    applied = [done.problem for done in fix_all(workspace, find, wanted)]
    if namespace.dry_run:
        print_line("\n".join(_difference(workspace, before)))
        return 0
    saved = workspace.save()
    for problem in applied:
        summary = problem.fix.summary if problem.fix else ""
        print_line(f"{problem.file}{problem.pointer}: {summary} [{problem.id}]")
    print_line(f"{len(applied)} fixed; saved: {', '.join(saved)}." if saved else "Nothing to fix.")
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
