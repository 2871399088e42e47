"""The card “Server”: provider, type, host, port, secure, TLS policy."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QLabel, QWidget

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.edit.presets import apply_preset, find_preset, load_presets, preset_of
from loopmail.core.loopback.transport import Transport
from loopmail.ui.form.binding import FieldBinding, FieldProblems, lock, odd_value, origin_note
from loopmail.ui.form.card import FormCard, field_at
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.widgets.building_blocks import ChoiceBox, with_mnemonic

# --- The list of providers ------------------------------------------------------------

CATCHER = "catcher"


class PresetBox(QObject):
    """The combo box `Preset`: the first entry is “another server”."""

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        self.host = CatcherHost.of(values.state)
        self.combo = ChoiceBox()
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
        transport = self.values.transport
        host, port = transport.effective("/host"), transport.effective("/port")
        decides = transport.overruled("/host", "/port", "/secure", "/auth")
        lock(self.combo, decides is not None)
        note = ""
        if decides is not None:
            note = self.tr("{0} has the last word").format(decides)
        self.row.set_origin(note, decides)
        if self.host.running and (host, port) == (self.host.address, self.host.port):
            wanted = CATCHER
        else:
            preset = preset_of(host) if isinstance(host, str) else None
            wanted = preset.id if preset is not None else ""
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(max(0, self.combo.findData(wanted)))

    def _apply(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if not chosen:
            return
        values, state = self.values, self.values.state

        def build(workspace: Workspace) -> Sequence[Change]:
            if chosen != CATCHER:
                place = (workspace, state.layer, values.datasource)
                return apply_preset(*place, find_preset(chosen), transport=values.index or 0)
            nothing_for = values.transport.nothing_for  # `tls` and the rest stay
            return values.changes(
                {
                    "/type": "smtp",
                    "/host": self.host.address,
                    "/port": self.host.port,
                    "/secure": False,
                    "/requireTLS": nothing_for("/requireTLS"),
                    "/auth": nothing_for("/auth"),
                }
            )

        text = self.tr("Apply preset %1").replace("%1", self.combo.itemText(index))
        if chosen != CATCHER:
            values.leave_to_user("/auth/user", "/auth/pass", "/auth")
        if state.change(text, build, self.row.set_sentence):
            self.row.set_sentence("")
        else:
            self.refresh()


# --- The TLS policy -------------------------------------------------------------------

IGNORE, REQUIRE = "/ignoreTLS", "/requireTLS"
_POLICIES: tuple[str, ...] = ("starttls-if-offered", "starttls-required", "never")


class TlsPolicy:
    """The combo box and its row."""

    def __init__(self, values: TransportValues) -> None:
        self.values = values
        self.combo = ChoiceBox()
        self.combo.setObjectName("field-tls-policy")
        self.combo.setToolTip("ignoreTLS, requireTLS")
        self.row = FieldRow(self.combo)
        self.row.line.addStretch(1)
        tr = self.row.tr
        self.combo.addItem(tr("STARTTLS if the server offers it"))
        self.combo.addItem(tr("Require STARTTLS"))
        self.combo.addItem(tr("Ignore TLS"))
        self.combo.currentIndexChanged.connect(self._write)

    def show(self, transport: Transport, already_secure: bool) -> None:
        """Show the policy in force; it does not matter where TLS begins with the first byte."""
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(_POLICIES.index(transport.starttls))
        lock(self.combo, transport.overruled(IGNORE, REQUIRE) is not None)
        notes = [origin_note(transport, path) for path in (IGNORE, REQUIRE)]
        texts = list(dict.fromkeys(note.text for note in notes if note.text))
        if already_secure:
            texts.append(self.row.tr("Not used: TLS begins with the first byte."))
        file = next((note.file for note in notes if note.file), None)
        self.row.set_origin("\n".join(texts), file)
        odd = [odd_value("check", transport.own(path)) for path in (IGNORE, REQUIRE)]
        self.row.set_sentence(" ".join(text for text in odd if text))

    def show_problems(self, found: FieldProblems) -> None:
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
        super().__init__(values, parent)
        self.title.setText(self.tr("Server"))
        self._in_tls = False  # whether TLS begins with the first byte
        self.preset = PresetBox(values, self)
        self.add_row(self.tr("Preset"), self.preset.row, self.preset.combo, "P")
        type_ = replace(field_at("/type", self.tr("Type"), "choice"), choices=_TYPES)
        binding = self.add_field(type_, mnemonic="y")
        binding.default = lambda: self.tr("stub: nothing is sent")
        binding.row.line.addStretch(1)
        self.add_field(field_at("/host", self.tr("Host"), "text"), mnemonic="o")
        port = self.add_field(field_at("/port", self.tr("Port"), "number"), mnemonic="r")
        self.secure = self._add_secure(port.row)
        self.policy = TlsPolicy(values)
        self.add_row(self.tr("TLS policy"), self.policy.row, self.policy.combo, "L")

    def _add_secure(self, beside: FieldRow) -> FieldBinding:
        field = field_at("/secure", self.tr("Secure"), "boolean")
        secure = self.make_binding(field, "check", self.tr("TLS from the first byte"))
        secure.default = lambda: "true" if self._in_tls else "false"
        label = QLabel(with_mnemonic(self.tr("Secure"), "S"))
        label.setBuddy(secure.widget)
        beside.line.addSpacing(12)
        beside.line.addWidget(label)
        beside.line.addWidget(secure.widget)
        beside.line.addStretch(1)
        self.form.addRow(QWidget(), secure.row)
        return secure

    def show_values(self, transport: Transport) -> None:
        """Show what the file says now."""
        self._in_tls = transport.starts_in_tls(self.state.versions.nodemailer_major)
        self.policy.show(transport, self._in_tls)
        self.preset.refresh()
        super().show_values(transport)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about server and security."""
        super().show_problems(found)
        self.policy.show_problems(found)
        secure = self.secure.row
        secure.setVisible(secure.has_text)
        self.form.setRowVisible(secure, secure.has_text)
