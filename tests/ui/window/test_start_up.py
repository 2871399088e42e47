"""The start of the window: what is imported before the first paint, and the surprises' hook."""

import os
import subprocess
import sys
from pathlib import Path

# Rooms that only an open app needs.
LATER = ("smtp", "core.nodemailer", "core.edit", "core.checks", "ui.form", "ui.sending", "ui.panel")
HEAVY = ("keyring", "jsonschema", "ssl", "smtplib", "aiosmtpd", "cryptography", "dns", "certifi")

PROGRAM = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from loopmail.app import make_application, make_window
from loopmail.ui.session.settings import Settings

app = make_application()
window = make_window(Settings(Path(sys.argv[1])))
window.show()
app.processEvents()
print(sorted(name for name in {HEAVY!r} if name in sys.modules))
rooms = tuple("loopmail." + room + "." for room in {LATER!r})
print([name for name in sys.modules if name.startswith(rooms)])
"""


def test_nothing_heavy_is_imported_before_the_window_shows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "settings.ini")],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
    )
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_a_folder_given_on_the_command_line_is_opened_after_the_first_paint(
    tmp_path: Path, app_path: Path
) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QTimer\n"
        "from loopmail import app\n"
        "from loopmail.ui.window.main_window import MainWindow\n"
        "from loopmail.ui.session.settings import Settings\n"
        "made = app.make_window\n"
        "def make(settings):\n"
        "    window = made(Settings(Path(sys.argv[1])))\n"
        "    window.state.opened.connect(lambda: print(window.state.app_name, flush=True))\n"
        "    window.state.opened.connect(window.close)\n"
        "    return window\n"
        "app.make_window = make\n"
        "sys.exit(app.run_window(Path(sys.argv[2])))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "settings.ini"), str(app_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "shop")
    assert "Traceback" not in done.stderr
