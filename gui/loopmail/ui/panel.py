"""A part of the window with a small title line that can be closed and opened again."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from loopmail.ui.icons import icon
from loopmail.ui.widgets import plain_label, set_role


class Panel(QWidget):
    """Title, room for buttons, a close button; below it the content, made when first wanted.

    `make` makes the content and hands it to `fill`.
    """

    def __init__(self, title: str, make: Callable[[], object], switch: QAction) -> None:
        super().__init__()
        set_role(self, "page")
        self._make = make
        self.title = plain_label(title, "heading")
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(6)
        close = QToolButton()
        close.setIcon(icon("close", "muted"))
        close.setAutoRaise(True)
        close.setAccessibleName(self.tr("Close {0}").format(title))
        close.setToolTip(self.tr("Close {0}").format(title))
        close.clicked.connect(lambda: switch.setChecked(False))
        header = QHBoxLayout()
        header.setContentsMargins(12, 6, 6, 4)
        header.addWidget(self.title)
        header.addStretch(1)
        header.addLayout(self.buttons)
        header.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(header)
        self._action = switch
        switch.toggled.connect(self._switch)
        self._switch(switch.isChecked())

    def fill(self, content: QWidget) -> None:
        """Take the content."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addWidget(content, 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes the panel (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Escape:
            self._action.setChecked(False)
        else:
            super().keyPressEvent(event)

    def _switch(self, on: bool) -> None:
        if on:
            self._make()
        self.setVisible(on)
