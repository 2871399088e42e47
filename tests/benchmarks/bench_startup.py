"""Start-up to the first paint, against a bare QMainWindow, each in a process of its own.

Prints medians in milliseconds of wall time and the ratio of the two, measured in turn.
"""

import statistics
import subprocess
import sys
import time

RUNS = 9
BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
app.processEvents()
"""
LOOPMAIL = """
from loopmail.app import make_application, make_window
from loopmail.ui.session.settings import Settings
app = make_application()
window = make_window(Settings())
window.show()
app.processEvents()
import os
os._exit(0)
"""


def milliseconds(code: str) -> float:
    """Run the code in a fresh interpreter and return its wall time."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Measure in turn, after one warm-up of each."""
    for code in (BARE, LOOPMAIL):
        milliseconds(code)
    bare, full = [], []
    for _ in range(RUNS):
        bare.append(milliseconds(BARE))
        full.append(milliseconds(LOOPMAIL))
    ratio = statistics.median(b / a for a, b in zip(bare, full, strict=True))
    print(f"bare QMainWindow   {statistics.median(bare):7.0f} ms")
    print(f"loopmail           {statistics.median(full):7.0f} ms")
    print(f"ratio              {ratio:7.2f}")


if __name__ == "__main__":
    main()
