"""`loopmail check DIR`: the problems of an app, for people and for CI."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from loopmail import __version__
from loopmail.cli.options import (
    Subparsers,
    add_env,
    add_format,
    add_loopback,
    add_verb,
    open_workspace,
)
from loopmail.cli.output import print_json, print_line
from loopmail.core.checks.problem import Problem
from loopmail.core.js import Json


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail check`."""
    parser = add_verb(
        subparsers,
        "check",
        run,
        "find what is wrong with the app's mail",
        "List the problems of the app's configuration, each with what LoopBack will do because of "
        "it. Exit code: 0 none or only notes, 1 warnings, 2 errors.",
    )
    group = parser.add_mutually_exclusive_group()
    add_env(group)
    group.add_argument("--all-envs", action="store_true", help="check every environment")
    add_loopback(parser)
    add_format(parser, "text", "json", "sarif")


def run(namespace: argparse.Namespace) -> int:
    """Check and print; return the exit code of the worst problem."""
    from loopmail.cli.app import Checker
    from loopmail.core.checks.proof import proven

    workspace = open_workspace(namespace.dir)
    snapshot = workspace.snapshot()
    checker = Checker(workspace, namespace.env, namespace.loopback, all_envs=namespace.all_envs)
    problems = proven(checker.find(snapshot), snapshot, checker.circumstances)
    if namespace.format == "json":
        print_json(to_json(problems))
    elif namespace.format == "sarif":
        print_json(to_sarif(problems, workspace.app.server.relative_to(workspace.app.root)))
    else:
        print_line(to_text(problems))
    severities = {problem.severity for problem in problems}
    return 2 if "error" in severities else 1 if "warning" in severities else 0


# --- Problems as JSON, SARIF 2.1.0 and text -------------------------------------------

_SARIF_LEVEL = {"error": "error", "warning": "warning", "info": "note"}


def to_json(problems: Sequence[Problem]) -> list[Json]:
    """Return the contract's list of `check`."""
    return [
        {
            "id": problem.id,
            "severity": problem.severity,
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "pointer": problem.pointer,
            "env": problem.env,
            "text": problem.text,
            "fix": problem.fix.summary if problem.fix else None,
            "safe": problem.fix.safe if problem.fix else False,
            "doubts": list(problem.fix.doubts) if problem.fix else [],
        }
        for problem in problems
    ]


def to_sarif(problems: Sequence[Problem], folder: Path) -> Json:
    """Return a SARIF log (OASIS, version 2.1.0); `folder` is the server folder as given."""
    from loopmail.core.checks.run import CHECK_TITLES

    ids = sorted({problem.id for problem in problems})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "loopmail",
                        "version": __version__,
                        "rules": [
                            {"id": id_, "shortDescription": {"text": CHECK_TITLES[id_]}}
                            for id_ in ids
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, ids, folder) for problem in problems],
            }
        ],
    }


def _result(problem: Problem, ids: Sequence[str], folder: Path) -> Json:
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": (folder / problem.file).as_posix()},
            "region": {"startLine": problem.line, "startColumn": problem.column},
        },
        "logicalLocations": [{"fullyQualifiedName": problem.pointer, "kind": "value"}],
    }
    return {
        "ruleId": problem.id,
        "ruleIndex": ids.index(problem.id),
        "level": _SARIF_LEVEL[problem.severity],
        "message": {"text": problem.text},
        "locations": [location],
        "partialFingerprints": {"place": f"{problem.file}#{problem.pointer}"},
        "properties": {"env": problem.env, "fix": problem.fix.summary if problem.fix else None},
    }


_DOUBTS = 3  # sentences that speak against a fix, of those that are printed


def to_text(problems: Sequence[Problem]) -> str:
    """Return lines as compilers write them, each with its fix, and a summary."""
    lines = []
    for p in problems:
        env = f" [{p.env}]" if p.env else ""
        lines.append(f"{p.file}:{p.line}:{p.column}: {p.severity}: {p.text} [{p.id}]{env}")
        if p.fix:
            lines.append(f"    fix{'' if p.fix.safe else ' (look first)'}: {p.fix.summary}")
            lines += [f"        {doubt}" for doubt in p.fix.doubts[:_DOUBTS]]
    counts = {s: sum(p.severity == s for p in problems) for s in ("error", "warning", "info")}
    lines.append(
        f"{counts['error']} errors, {counts['warning']} warnings, {counts['info']} notes."
        if problems
        else "No problems found."
    )
    return "\n".join(lines)
