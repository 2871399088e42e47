"""The real window in a private desktop, driven through accessibility alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DESKTOP = ROOT.parent / "shared" / "desktop"
TOOLS = ("Xvfb", "dbus-daemon", "openbox", "gnome-keyring-daemon", "xdotool", "import")
SYSTEM_PYTHON = "/usr/bin/python3"


def _why_not() -> str | None:
    if not (DESKTOP / "with-desktop").is_file():
        return "the private desktop's tools are not on this machine"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('Atspi', '2.0')"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True).returncode:
        return "the system's Python has no accessibility bindings"
    return None


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(120)
def test_a_new_user_sets_gmail_up_then_sends_through_the_catcher(tmp_path: Path) -> None:
    if reason := _why_not():
        pytest.skip(reason)
    program = Path(sys.executable).with_name("loopmail")
    driver = Path(__file__).with_name("drive_sample_app.py")
    command = [str(DESKTOP / "with-desktop"), "--quiet", "--", SYSTEM_PYTHON, str(driver)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "XDG_"))}
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    done = subprocess.run(
        [*command, str(DESKTOP), str(program), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["gmail"] == {"host": "smtp.gmail.com", "port": "465", "secure": True}
    assert "loopmail" in seen["title"]
    assert seen["verdict"].startswith("Sent")
    assert (tmp_path / "sent.png").stat().st_size > 10_000
