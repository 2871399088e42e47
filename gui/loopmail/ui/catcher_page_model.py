"""The list of caught messages as an item model."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from loopmail.mail.catcher import CaughtMessage
from loopmail.ui.tips import for_role

_Index = QModelIndex | QPersistentModelIndex


class MessagesModel(QAbstractTableModel):
    """Columns Time, From, To, Subject."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.messages: list[CaughtMessage] = []

    def set_messages(self, messages: list[CaughtMessage]) -> None:
        """Show these messages."""
        if messages == self.messages:
            return
        self.beginResetModel()
        self.messages = list(messages)
        self.endResetModel()

    def append(self, message: CaughtMessage) -> None:
        """Add a message that has just arrived, once."""
        if any(one.number == message.number for one in self.messages):
            return
        at = len(self.messages)
        self.beginInsertRows(QModelIndex(), at, at)
        self.messages.append(message)
        self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Count the messages."""
        return 0 if parent.isValid() else len(self.messages)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Four columns."""
        return 0 if parent.isValid() else 4

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Time"), self.tr("From"), self.tr("To"), self.tr("Subject"))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text."""
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        message = self.messages[index.row()]
        time = message.received[11:19] or message.received
        to = ", ".join(message.envelope_to)
        texts = (time, message.envelope_from, to, message.subject)
        return for_role(texts[index.column()], role)
