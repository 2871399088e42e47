"""The form of one transport: the cards Server, Sign-in, Certificate and More."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from loopmail.ui.state import AppState
from loopmail.ui.transport_form_certificate import CertificateCard
from loopmail.ui.transport_form_more import MoreCard
from loopmail.ui.transport_form_server import ServerCard
from loopmail.ui.transport_form_sign_in import SignInCard
from loopmail.ui.transport_form_values import TransportValues
from loopmail.ui.widgets import GAP


class TransportForm(QWidget):
    """Shows and edits one transport; another one is shown by `show_transport`."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values = TransportValues(state, "", 0)
        self.server = ServerCard(self.values, self)
        self.sign_in = SignInCard(self.values, self)
        self.certificate = CertificateCard(self.values, self)
        self.more = MoreCard(self.values, self)
        self.cards = (self.server, self.sign_in, self.certificate, self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for card in self.cards:
            layout.addWidget(card)

    def show_transport(self, datasource: str, index: int) -> None:
        """Show a transport by its data source and number."""
        if (datasource, index) != (self.values.datasource, self.values.index):
            self.sign_in.password.flush()
            self.values.datasource = datasource
            self.values.index = index
            for card in self.cards:
                card.reset()
        self.refresh()

    def refresh(self) -> None:
        """Let each card show the transport; nothing happens while no app is open."""
        if self.values.state.workspace is None:
            return
        for card in self.cards:
            card.show_values()
        self.show_problems()

    def show_problems(self) -> None:
        """Show what the checks found; no value is read for it."""
        found = self.values.problems()
        for card in self.cards:
            card.show_problems(found)
