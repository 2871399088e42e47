"""Parts of the passwords dialog: the table of entries, the clipboard, the keyring's state."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QObject, QSignalBlocker, Signal
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loopmail.core.edit.places import joined, place_words
from loopmail.core.errors import KeyringLocked, KeyringMissing, SecretError
from loopmail.core.secrets.entries import Entry
from loopmail.core.secrets.store import KeyringStore, SecretStore, choose_backend, chosen_backend
from loopmail.ui.widgets.building_blocks import Banner, ChoiceBox, plain_label, single_shot
from loopmail.ui.widgets.table import Column, RowsModel


class PasswordsModel(RowsModel[Entry]):
    """Columns Variable, Environment, Kept in, Used by."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outside: frozenset[str] = frozenset()
        self._pending: frozenset[str] = frozenset()
        self.columns = (
            Column(self.tr("Variable"), lambda entry: entry.variable),
            Column(self.tr("Environment"), lambda entry: entry.env or self.tr("every")),
            Column(self.tr("Kept in"), self._home),
            Column(self.tr("Used by"), self._users),
        )

    def show_entries(
        self, entries: Sequence[Entry], outside: Iterable[str], pending: Iterable[str] = ()
    ) -> None:
        """Show these; `outside` are the variables that the environment has, which wins.

        `pending` are the entries (user names) that the next save changes.
        """
        self._outside = frozenset(outside)
        self._pending = frozenset(pending)
        self.set_rows(entries)

    def _home(self, entry: Entry) -> str:
        if entry.stored and entry.user in self._pending:
            return self.tr("keyring, when you save")
        if entry.variable not in self._outside:
            return self.tr("keyring") if entry.stored else self.tr("nowhere yet")
        both = self.tr("environment, before the keyring")
        return both if entry.stored else self.tr("environment")

    def _users(self, entry: Entry) -> str:
        if not entry.uses:
            return self.tr("nothing any more")
        places = [joined(place_words(use.file or "", use.pointer)) for use in entry.uses]
        return ", ".join(dict.fromkeys(places))


# --- Secrets in the clipboard ---------------------------------------------------------

KEEP_SECONDS = 45


class BriefClipboard(QObject):
    """Puts a secret into the clipboard and takes it out again unless something else is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._timer = single_shot(self, KEEP_SECONDS * 1000, self.clear)

    def copy(self, text: str) -> None:
        """Copy a secret for KEEP_SECONDS."""
        data = QMimeData()
        data.setText(text)
        # KDE's and others' clipboard managers do not keep what is marked so.
        data.setData("x-kde-passwordManagerHint", b"secret")
        QGuiApplication.clipboard().setMimeData(data, QClipboard.Mode.Clipboard)
        self._text = text
        self._timer.start()

    def clear(self) -> None:
        """Take the secret out, if it is still there."""
        self._timer.stop()
        clipboard = QGuiApplication.clipboard()
        if self._text and clipboard.text() == self._text:
            clipboard.clear()
        self._text = ""


# --- The keyring's state --------------------------------------------------------------


class KeyringBar(QWidget):
    """A line with the keyring's name, or a banner that says what is wrong with it."""

    changed = Signal()  # another keyring was chosen, or the user wants to try again

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store: SecretStore | None = None
        self.banner = Banner("warn")
        again = QPushButton(self.tr("Try Again"))
        again.clicked.connect(self.changed)
        self.banner.add_button(again)
        self.banner.hide()
        self.name = plain_label("", "muted")
        self.choice = ChoiceBox()
        self.choice.setObjectName("keyringChoice")
        self.choice.currentIndexChanged.connect(self._choose)
        self._label = QLabel(self.tr("Keyring"))
        self._label.setBuddy(self.choice)
        line = QHBoxLayout()
        line.addWidget(self._label)
        line.addWidget(self.choice)
        line.addWidget(self.name, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.banner)
        rows.addLayout(line)
        self._label.hide()
        self.choice.hide()

    def show_keyring(
        self, store: SecretStore, name: str, backends: Sequence[tuple[str, str]]
    ) -> None:
        """Show a keyring that answered; a choice only if there are several."""
        self._store = store
        self.banner.hide()
        several = len(backends) > 1 and isinstance(store, KeyringStore)
        self._label.setVisible(several)
        self.choice.setVisible(several)
        self.name.setText("" if several else self.tr("Keyring: {0}").format(name))
        with QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItem(self.tr("The best one found"), None)
            for full, people in backends:
                same = [one for one in backends if one[1] == people]
                text = people if len(same) == 1 else f"{people} ({full.split('.')[-2]})"
                self.choice.addItem(text, full)
            self.choice.setCurrentIndex(max(0, self.choice.findData(chosen_backend())))

    def show_error(self, error: SecretError) -> None:
        """Say what is wrong and what one can do."""
        if isinstance(error, KeyringLocked):
            title = self.tr("The keyring is locked.")
        elif isinstance(error, KeyringMissing):
            title = self.tr("There is no keyring.")
        else:
            title = self.tr("The keyring did not answer as it should.")
        self.name.setText("")
        self.banner.say(title, str(error), "warn")
        self.banner.show()

    def _choose(self, index: int) -> None:
        choose_backend(self.choice.itemData(index))
        if isinstance(self._store, KeyringStore):
            self._store.choose(None)  # looks the remembered choice up again
        self.changed.emit()
