"""The widgets of a secret: its field, where it is kept, and buttons for when the keyring refuses."""

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from loopmail.core.errors import KeyringShared
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.secret_names import secret_ending
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.secret_homes import HOMES, PASS
from loopmail.ui.widgets.building_blocks import link_button
from loopmail.ui.widgets.icons import icon

# --- What the user can do when the keyring refuses ------------------------------------


class Remedies(QWidget):
    """What the user can do when the keyring fails: buttons under a sentence about it."""

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
        """Show what the user can do about this error; None hides the buttons.

        A TimeoutError: the keyring has not answered yet. `reading`: it could not be read.
        """
        self.about_reading = reading and error is not None
        shared = isinstance(error, KeyringShared)
        self._share.setVisible(shared)
        self._again.setVisible(not shared and not isinstance(error, TimeoutError))
        for button in self.buttons[1:3]:
            button.setVisible(not reading)
        self.setVisible(error is not None)


# --- The rows of a secret -------------------------------------------------------------


class SecretWidgets(QObject):
    """`row` has the field, `home_row` the choice of homes; they are one unless `apart`."""

    def __init__(
        self, path: str, label: str, parent: QObject | None = None, *, apart: bool = False
    ) -> None:
        super().__init__(parent)
        self.path = path
        self.label = label
        self._beside: QLabel | None = None
        self.edit = self._make_edit()
        self.home = self._make_home()
        self.row = FieldRow(self.edit)
        self.home_row = self._make_home_row(apart)
        self.remedies = Remedies(self.home_row)
        self.home_row.add_below(self.remedies)

    def _make_edit(self) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName("field" + self.path.replace("/", "-"))
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.setToolTip(self.path.strip("/").replace("/", "."))
        edit.setAccessibleName(self.label)
        self.reveal = QAction(icon("reveal"), self.tr("Show"), self)
        self.reveal.setCheckable(True)
        self.reveal.toggled.connect(self._reveal)
        edit.addAction(self.reveal, QLineEdit.ActionPosition.TrailingPosition)
        return edit

    def _make_home(self) -> QComboBox:
        home = QComboBox()
        home.setObjectName("field-password-home" if self.path == PASS else f"home-{self.path}")
        names = self.tr("Keyring"), self.tr("Environment variable"), self.tr("File")
        for kind, text in zip(HOMES, names, strict=True):
            home.addItem(text, kind)
        return home

    def _make_home_row(self, apart: bool) -> FieldRow:
        if apart:
            row = FieldRow(self.home)
            row.line.addStretch(1)
            return row
        self._beside = QLabel(self.tr("kept in"))
        self._beside.setProperty("role", "muted")
        # Several such rows stand on a page; a screen reader must tell them apart.
        self._beside.setAccessibleName(f"{self.label} {self._beside.text()}")
        self._beside.setBuddy(self.home)
        self.row.line.addWidget(self._beside)
        self.row.line.addWidget(self.home)
        return self.row

    def looks_secret(self) -> bool:
        """Tell whether the text is a secret by itself: a URL that carries a password."""
        return secret_ending(parse_pointer(self.path), self.edit.text()) is not None

    def show_as_secret(self, secret: bool) -> None:
        """Hide the text and offer the homes, or show the text alone."""
        self.home.setVisible(secret)
        if self._beside is not None:
            self._beside.setVisible(secret)
        self.reveal.setVisible(secret)
        shown = not secret or self.reveal.isChecked()
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def _reveal(self, on: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        self.reveal.setText(self.tr("Hide") if on else self.tr("Show"))
