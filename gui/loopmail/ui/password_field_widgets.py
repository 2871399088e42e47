"""The widgets of a secret: its field, where it is kept, the ways on when the keyring refuses."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit

from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.secret_names import secret_ending
from loopmail.ui.icons import icon
from loopmail.ui.password_field_homes import HOMES, PASS
from loopmail.ui.password_field_ways import WaysOut
from loopmail.ui.transport_form_row import FieldRow


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
        self.ways_out = WaysOut(self.home_row)
        self.home_row.add_below(self.ways_out)

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
