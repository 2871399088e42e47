"""Record what real LoopBack makes of the awkward layer sets.

usage: python tests/conformance/effective/record.py

The packages are taken from the folders inside LOOPMAIL_LOOPBACK_DIR, else installed by npm into
the user's cache folder.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from conformance.effective.cases_of_layers import Case, all_cases  # noqa: E402
from conformance.effective.real_loopback import RELEASES, ask, find_modules, install  # noqa: E402


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
        versions, answers = ask(modules, together)
        for case in cases:
            if case.alone:
                answers |= ask(modules, [requests[case.id]])[1]
    return versions, {case.id: answers[case.id] for case in cases}


def write_answers(versions: dict[str, str], answers: dict[str, Any]) -> Path:
    """Write one line for each case, so that a change shows up as one line."""
    target = HERE / f"answers-{versions['boot']}.json"
    lines = [f'"versions": {json.dumps(versions)}']
    lines += [f"{json.dumps(name)}: {json.dumps(answers[name])}" for name in answers]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return target


def main() -> int:
    """Record both versions."""
    for loopback in RELEASES:
        versions, answers = ask_all(find_modules(loopback) or install(loopback), all_cases())
        print(f"{write_answers(versions, answers).name}: {len(answers)} cases")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
