"""Pages on the web: opened in the user's browser, and by nothing that the app brings along."""

import os

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from loopmail.core.disk.programs import safe_path
from loopmail.ui.session.state import AppState


def open_address(state: AppState | None, url: str) -> bool:
    """Open an address in the user's browser, started by no program of the app; tell whether.

    Qt looks for `xdg-open` in relative entries of PATH, too, and that starts others in turn.
    """
    workspace = state.workspace if state is not None else None
    before = os.environ.get("PATH")
    if workspace is None or before is None:
        return QDesktopServices.openUrl(QUrl(url))
    os.environ["PATH"] = safe_path(workspace.app.root) or os.defpath  # empty: the current folder
    try:
        return QDesktopServices.openUrl(QUrl(url))
    finally:
        os.environ["PATH"] = before
