"""The conformance suite: real LoopBack and loopmail against the same misbehaving server.

    python tests/conformance/run.py             compare loopmail with the recorded answers
    python tests/conformance/run.py --record    ask real LoopBack first (npm installs it if need be)

A run of all cases and versions writes its summary into REPORT.md.

Options: --only PATTERN (cases whose name has it), --version NAME (lb2, lb3, lb3n4), --jobs N.
The exit status is 0 if everything agrees, 1 if not.
"""

import argparse
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.answers import VERSIONS, load, path, save
from conformance.cases import cases
from conformance.compare import Report, compare_all
from conformance.record import record
from conformance.report import write as write_report


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Compare loopmail with real LoopBack.")
    parser.add_argument("--record", action="store_true", help="ask real LoopBack again")
    parser.add_argument("--no-compare", action="store_true", help="record only")
    parser.add_argument("--only", default="", help="cases whose name has this pattern")
    parser.add_argument("--version", choices=sorted(VERSIONS), action="append")
    parser.add_argument("--jobs", type=int, default=24)
    arguments = parser.parse_args()
    chosen = {name: case for name, case in cases().items() if re.search(arguments.only, name)}
    agreed = True
    reports: list[Report] = []
    for version in arguments.version or sorted(VERSIONS):
        started = time.monotonic()
        if arguments.record:
            recorded = record(version, chosen, arguments.jobs)
            known = load(version) if arguments.only and path(version).exists() else None
            save(version, recorded if known is None else known.updated(recorded))
            spent = time.monotonic() - started
            print(f"{version}: {len(chosen)} cases recorded, {spent:.0f} s", flush=True)
        if not arguments.no_compare:
            report: Report = compare_all(version, chosen, arguments.jobs)
            print(report.text(), flush=True)
            reports.append(report)
            agreed = agreed and report.agrees
    if len(reports) == len(VERSIONS) and not arguments.only:
        write_report(reports)
    return 0 if agreed else 1


if __name__ == "__main__":
    raise SystemExit(main())
