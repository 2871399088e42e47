"""The list of providers, which writes one into the transport."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox

from loopmail.core.presets import Preset, apply_preset, find_preset, load_presets, preset_of
from loopmail.core.workspace import Change, Workspace
from loopmail.ui.catcher_page_host import CatcherHost
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues

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
