"""The ways on when the keyring does not take a secret: again, together, or somewhere else."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from loopmail.core.errors import KeyringShared
from loopmail.ui.widgets import link_button


class WaysOut(QWidget):
    """Buttons under a sentence about the keyring."""

    again = Signal()
    share = Signal()
    move_wanted = Signal(str)  # to this home

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about_reading = False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        self._again = QPushButton(self.tr("Try Again"))
        self._again.clicked.connect(self.again)
        outside = link_button(self.tr("Use an Environment Variable"))
        outside.clicked.connect(partial(self.move_wanted.emit, "environment"))
        plain = link_button(self.tr("Keep It in the File"))
        plain.clicked.connect(partial(self.move_wanted.emit, "file"))
        self._share = QPushButton(self.tr("Use the Entries Together"))
        self._share.clicked.connect(self.share)
        self.buttons = [self._again, outside, plain, self._share]
        for button in self.buttons:
            line.addWidget(button)
        line.addStretch(1)
        self.hide()

    def offer(self, error: object = None, *, reading: bool = False) -> None:
        """Show the ways that lead on after this error; None hides them.

        A TimeoutError: the keyring has not answered yet. `reading`: it could not be read.
        """
        self.about_reading = reading and error is not None
        shared = isinstance(error, KeyringShared)
        self._share.setVisible(shared)
        self._again.setVisible(not shared and not isinstance(error, TimeoutError))
        for button in self.buttons[1:3]:
            button.setVisible(not reading)
        self.setVisible(error is not None)
