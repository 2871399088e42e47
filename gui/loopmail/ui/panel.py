"""A part of the window with a small title line that can be closed and opened again."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from loopmail.ui.icons import icon
from loopmail.ui.widgets import plain_label, set_role


class Panel(QWidget):
    """Title, room for buttons, a close button; below it the content."""

    shown = Signal(bool)

    def __init__(self, title: str, content: QWidget, switch: QAction) -> None:
        super().__init__()
        set_role(self, "page")
        self.content = content
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
        rows.addWidget(content, 1)
        switch.toggled.connect(self.setVisible)
        self.setVisible(switch.isChecked())
