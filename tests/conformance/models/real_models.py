"""Asking real LoopBack, through node, which models apps register."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from conformance.models.cases_of_models import APP, HERE, STEMS, Case

TIMEOUT = 300  # seconds for one run of node


def request_of(case: Case, folder: Path, modules: Path) -> dict[str, Any]:
    """Write the case's files and return the line that asks for it."""
    folder.mkdir(parents=True)
    case.write(folder, modules)
    return {"id": case.id, "dir": str(folder / "server"), "env": case.env}


def ask(
    modules: Path, requests: list[dict[str, Any]], *flags: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Boot all requests in one node process; return its versions and the answers by id.

    The app's folder is replaced by `<app>` in the answers, that of the packages by `<modules>`,
    the one of this script by `<tests>`.
    """
    run = subprocess.run(
        ["node", str(HERE / "register_models.js"), str(modules), *flags],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    versions, *lines = run.stdout.splitlines()
    answers = {}
    for request, line in zip(requests, lines, strict=True):
        folder = str(Path(request["dir"]).parent) if "dir" in request else APP
        line = line.replace(json.dumps(folder)[1:-1], APP).replace(str(modules), "<modules>")
        line = line.replace(str(HERE), "<tests>")
        answer = json.loads(line)
        answers[answer.pop("id")] = answer
    return json.loads(versions), answers


def ask_all(modules: Path, cases: list[Case], root: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Ask for all cases, in folders below `root`, and for the names of files."""
    requests: list[dict[str, Any]] = [
        request_of(case, root / str(number) / "app", modules) for number, case in enumerate(cases)
    ]
    return ask(modules, [{"id": "file names", "stems": STEMS}, *requests])
