"""Draws every page, panel and dialog of the window in every look: `make screenshots`.

Usage: make.py [--look LOOK] [FOLDER]; the folder is build/screenshots if none is given. The walk is
that of the tests (tests/ui/tour.py): real servers on this computer, nothing leaves it. Each look is a
process of its own, as text size and direction are fixed when it starts. The pictures have the names
of the stops; the best are copied beside this file, for the README. What cannot be drawn is named at
the end, and the exit code is 1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Look to its appearance, the size of its text, and whether it is read from right to left.
LOOKS: dict[str, tuple[str, float, bool]] = {
    "light": ("light", 1.0, False),
    "dark": ("dark", 1.0, False),
    "high-contrast": ("contrast", 1.0, False),
    "large-text": ("light", 1.5, False),
    "right-to-left": ("light", 1.0, True),
}
# What would show something of this computer in the pictures.
_NOT_OURS = ("NODE_", "SSL_", "LOOPMAIL_", "QT_")
SIZE = (1440, 900)
# The pictures of the README: stop, look and the name under which it is kept beside this file.
BEST = (
    ("02-no-mail", "light", "first-page"),
    ("06-sent", "light", "sent"),
    ("07-refused", "light", "refused"),
    ("05-production", "dark", "production"),
    ("31-catcher", "light", "catcher"),
    ("51-how-it-reads", "light", "how-it-reads"),
)


def main() -> int:
    """Draw all looks, or one."""
    parser = argparse.ArgumentParser(description="Draw all pages and dialogs of loopmail.")
    parser.add_argument("folder", nargs="?", default=ROOT / "build" / "screenshots", type=Path)
    parser.add_argument("--look", choices=LOOKS)
    arguments = parser.parse_args()
    if arguments.look is not None:
        return draw(arguments.look, arguments.folder / arguments.look)
    codes = [_draw_apart(look, arguments.folder) for look in LOOKS]
    for stop, look, name in BEST:
        picture = arguments.folder / look / f"{stop}.png"
        if picture.exists():
            shutil.copyfile(picture, HERE / f"{name}.png")
    sys.stdout.write(f"The pictures are in {arguments.folder}.\n")
    return max(codes)


def _draw_apart(look: str, folder: Path) -> int:
    """Draw a look in a process of its own, with no home, keyring or screen of the user's."""
    with tempfile.TemporaryDirectory(prefix="loopmail-screenshots-") as home:
        mine = {
            f"XDG_{name}_HOME": f"{home}/{name.lower()}" for name in ("STATE", "CONFIG", "DATA")
        }
        variables = {
            **{name: text for name, text in os.environ.items() if not name.startswith(_NOT_OURS)},
            **mine,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM") or "offscreen",
            "LOOPMAIL_APPEARANCE": LOOKS[look][0],
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        command = [sys.executable, __file__, "--look", look, str(folder)]
        return subprocess.run(command, env=variables, check=False).returncode


def draw(look: str, folder: Path) -> int:
    """Draw all stops of the walk; return 1 if one of them failed."""
    sys.path[:0] = [str(ROOT / "gui"), str(ROOT / "resources"), str(ROOT / "tests")]
    from PySide6.QtCore import Qt, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from loopmail.app import make_application
    from ui.layout_audit import settle
    from ui.tour import touring

    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    qInstallMessageHandler(_tell)
    app = make_application()
    _, scale, right_to_left = LOOKS[look]
    font = app.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    app.setFont(font)
    if right_to_left:
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    failed = []
    with tempfile.TemporaryDirectory(prefix="loopmail-") as apps, touring(Path(apps)) as tour:
        tour.window.resize(*SIZE)
        for name, go in tour.stops():
            try:
                page = go()
                settle()
                focus = QApplication.focusWidget()
                if focus is not None and page is tour.window:
                    focus.clearFocus()  # no cursor that blinks, and no frame by chance
                if not page.grab().save(str(folder / f"{name}.png")):
                    raise OSError("the picture was not saved")
            except Exception:  # noqa: BLE001 - the others are drawn all the same
                traceback.print_exc()
                failed.append(name)
    drawn = len(list(folder.glob("*.png")))
    sys.stdout.write(f"{look}: {drawn} pictures{_but(failed)}\n")
    return 1 if failed else 0


def _tell(_kind: object, _context: object, text: str) -> None:
    """Print what Qt says, but for what the screen that is none cannot do."""
    if not text.startswith("This plugin does not support"):
        sys.stderr.write(f"{text}\n")


def _but(failed: list[str]) -> str:
    return f", but not {', '.join(failed)}" if failed else ""


if __name__ == "__main__":
    sys.exit(main())
