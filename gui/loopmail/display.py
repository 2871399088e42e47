"""Whether there is a screen to open a window on."""

import os
import sys


def has_display() -> bool:
    """Tell whether Qt could open a window; only X11 and Wayland can be known to be missing."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
