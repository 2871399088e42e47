"""Layers written in JavaScript: what they give is unknown, so nothing is certain beside them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from loopmail.core.checks.context import Context
from loopmail.core.checks.problem import SECRET_IDS, Problem

# Told by a file alone; no other layer can make them untrue.
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
        # A binding also hangs on the data sources.
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
