"""Asking real LoopBack, through node, what it loads from app folders."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from conformance.effective.cases_of_layers import APP, HERE

# loopback and the loopback-boot that its apps use.
RELEASES = {"2.42.0": "2.28.0", "3.28.0": "3.3.1"}
CACHE = Path.home() / ".cache" / "loopmail-conformance"
TIMEOUT = 300  # seconds for one run of node or npm


def find_modules(loopback: str) -> Path | None:
    """Return a node_modules folder that has this LoopBack, without installing anything.

    Looked for in the folders inside LOOPMAIL_LOOPBACK_DIR and in the cache.
    """
    folders = [Path(given)] if (given := os.environ.get("LOOPMAIL_LOOPBACK_DIR")) else []
    for folder in (*folders, CACHE):
        for package in sorted(folder.glob("*/node_modules/loopback/package.json")):
            if json.loads(package.read_text("utf-8")).get("version") == loopback:
                return package.parents[1]
    return None


def why_not(loopback: str) -> str | None:
    """Return why real LoopBack cannot be asked here, or None."""
    if shutil.which("node") is None:
        return "node is not installed"
    if find_modules(loopback) is None:
        return f"no loopback {loopback} in LOOPMAIL_LOOPBACK_DIR or in {CACHE}"
    return None


def install(loopback: str) -> Path:
    """Install a LoopBack with npm into the cache folder; return its node_modules."""
    folder = CACHE / loopback
    folder.mkdir(parents=True, exist_ok=True)
    packages = [f"loopback@{loopback}", f"loopback-boot@{RELEASES[loopback]}"]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    subprocess.run(command, cwd=folder, check=True, timeout=TIMEOUT)
    return folder / "node_modules"


def ask(modules: Path, requests: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, Any]]:
    """Boot all requests in one node process; return its versions and the answers by id.

    The app's folder is replaced by `<app>` in the answers.
    """
    run = subprocess.run(
        ["node", str(HERE / "load_settings.js"), str(modules)],
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
        answer = json.loads(line.replace(json.dumps(request["dir"])[1:-1], APP))
        answers[answer.pop("id")] = answer
    return json.loads(versions), answers
