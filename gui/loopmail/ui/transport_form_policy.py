"""The TLS policy: one choice for the two keys `ignoreTLS` and `requireTLS`."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from loopmail.core.checks.problem import Problem
from loopmail.ui.binding import odd_value
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues

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
