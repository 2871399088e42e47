"""The app's passwords in the keyring: listed, shown after asking, changed, deleted, exported."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.errors import LoopmailError, SecretError
from loopmail.core.secrets.entries import Entry, entries, needed_by
from loopmail.core.secrets.homes import plan_deletion
from loopmail.core.secrets.pending import EntryKey
from loopmail.core.secrets.resolution import export_line
from loopmail.core.secrets.store import KeyringStore, available_backends, service_name
from loopmail.ui.dialogs.passwords_model import (
    KEEP_SECONDS,
    BriefClipboard,
    KeyringBar,
    PasswordsModel,
)
from loopmail.ui.session.messages import Dialogs
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import plain_label, set_role, single_shot
from loopmail.ui.widgets.table import FIT, plain_table

_SHOW_SECONDS = 30


def delete_entry(state: AppState, dialogs: Dialogs, parent: QWidget, user: str) -> bool:
    """Let the next save delete an entry, after asking; tell whether the user agreed."""
    if state.workspace is None:
        return False
    text = QCoreApplication.translate(
        "PasswordsDialog", "Delete {0} from the keyring with the next save? Undo takes it back."
    ).format(user)
    needed = needed_by(state.snapshot(), user)
    if needed:
        still = QCoreApplication.translate("PasswordsDialog", "Still asked for by {0}.")
        text = "\n\n".join((text, still.format(", ".join(needed))))
    title = QCoreApplication.translate("PasswordsDialog", "Delete Password")
    yes = QCoreApplication.translate("PasswordsDialog", "Delete")
    if not dialogs.confirm(parent, title, text, yes):
        return False
    state.move_secret(plan_deletion((service_name(state.app_name), user)))
    return True


class PasswordsDialog(QDialog):
    """Stays open beside the work; every call of the keyring runs in a Job."""

    def __init__(self, state: AppState, dialogs: Dialogs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._dialogs = dialogs
        self._job: Job | None = None
        self._seen: Mapping[EntryKey, str | None] = {}  # what waits for the next save
        self.clipboard = BriefClipboard(self)
        self.setObjectName("passwordsDialog")
        self.setWindowTitle(self.tr("Passwords"))
        self.resize(680, 420)
        set_role(self, "page")
        self.lead = plain_label("", wrap=True)
        self.keyring = KeyringBar()
        self.keyring.changed.connect(self._ask_again)
        self.model = PasswordsModel(self)
        widths = (FIT, FIT, FIT, FIT)
        table = plain_table(QTableView(), self.model, self.tr("Passwords"), widths, single=True)
        table.setObjectName("passwords")
        table.setWordWrap(True)  # many places may use one password
        table.horizontalHeader().setStretchLastSection(True)
        table.selectionModel().currentChanged.connect(self._select)
        self.table = table
        self.value = QLineEdit()
        self.value.setObjectName("passwordValue")
        self.value.setEchoMode(QLineEdit.EchoMode.Password)
        self.value.returnPressed.connect(self.store_value)
        self.status = plain_label("", "muted", wrap=True)
        self._lay_out()
        self._hider = single_shot(self, _SHOW_SECONDS * 1000, self._hide_value)
        state.variables_changed.connect(self.refresh)
        state.undo_changed.connect(self._follow)
        state.opened.connect(self.close)
        self.refresh()

    def _lay_out(self) -> None:
        def button(text: str, slot: Callable[[], object]) -> QPushButton:
            made = QPushButton(text)
            made.setAutoDefault(False)
            made.clicked.connect(lambda _checked=False: slot())
            return made

        self.show_button = button(self.tr("Show…"), self.show_value)
        self.store_button = button(self.tr("Store"), self.store_value)
        self.delete_button = button(self.tr("Delete…"), self.delete)
        self.export_button = button(self.tr("Copy “export” Lines…"), self.export)
        change = QHBoxLayout()
        label = QLabel(self.tr("New password"))
        label.setBuddy(self.value)
        for widget in (label, self.value, self.store_button):
            change.addWidget(widget)
        buttons = QHBoxLayout()
        for made in (self.show_button, self.delete_button, self.export_button):
            buttons.addWidget(made)
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("Close"), self.close))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.lead)
        column.addWidget(self.keyring)
        column.addWidget(self.table, 1)
        column.addLayout(change)
        column.addWidget(self.status)
        column.addLayout(buttons)

    # -- showing ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask the keyring which entries there are."""
        state = self._state
        if state.workspace is None:
            return
        self._seen = state.entries.values()
        snapshot, store, secrets = state.snapshot(), state.store, state.secrets()
        self.lead.setText(
            self.tr("The passwords that “{0}” asks for with ${VARIABLE} in its files.").replace(
                "{0}", snapshot.app.name
            )
        )
        self.keyring.name.setText(self.tr("Asking the keyring… it may open a window of its own."))
        if self._job is not None:
            self._job.cancel()

        def ask() -> tuple[Sequence[Entry], str, Sequence[tuple[str, str]]]:
            several = available_backends() if isinstance(store, KeyringStore) else []
            return entries(secrets, snapshot), store.describe(), several

        self._job = Job(ask)
        self._job.done.connect(self._take)
        self._job.failed.connect(self._explain)
        self._job.start()
        self._select()

    def _take(self, answer: tuple[Sequence[Entry], str, Sequence[tuple[str, str]]]) -> None:
        found, name, backends = answer
        kept = self.current()
        outside = self._state.variables.environment
        self.model.show_entries(found, outside, [user for _, user in self._seen])
        self.keyring.show_keyring(self._state.store, name, backends)
        users = [entry.user for entry in found]
        row = users.index(kept.user) if kept is not None and kept.user in users else 0
        self.table.selectRow(row)
        self._select()

    def _explain(self, error: LoopmailError) -> None:
        if isinstance(error, SecretError):
            self.keyring.show_error(error)
            self.status.setText("")
        else:
            self.status.setText(str(error))

    def _follow(self) -> None:
        """Another step was made: what it wants of the keyring may be new."""
        if self._state.entries.values() != self._seen:
            self.refresh()

    def _ask_again(self) -> None:
        self._state.refresh_variables()
        self.refresh()

    def current(self) -> Entry | None:
        """Return the selected entry."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def _select(self) -> None:
        entry = self.current()
        for button in (self.show_button, self.delete_button):
            button.setEnabled(entry is not None and entry.stored)
        self.export_button.setEnabled(any(one.stored for one in self.model.rows))
        self.value.setEnabled(entry is not None)
        self.store_button.setEnabled(entry is not None)
        self._hide_value()

    def _hide_value(self) -> None:
        self.value.clear()
        self.value.setEchoMode(QLineEdit.EchoMode.Password)

    # -- doing --------------------------------------------------------------------------------

    def _call(self, call: Callable[[], object], done: Callable[[object], None]) -> None:
        job = Job(call)
        job.done.connect(done)
        job.failed.connect(self._explain)
        job.start()

    def show_value(self) -> None:
        """Show the password for a while, after asking."""
        entry = self.current()
        if entry is None or not self._dialogs.confirm(
            self,
            self.tr("Show Password"),
            self.tr("Show {0} on the screen for {1} seconds?").format(entry.user, _SHOW_SECONDS),
            self.tr("Show"),
        ):
            return
        secrets, service = self._state.secrets(), service_name(self._state.app_name)

        def shown(secret: object) -> None:
            if isinstance(secret, str) and self.current() == entry:
                self.value.setEchoMode(QLineEdit.EchoMode.Normal)
                self.value.setText(secret)
                self._hider.start()

        self._call(lambda: secrets.get(service, entry.user), shown)

    def store_value(self) -> None:
        """Take what was typed as the entry's password; the next save stores it."""
        entry, secret = self.current(), self.value.text()
        if entry is None or not secret:
            self.value.setFocus()
            return
        service = service_name(self._state.app_name)
        text = self.tr("Change {0}").format(entry.user)
        self._state.push(text, [], entries={(service, entry.user): secret})
        self.status.setText(
            self.tr("{0} is changed when you save; Undo takes it back.").format(entry.user)
        )

    def delete(self) -> None:
        """Let the next save delete the entry, after asking."""
        entry = self.current()
        if entry is None or not delete_entry(self._state, self._dialogs, self, entry.user):
            return
        self.status.setText(
            self.tr("{0} is deleted when you save; Undo takes it back.").format(entry.user)
        )

    def export(self) -> None:
        """Copy `export VARIABLE=…` lines for a shell, after asking; never to a file."""
        envs = (None, self._state.env)
        found = [entry for entry in self.model.rows if entry.stored and entry.env in envs]
        if not found or not self._dialogs.confirm(
            self,
            self.tr("Copy Passwords"),
            self.tr(
                "Copy {0} in plain text, as “export” lines for a shell? The clipboard is cleared"
                " after {1} seconds."
            ).format(", ".join(entry.user for entry in found), KEEP_SECONDS),
            self.tr("Copy"),
        ):
            return
        secrets, service = self._state.secrets(), service_name(self._state.app_name)

        def read() -> str:
            # An environment's own entry comes last, so that it wins in the shell too.
            ordered = sorted(found, key=lambda entry: entry.env is not None)
            values = {e.variable: secrets.get(service, e.user) for e in ordered}
            return "".join(f"{export_line(n, v)}\n" for n, v in values.items() if v is not None)

        def copy(text: object) -> None:
            if isinstance(text, str):
                self.clipboard.copy(text)
                self.status.setText(
                    self.tr("Copied; the clipboard is cleared in {0} seconds.").format(KEEP_SECONDS)
                )

        self._call(read, copy)

    def _fits(self, entry: Entry) -> bool:
        return entry.env in (None, self._state.env)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Keep nothing in sight or in the clipboard (Qt's virtual method)."""
        self._hide_value()
        super().closeEvent(event)
