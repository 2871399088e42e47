"""The list of caught messages as an item model."""

from PySide6.QtCore import QObject

from loopmail.mail.catcher import CaughtMessage
from loopmail.ui.text_table import Column, RowsModel


class MessagesModel(RowsModel[CaughtMessage]):
    """Columns Time, From, To, Subject."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = (
            Column(self.tr("Time"), lambda one: one.received[11:19] or one.received),
            Column(self.tr("From"), lambda one: one.envelope_from),
            Column(self.tr("To"), lambda one: ", ".join(one.envelope_to)),
            Column(self.tr("Subject"), lambda one: one.subject),
        )

    def set_messages(self, messages: list[CaughtMessage]) -> None:
        """Show these messages; nothing happens if they are the same."""
        if messages != self.rows:
            self.set_rows(messages)

    def add(self, message: CaughtMessage) -> None:
        """Add a message that has just arrived, once."""
        if all(one.number != message.number for one in self.rows):
            self.append(message)
