"""The card “Server”: provider, type, host, port, secure, TLS policy."""

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from loopmail.ui.binding import Found
from loopmail.ui.preset_box import PresetBox
from loopmail.ui.transport_form_card import FormCard, field_at
from loopmail.ui.transport_form_policy import TlsPolicy
from loopmail.ui.transport_form_values import TransportValues
from loopmail.ui.widgets import with_mnemonic

_TYPES = ("smtp", "direct", "stub")


class ServerCard(FormCard):
    """Where the mail goes."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__("", values, parent)
        self.title.setText(self.tr("Server"))
        self.preset = PresetBox(values, self)
        self.add_row(self.tr("Preset"), self.preset.row, self.preset.combo, "P")
        self._add_type()
        self.add_field(field_at("/host", self.tr("Host"), "text"), mnemonic="o")
        self._add_port()
        self.policy = TlsPolicy(values)
        self.add_row(self.tr("TLS policy"), self.policy.row, self.policy.combo, "L")

    def _add_type(self) -> None:
        field = field_at("/type", self.tr("Type"), "choice")
        known = {*field.choices}
        choices = (*field.choices, *(one for one in _TYPES if one not in known))
        binding = self.add_field(replace(field, choices=choices), mnemonic="y")
        binding.default = lambda: self.tr("stub: nothing is sent")
        binding.row.line.addStretch(1)

    def _add_port(self) -> None:
        port = self.add_field(field_at("/port", self.tr("Port"), "number"), mnemonic="r")
        field = field_at("/secure", self.tr("Secure"), "boolean")
        text = self.tr("TLS from the first byte")
        self.secure = self.make_binding(field, "check", text)
        self.secure.default = lambda: "true" if self._starts_in_tls() else "false"
        box = self.secure.widget
        assert isinstance(box, QCheckBox)
        label = QLabel(with_mnemonic(self.tr("Secure"), "S"))
        label.setBuddy(box)
        port.row.line.addSpacing(12)
        port.row.line.addWidget(label)
        port.row.line.addWidget(box)
        port.row.line.addStretch(1)
        self.form.addRow(QWidget(), self.secure.row)

    def _starts_in_tls(self) -> bool:
        return self.values.transport.starts_in_tls(self.values.state.versions.nodemailer_major)

    def show_values(self) -> None:
        """Show what the file says now."""
        self.policy.refresh(self._starts_in_tls())
        self.preset.refresh()
        super().show_values()

    def show_problems(self, found: Found) -> None:
        """Show what the checks found about server and security."""
        super().show_problems(found)
        self.policy.show_problems(found)
        secure = self.secure.row
        secure.setVisible(secure.has_text)
        self.form.setRowVisible(secure, secure.has_text)
