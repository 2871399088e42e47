"""The TLS policy: one choice for the two keys `ignoreTLS` and `requireTLS`."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.ui.binding import odd_value
from loopmail.ui.state import BASE_FILE
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues

IGNORE, REQUIRE = "/ignoreTLS", "/requireTLS"
OPPORTUNISTIC, REQUIRED, IGNORED = range(3)


def policy_of(values: TransportValues) -> int:
    """Return the policy in force; ignoreTLS beats requireTLS (smtp-connection)."""
    if truthy(values.current(IGNORE)):
        return IGNORED
    return REQUIRED if truthy(values.current(REQUIRE)) else OPPORTUNISTIC


def switched_off(values: TransportValues, path: str) -> Json:
    """Return what turns a key off in the layer: nothing, or false over a layer beneath it."""
    if values.state.layer == BASE_FILE:
        return UNDEFINED
    own, effective = values.own(path), values.effective(path)
    return False if own is not UNDEFINED or truthy(effective) else UNDEFINED


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
        """Show what the file says now."""
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(policy_of(self.values))
        note = self.row.tr("Not used: TLS begins with the first byte.") if already_secure else ""
        self.row.set_note(note)
        odd = [odd_value("check", self.values.own(path)) for path in (IGNORE, REQUIRE)]
        self.row.set_sentence(" ".join(text for text in odd if text))
        pointers = [self.values.pointer(path) for path in (IGNORE, REQUIRE)]
        state = self.values.state
        self.row.set_problems(
            [p for p in state.problems if p.pointer in pointers and p.file == state.layer]
        )

    def _write(self, index: int) -> None:
        wanted = {
            IGNORE: True if index == IGNORED else switched_off(self.values, IGNORE),
            REQUIRE: True if index == REQUIRED else switched_off(self.values, REQUIRE),
        }
        self.values.state.change(
            self.row.tr("Change TLS policy"),
            lambda _: self.values.changes(wanted),
            self.row.set_sentence,
        )
