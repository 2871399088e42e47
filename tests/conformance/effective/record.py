"""Record what real LoopBack makes of the awkward layer sets.

usage: python tests/conformance/effective/record.py

The packages are taken from the folders inside LOOPMAIL_LOOPBACK_DIR, else installed by npm into
the user's cache folder.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from conformance.asking import RELEASES, ask, find_modules, install, write_answers  # noqa: E402
from conformance.effective.cases_of_layers import SCRIPT, Case, all_cases  # noqa: E402


def request_of(case: Case, folder: Path) -> dict[str, Any]:
    """Write the case's files and return the line that asks for it."""
    case.write(folder)
    return {"id": case.id, "dir": str(folder), "env": case.env, "variables": case.variables}


def ask_all(modules: Path, cases: list[Case]) -> tuple[dict[str, str], dict[str, Any]]:
    """Ask for all cases, those that spoil the process each in its own."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(os.path.realpath(name))
        requests = {case.id: request_of(case, root / case.id) for case in cases}
        together = [requests[case.id] for case in cases if not case.alone]
        versions, answers = ask(SCRIPT, modules, together)
        for case in cases:
            if case.alone:
                answers |= ask(SCRIPT, modules, [requests[case.id]])[1]
    return versions, {case.id: answers[case.id] for case in cases}


def main() -> int:
    """Record both versions."""
    for loopback in RELEASES:
        versions, answers = ask_all(find_modules(loopback) or install(loopback), all_cases())
        target = write_answers(HERE / f"answers-{versions['boot']}.json", versions, answers)
        print(f"{target.name}: {len(answers)} cases")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
