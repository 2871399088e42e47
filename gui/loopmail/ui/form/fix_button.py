"""A button that fixes a problem, whose tool tip shows the lines before and after."""

from html import escape

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QPushButton, QToolTip, QWidget

from loopmail.core.app.difference import DifferingLine
from loopmail.core.checks.fixes import preview
from loopmail.core.checks.problem import Fix
from loopmail.ui.session.state import AppState


class FixButton(QPushButton):
    """Asks its fix for the preview when the pointer rests on it, not before."""

    def __init__(self, text: str, fix: Fix, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.fix = fix
        if fix.removes:  # what the user has set: never the first thing to press
            self.setProperty("role", "link")
        self.setToolTip(fix.summary)
        self.setAccessibleDescription(fix.summary)

    def preview(self) -> list[DifferingLine]:
        """Return what the fix would change in the app that the window shows."""
        state = state_of(self)
        if state is None or state.workspace is None:
            return []
        return preview(state.workspace, self.fix)

    def event(self, event: QEvent) -> bool:
        """Show the preview as tool tip (Qt's virtual method)."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(self.fix, self.preview()), self)
            return True
        return super().event(event)


def state_of(widget: QWidget) -> AppState | None:
    """Return the state of the page or window that the widget stands in."""
    place: QWidget | None = widget
    while place is not None:
        state = getattr(place, "state", None)
        if isinstance(state, AppState):
            return state
        place = place.parentWidget()
    return None


def tip(fix: Fix, lines: list[DifferingLine]) -> str:
    """Return the tool tip: the summary and the lines, all of them as plain text."""
    if not lines:
        return f"<p>{escape(fix.summary)}</p>"
    shown = "\n".join(f"{line.sign} {line.text}" for line in lines)
    return f"<p>{escape(fix.summary)}</p><pre>{escape(shown)}</pre>"
