"""Problems as JSON (the contract's form), as SARIF 2.1.0 for code-review tools, and as text."""

from collections.abc import Sequence
from pathlib import Path

from loopmail import __version__
from loopmail.core.checks.ids import CHECK_TITLES
from loopmail.core.checks.problem import Problem
from loopmail.core.js import Json

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
        }
        for problem in problems
    ]


def to_sarif(problems: Sequence[Problem], folder: Path) -> Json:
    """Return a SARIF log (OASIS, version 2.1.0); `folder` is the server folder as given."""
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
                        "rules": [_rule(id_) for id_ in ids],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, ids, folder) for problem in problems],
            }
        ],
    }


def _rule(id_: str) -> Json:
    return {"id": id_, "shortDescription": {"text": CHECK_TITLES[id_]}}


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


def to_text(problems: Sequence[Problem]) -> str:
    """Return lines as compilers write them, each with its fix, and a summary."""
    lines = []
    for p in problems:
        env = f" [{p.env}]" if p.env else ""
        lines.append(f"{p.file}:{p.line}:{p.column}: {p.severity}: {p.text} [{p.id}]{env}")
        if p.fix:
            lines.append(f"    fix{'' if p.fix.safe else ' (look first)'}: {p.fix.summary}")
    counts = {s: sum(p.severity == s for p in problems) for s in ("error", "warning", "info")}
    lines.append(
        f"{counts['error']} errors, {counts['warning']} warnings, {counts['info']} notes."
        if problems
        else "No problems found."
    )
    return "\n".join(lines)


def exit_code(problems: Sequence[Problem]) -> int:
    """Return 0 for none or only info, 1 for warnings, 2 for errors."""
    severities = {problem.severity for problem in problems}
    return 2 if "error" in severities else 1 if "warning" in severities else 0
