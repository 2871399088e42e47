"""The form of one transport: the cards Server, Sign-in, Certificate and More."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from loopmail.core.edit.connection_security import KEYS
from loopmail.core.edit.fields import Field
from loopmail.core.js import Json
from loopmail.ui.form.all_settings import lead_to
from loopmail.ui.form.card import FormCard, field_at
from loopmail.ui.form.more import MoreCard
from loopmail.ui.form.row import FieldProblems, FieldRow
from loopmail.ui.form.server import ServerCard
from loopmail.ui.form.sign_in import SignInCard
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import GAP

# --- The card “Certificate”: whether and how the server must prove who it is ----------

_MAX_PEM_BYTES = 1_000_000


class CertificateCard(FormCard):
    """Verification, the name that is asked for, and a private authority."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(values, parent)
        self.title.setText(self.tr("Certificate"))
        verify = field_at("/tls/rejectUnauthorized", self.tr("Verify certificate"), "boolean")
        text = self.tr("The server must prove who it is")
        self.verify = self.add_field(verify, "verify", text, "c")
        self.verify.default = lambda: "false" if self.verify.outside else "true"
        self.in_tls = True
        self.verify.before_write = self._verification
        name = field_at("/tls/servername", self.tr("Server name"), "text")
        self.name = self.add_field(name)
        self.name.default = self._default_name
        self.authority = self.add_field(field_at("/tls/ca", self.tr("CA certificate"), "lines"))
        self.authority.default = lambda: self.tr("Mozilla's authorities, as in Node")
        assert isinstance(self.authority.widget, QPlainTextEdit)
        self.authority.widget.setProperty("role", "field")
        self.load = QPushButton(self.tr("Load from file…"))
        self.load.clicked.connect(self._choose)
        self.authority.row.line.addWidget(self.load, 0, Qt.AlignmentFlag.AlignTop)

    def _verification(self, on: Json) -> Json:
        if on is True and self.verify.outside:
            return True  # only what is said counts more than the environment
        return self.values.transport.verification(on is True)

    def _default_name(self) -> str:
        major = self.values.state.versions.nodemailer_major
        name = self.values.transport.default_servername(major)
        if name is None:
            text = self.tr("none is sent (Nodemailer %1's default)")
            return text.replace("%1", str(major))
        return self.tr("%1 (the host, Nodemailer's default)").replace("%1", name)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Load CA Certificate"),
            "",
            self.tr("Certificates (*.pem *.crt *.cer);;All files (*)"),
        )
        if name:
            self.load_file(Path(name))

    def load_file(self, path: Path) -> None:
        """Put the PEM text of a file into the field; say in a sentence why it cannot be."""
        row = self.authority.row
        try:
            if path.stat().st_size > _MAX_PEM_BYTES:
                row.set_sentence(self.tr("That file is too large for a certificate."))
                return
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            text = ""
        if "-----BEGIN CERTIFICATE-----" not in text:
            row.set_sentence(
                self.tr(
                    "That file holds no PEM certificate (a text with “BEGIN CERTIFICATE”); "
                    "nothing was changed."
                )
            )
            return
        self.authority.write(text)


# --- The form of one transport: the cards Server, Sign-in, Certificate and More -------


class TransportForm(QWidget):
    """Shows and edits one transport; another one is shown by `show_transport`."""

    typing_ended = Signal()  # what was held back meanwhile can be said

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = TransportValues(state, "", 0)
        self.server = ServerCard(self.values, self)
        self.sign_in = SignInCard(self.values, self)
        self.certificate = CertificateCard(self.values, self)
        self.more = MoreCard(self.values, self._other_fields, self)
        self._held = False  # whether something waits to be said
        self._found: FieldProblems | None = None  # shown already, with the values as they are
        self.cards = (self.server, self.sign_in, self.certificate, self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for card in self.cards:
            layout.addWidget(card)
        self.values.left = self._say_held
        state.testing.connect(self._show_all)

    def set_narrow(self, narrow: bool) -> None:
        """Put the labels above the fields where there is little room, or beside them."""
        for card in self.cards:
            card.set_narrow(narrow)

    def _other_fields(self) -> list[tuple[Field, QWidget]]:
        """Return the fields above “More” that are shown now, with their editors."""
        security = field_at("/secure", self.server.security.name, "choice")
        found: list[tuple[Field, QWidget]] = [(security, self.server.security.combo)]
        for card in (self.server, self.sign_in, self.certificate):
            found += [(one.field, one.widget) for one in card.bindings]
            found += [(field_at(s.path, s.label, "secret"), s.edit) for s in card.secrets]
        return [(field, widget) for field, widget in found if widget.isVisible()]

    def lead_to(self, path: str) -> bool:
        """Put the focus into the field of a path, unfolding “More” for it; tell whether there is one."""
        self.more.open_for(path)
        if path in KEYS:
            target: QWidget | None = self.server.security.combo
        else:
            target = self.findChild(QWidget, "field" + path.replace("/", "-"))
        if target is None or not target.isEnabled():
            return False
        lead_to(target)
        return True

    def show_transport(self, datasource: str, index: int) -> None:
        """Show a transport by its data source and number."""
        if (datasource, index) != (self.values.datasource, self.values.index):
            for card in self.cards:
                card.reset()
            self.values.datasource = datasource
            self.values.index = index
            self._found = None
        self.refresh()

    def refresh(self) -> None:
        """Let each card show the transport; nothing happens while no app is open."""
        if self.values.state.workspace is None:
            return
        transport = self.values.transport
        for card in self.cards:
            card.show_values(transport)
        has_server = self.server.has_server
        for card in (self.sign_in, self.certificate):
            if card.isHidden() == has_server:
                card.setVisible(has_server)
        self.show_problems()

    def _show_all(self) -> None:
        self._found = None
        self.show_problems()

    @property
    def typed(self) -> FieldRow | None:
        """The row that is being typed in: meanwhile nothing else on the page may move it."""
        row = FieldRow.typed
        return row if row is not None and isValid(row) and self.isAncestorOf(row) else None

    def _say_held(self) -> None:
        if self._held:
            self._held = False
            self.show_problems()
            self.typing_ended.emit()

    def show_problems(self) -> None:
        """Show what the checks found; no value is read for it.

        While a field is typed in, the others wait until it is left.
        """
        found = self.values.problems()
        if found == self._found:
            return
        if (typed := self.typed) is not None:
            typed.show_found(found)
            self._held = True
            return
        self._found, self._held = found, False
        for card in self.cards:
            card.show_problems(found)
