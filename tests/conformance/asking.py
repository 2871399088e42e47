"""Asking real LoopBack, through a script of ours in node, what it makes of apps; and recording that."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.real_loopback import PACKAGES, cache_folder
from conformance.real_loopback import install as install_packages

# loopback and the loopback-boot that its apps use.
RELEASES = {"2.42.0": "2.28.0", "3.28.0": "3.3.1"}
# What stands for the app's folder in an answer.
APP = "<app>"
TIMEOUT = 300  # seconds for one run of node

Request = Mapping[str, Any]


def find_modules(loopback: str) -> Path | None:
    """Return a node_modules folder that has this LoopBack, without installing anything.

    Looked for in the folders inside LOOPMAIL_LOOPBACK_DIR, else in the cache.
    """
    for package in sorted(cache_folder().glob("*/node_modules/loopback/package.json")):
        if json.loads(package.read_text("utf-8")).get("version") == loopback:
            return package.parents[1]
    return None


def why_not(loopback: str) -> str | None:
    """Return why real LoopBack cannot be asked here, or None."""
    if shutil.which("node") is None:
        return "node is not installed"
    if find_modules(loopback) is None:
        return f"no loopback {loopback} in {cache_folder()}"
    return None


def install(loopback: str) -> Path:
    """Install a LoopBack with npm into the cache folder; return its node_modules."""
    wanted = f"loopback@{loopback}"
    name = next(name for name, packages in PACKAGES.items() if wanted in packages)
    return install_packages(name) / "node_modules"


def ask(
    script: Path, modules: Path, requests: Iterable[Request], *flags: str, up: int = 0
) -> tuple[dict[str, str], dict[str, Any]]:
    """Answer all requests in one node process; return its versions and the answers by id.

    In the answers `<app>` stands for the folder `up` levels above a request's `dir`, `<modules>`
    for the packages and `<tests>` for the folder of the script.
    """
    asked = list(requests)
    run = subprocess.run(
        ["node", str(script), str(modules), *flags],
        input="".join(json.dumps(request) + "\n" for request in asked),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    versions, *lines = run.stdout.splitlines()
    answers = {}
    for request, line in zip(asked, lines, strict=True):
        names = {str(modules): "<modules>", str(script.parent): "<tests>"}
        if "dir" in request:
            folder = Path(request["dir"])
            names = {str([folder, *folder.parents][up]): APP, **names}
        for path, name in names.items():
            line = line.replace(json.dumps(path)[1:-1], name)
        answer = json.loads(line)
        answers[answer.pop("id")] = answer
    return json.loads(versions), answers


def write_answers(target: Path, versions: dict[str, str], answers: dict[str, Any]) -> Path:
    """Write one line for each case, so that a change shows up as one line."""
    lines = [f'"versions": {json.dumps(versions)}']
    lines += [f"{json.dumps(name)}: {json.dumps(answers[name])}" for name in answers]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    return target
