"""Runs a driver of the real window in a private desktop, or says why that cannot be."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DESKTOP = ROOT.parent / "shared" / "desktop"
TOOLS = ("Xvfb", "dbus-daemon", "openbox", "gnome-keyring-daemon", "xdotool", "import")
SYSTEM_PYTHON = "/usr/bin/python3"


def why_no_desktop() -> str | None:
    """Return what is missing for a private desktop, or None."""
    if not (DESKTOP / "with-desktop").is_file():
        return "the private desktop's tools are not on this machine"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('Atspi', '2.0')"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True).returncode:
        return "the system's Python has no accessibility bindings"
    return None


def drive(driver: str, *arguments: str, timeout: float = 100) -> Any:
    """Run a driver of tests/program with the folder of the tools, the program and these arguments.

    Skips the test without a desktop; returns the JSON of the driver's last line.
    """
    if reason := why_no_desktop():
        pytest.skip(reason)
    program = Path(sys.executable).with_name("loopmail")
    path = ROOT / "tests" / "program" / driver
    command = [str(DESKTOP / "with-desktop"), "--quiet", "--", SYSTEM_PYTHON, str(path)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "XDG_"))}
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    environment["UIDRIVER_TIMEOUT"] = "15"  # seconds; the machine may be busy with other tests
    done = subprocess.run(
        [*command, str(DESKTOP), str(program), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
