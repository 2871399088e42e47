"""Tool tips of texts that come from files and servers: Qt would take some of them for markup."""

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as GuiQt


def plain_tip(text: str) -> str:
    """Return the tool tip that shows exactly this text."""
    if not GuiQt.mightBeRichText(text):
        return text
    from html import escape

    return f'<span style="white-space: pre-wrap">{escape(text)}</span>'


def for_role(text: str, role: int) -> str:
    """Return a cell's text for a role: made safe for tool tips, else as it is."""
    return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
