"""The app's keyring entries as a table: never their values."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from loopmail.core.keyring_entries import Entry
from loopmail.ui.adopt_row import place_words
from loopmail.ui.text_table import Column, RowsModel


class PasswordsModel(RowsModel[Entry]):
    """Columns Variable, Environment, Kept in, Used by."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outside: frozenset[str] = frozenset()
        self.columns = (
            Column(self.tr("Variable"), lambda entry: entry.variable),
            Column(self.tr("Environment"), lambda entry: entry.env or self.tr("every")),
            Column(self.tr("Kept in"), self._home),
            Column(self.tr("Used by"), self._users),
        )

    def show_entries(self, entries: Sequence[Entry], outside: Sequence[str]) -> None:
        """Show these; `outside` are the variables that the environment has, which wins."""
        self._outside = frozenset(outside)
        self.set_rows(entries)

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
