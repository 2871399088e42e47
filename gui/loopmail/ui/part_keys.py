"""F6 and Shift+F6: from one part of the window to the next."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def go_to_part(parts: Sequence[QWidget], step: int) -> None:
    """Move the focus `step` visible parts on, to what had it there last, else to the first field."""
    shown = [part for part in parts if part.isVisible()]
    if not shown:
        return
    focus = QApplication.focusWidget()
    at = next((i for i, part in enumerate(shown) if focus and part.isAncestorOf(focus)), None)
    first = 0 if step > 0 else len(shown) - 1
    for tried in range(len(shown)):
        next_one = first + tried * step if at is None else at + (tried + 1) * step
        target = _target(shown[next_one % len(shown)])
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def _target(part: QWidget) -> QWidget | None:
    last = part.focusWidget()
    if last is not None and last.isVisible() and _takes_tab(last):
        return last
    widget = part.nextInFocusChain()
    while widget is not None and widget is not part:
        if part.isAncestorOf(widget) and widget.isVisible() and _takes_tab(widget):
            return widget
        widget = widget.nextInFocusChain()
    return None


def _takes_tab(widget: QWidget) -> bool:
    return widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
