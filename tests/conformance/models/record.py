"""Record which models real LoopBack registers in the apps of `cases_of_models.py`.

usage: python tests/conformance/models/record.py

The packages are found, or installed by npm, as `tests/conformance/effective/record.py` does.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from conformance.effective.real_loopback import RELEASES, find_modules, install  # noqa: E402
from conformance.models.cases_of_models import all_cases  # noqa: E402
from conformance.models.real_models import ask_all  # noqa: E402


def write_answers(versions: dict[str, str], answers: dict[str, Any]) -> Path:
    """Write one line for each case, so that a change shows up as one line."""
    target = HERE / f"answers-{versions['loopback']}.json"
    lines = [f'"versions": {json.dumps(versions)}']
    lines += [f"{json.dumps(name)}: {json.dumps(answers[name])}" for name in answers]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return target


def main() -> int:
    """Record both versions."""
    for loopback in RELEASES:
        with tempfile.TemporaryDirectory() as name:
            modules = find_modules(loopback) or install(loopback)
            root = Path(os.path.realpath(name))
            versions, answers = ask_all(modules, all_cases(), root)
        print(f"{write_answers(versions, answers).name}: {len(answers) - 1} cases")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
