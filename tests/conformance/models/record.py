"""Record which models real LoopBack registers in the apps of `cases_of_models.py`.

usage: python tests/conformance/models/record.py

The packages are found, or installed by npm, as `tests/conformance/effective/record.py` does.
"""

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from conformance.asking import RELEASES, find_modules, install, write_answers  # noqa: E402
from conformance.models.cases_of_models import all_cases, ask_all  # noqa: E402


def main() -> int:
    """Record both versions."""
    for loopback in RELEASES:
        with tempfile.TemporaryDirectory() as name:
            modules = find_modules(loopback) or install(loopback)
            root = Path(os.path.realpath(name))
            versions, answers = ask_all(modules, all_cases(), root)
        target = write_answers(HERE / f"answers-{versions['loopback']}.json", versions, answers)
        print(f"{target.name}: {len(answers) - 1} cases")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
