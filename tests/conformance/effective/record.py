"""Record what real LoopBack makes of the awkward layer sets.

usage: python tests/conformance/effective/record.py

The packages are taken from the folders inside LOOPMAIL_LOOPBACK_DIR, else installed by npm into
the user's cache folder.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from conformance.effective.cases_of_layers import APP, Case, all_cases  # noqa: E402

# loopback and the loopback-boot that its apps use.
RELEASES = {"2.42.0": "2.28.0", "3.28.0": "3.3.1"}
TIMEOUT = 300  # seconds for one run of node


def find_modules(loopback: str) -> Path | None:
    """Return a node_modules folder that has this LoopBack, without installing anything."""
    folders = [Path.home() / ".cache" / "loopmail-conformance"]
    if given := os.environ.get("LOOPMAIL_LOOPBACK_DIR"):
        folders.insert(0, Path(given))
    for folder in folders:
        for package in folder.glob("*/node_modules/loopback/package.json"):
            if json.loads(package.read_text("utf-8")).get("version") == loopback:
                return package.parents[1]
    return None


def install(loopback: str) -> Path:
    """Install a LoopBack with npm into the cache folder; return its node_modules."""
    folder = Path.home() / ".cache" / "loopmail-conformance" / loopback
    folder.mkdir(parents=True, exist_ok=True)
    packages = [f"loopback@{loopback}", f"loopback-boot@{RELEASES[loopback]}"]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    subprocess.run(command, cwd=folder, check=True, timeout=TIMEOUT)
    return folder / "node_modules"


def ask(modules: Path, requests: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, Any]]:
    """Boot all requests in one node process; return its versions and the answers by id."""
    run = subprocess.run(
        ["node", str(HERE / "load_settings.js"), str(modules)],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    versions, *answers = (json.loads(line) for line in run.stdout.splitlines())
    return versions, {answer.pop("id"): answer for answer in answers}


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
        for case in cases:
            text = json.dumps(answers[case.id])
            answers[case.id] = json.loads(text.replace(str(root / case.id), APP))
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
