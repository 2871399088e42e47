"""The app's keyring entries as a table: never their values."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from loopmail.core.keyring_entries import Entry
from loopmail.ui.adopt_row import place_words
from loopmail.ui.tips import for_role

Index = QModelIndex | QPersistentModelIndex


class PasswordsModel(QAbstractTableModel):
    """Columns Variable, Environment, Kept in, Used by."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self._outside: frozenset[str] = frozenset()

    def show_entries(self, entries: Sequence[Entry], outside: Sequence[str]) -> None:
        """Show these; `outside` are the variables that the environment has, which wins."""
        self.beginResetModel()
        self.entries = list(entries)
        self._outside = frozenset(outside)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """One row for each entry."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """Variable, environment, kept in, used by."""
        return 0 if parent.isValid() else 4

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            names = (
                self.tr("Variable"),
                self.tr("Environment"),
                self.tr("Kept in"),
                self.tr("Used by"),
            )
            return names[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the texts."""
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        entry = self.entries[index.row()]
        texts = (
            entry.variable,
            entry.env or self.tr("every"),
            self._home(entry),
            self._users(entry),
        )
        return for_role(texts[index.column()], role)

    def _home(self, entry: Entry) -> str:
        if entry.variable in self._outside:
            return (
                self.tr("environment, before the keyring")
                if entry.stored
                else self.tr("environment")
            )
        return self.tr("keyring") if entry.stored else self.tr("nowhere yet")

    def _users(self, entry: Entry) -> str:
        if not entry.uses:
            return self.tr("nothing any more")
        return ", ".join(dict.fromkeys(place_words(use.pointer) for use in entry.uses))
