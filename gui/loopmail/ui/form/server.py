"""The card “Server”: provider, type, host, port, secure, TLS policy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.checks.problem import Problem
from loopmail.core.edit.presets import Preset, apply_preset, find_preset, load_presets, preset_of
from loopmail.ui.form.binding import FieldProblems, odd_value
from loopmail.ui.form.card import FormCard, field_at
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.widgets.building_blocks import with_mnemonic

# --- The list of providers ------------------------------------------------------------

CATCHER = "catcher"


class PresetBox(QObject):
    """The combo box `Preset`: the first entry is “another server”."""

    failed = Signal(str)

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.host = CatcherHost.of(values.state)
        self.combo = QComboBox()
        self.combo.setObjectName("field-preset")
        self.combo.setMaxVisibleItems(24)
        self.row = FieldRow(self.combo)
        self.row.line.addStretch(1)
        self.combo.addItem(self.tr("Another server"), "")
        for preset in load_presets():
            self.combo.addItem(preset.name, preset.id)
        self.combo.currentIndexChanged.connect(self._apply)
        self.host.changed.connect(self._list_catcher)
        self._list_catcher()

    def preset(self) -> Preset | None:
        """Return the provider whose server the transport uses."""
        host = self.values.transport.current("/host")
        return preset_of(host) if isinstance(host, str) else None

    def _list_catcher(self) -> None:
        at = self.combo.findData(CATCHER)
        with QSignalBlocker(self.combo):
            if self.host.running and at < 0:
                self.combo.insertItem(1, self.tr("Mail catcher (this window)"), CATCHER)
            elif not self.host.running and at >= 0:
                self.combo.removeItem(at)
        self.refresh()

    def refresh(self) -> None:
        """Select the provider of the transport's host."""
        if self.values.state.workspace is None:
            return
        preset = self.preset()
        wanted = CATCHER if self._is_catcher() else preset.id if preset is not None else ""
        at = max(0, self.combo.findData(wanted))
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(at)

    def _is_catcher(self) -> bool:
        if not self.host.running:
            return False
        current = self.values.transport.current
        return bool(current("/port") == self.host.port and current("/host") == self.host.address)

    def _apply(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        values, state = self.values, self.values.state
        if not chosen:
            return
        preset = find_preset(chosen) if chosen != CATCHER else None

        def build(workspace: Workspace) -> Sequence[Change]:
            if preset is None:
                return values.changes(self._catcher_values())
            place = (workspace, state.layer, values.datasource)
            return apply_preset(*place, preset, transport=values.index or 0)

        name = self.tr("Mail catcher (this window)") if preset is None else preset.name
        text = self.tr("Apply preset %1").replace("%1", name)
        if state.change(text, build, self.row.set_sentence):
            self.row.set_sentence("")
        else:
            self.refresh()

    def _catcher_values(self) -> dict[str, object]:
        """Return host and port of the catcher, without sign-in; `tls` and the rest stay."""
        nothing_for = self.values.transport.nothing_for
        return {
            "/type": "smtp",
            "/host": self.host.address,
            "/port": self.host.port,
            "/secure": False,
            "/requireTLS": nothing_for("/requireTLS"),
            "/auth": nothing_for("/auth"),
        }


# --- The TLS policy -------------------------------------------------------------------

IGNORE, REQUIRE = "/ignoreTLS", "/requireTLS"
_POLICIES: tuple[str, ...] = ("starttls-if-offered", "starttls-required", "never")


class TlsPolicy:
    """The combo box and its row."""

    def __init__(self, values: TransportValues) -> None:
        self.values = values
        self.combo = QComboBox()
        self.combo.setObjectName("field-tls-policy")
        self.combo.setToolTip("ignoreTLS, requireTLS")
        self.row = FieldRow(self.combo)
        self.row.line.addStretch(1)
        tr = self.row.tr
        self.combo.addItems(
            [
                tr("STARTTLS if the server offers it"),
                tr("Require STARTTLS"),
                tr("Ignore TLS"),
            ]
        )
        self.combo.currentIndexChanged.connect(self._write)

    def refresh(self, already_secure: bool) -> None:
        """Show the policy in force; it does not matter where TLS begins with the first byte."""
        transport = self.values.transport
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(_POLICIES.index(transport.starttls))
        note = self.row.tr("Not used: TLS begins with the first byte.") if already_secure else ""
        self.row.set_note(note)
        odd = [odd_value("check", transport.own(path)) for path in (IGNORE, REQUIRE)]
        self.row.set_sentence(" ".join(text for text in odd if text))

    def show_problems(self, found: Mapping[str, Sequence[Problem]]) -> None:
        """Show what the checks found about the two keys."""
        self.row.set_problems([p for path in (IGNORE, REQUIRE) for p in found.get(path, ())])

    def _write(self, index: int) -> None:
        transport, chosen = self.values.transport, _POLICIES[index]
        wanted = {
            path: True if chosen == policy else transport.nothing_for(path)
            for path, policy in ((IGNORE, "never"), (REQUIRE, "starttls-required"))
        }
        self.values.state.change(
            self.row.tr("Change TLS policy"),
            lambda _: self.values.changes(wanted),
            self.row.set_sentence,
        )


# --- The card -------------------------------------------------------------------------

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

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about server and security."""
        super().show_problems(found)
        self.policy.show_problems(found)
        secure = self.secure.row
        secure.setVisible(secure.has_text)
        self.form.setRowVisible(secure, secure.has_text)
