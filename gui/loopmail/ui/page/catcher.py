"""The page of the mail catcher: what has arrived, as text, source, headers and raw."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QSplitter, QTableView, QTabWidget, QWidget

from loopmail.catcher.received import CaughtMessage
from loopmail.core.errors import LoopmailError
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGINS,
    ReadOnlyText,
    add_tabs,
    button,
    chip,
    column,
    heading,
    plain_label,
    primary_button,
    row,
    say,
)
from loopmail.ui.widgets.table import STRETCH, Column, RowsModel, plain_table

# --- The list of messages -------------------------------------------------------------


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

    def add(self, message: CaughtMessage) -> None:
        """Add a message that has just arrived, once."""
        if all(one.number != message.number for one in self.rows):
            self.append(message)


# --- The page -------------------------------------------------------------------------

_MAX_SHOWN_CHARS = 500_000


class CatcherPage(QWidget):
    """A list of messages above the one that is selected; server text is plain text only."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.host = CatcherHost.of(state)
        self.model = MessagesModel(self)
        widths = (80, 190, 190, STRETCH)
        self.table = plain_table(QTableView(), self.model, self.tr("Messages"), widths, single=True)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_current())
        self.address = chip("", "accent")
        self.empty = plain_label("", "muted", wrap=True)
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.start_button = primary_button(self.tr("Start Mail Catcher"), self.start)
        self.stop_button = button(self.tr("Stop Mail Catcher"), self.host.stop)
        self.copy_button = button(self.tr("Copy Address"), self._copy_address)
        titles = (self.tr("Text"), self.tr("HTML source"), self.tr("Headers"), self.tr("Raw"))
        self.views = [ReadOnlyText(title) for title in titles]
        self.tabs = add_tabs(QTabWidget(), *zip(titles, self.views, strict=True))
        self._lay_out()
        self.host.changed.connect(self.refresh)
        self.host.arrived.connect(self._arrived)
        self.refresh()

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.tabs)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        title = heading(self.tr("Mail catcher"))
        buttons = (self.copy_button, self.stop_button, self.start_button)
        column(
            row(title, self.address, 1, *buttons, spacing=10),
            self.sentence,
            self.empty,
            (split, 1),
            spacing=GAP,
            margins=PAGE_MARGINS,
            inside=self,
        )

    def start(self) -> None:
        """Listen on a free port; say in a sentence why it cannot."""
        try:
            self.host.start()
        except LoopmailError as error:
            say(self.sentence, str(error))
        else:
            self.sentence.hide()

    def refresh(self) -> None:
        """Show whether the catcher listens, and what it has."""
        running = self.host.running
        messages = self.host.messages()
        if messages != self.model.rows:
            self.model.set_rows(messages)
        self.address.setVisible(running)
        self.address.setText(f"{self.host.address}:{self.host.port}")
        self.start_button.setVisible(not running)
        self.stop_button.setVisible(running)
        self.copy_button.setVisible(running)
        self._show_empty()
        if self.model.rows and not self.table.currentIndex().isValid():
            self.table.selectRow(self.model.rowCount() - 1)
        self._show_current()

    def _show_empty(self) -> None:
        if self.host.running:
            text = self.tr(
                "Waiting for mail. Choose the preset “Mail catcher (this window)” for a transport "
                "and send a test message; it arrives here and goes nowhere else."
            )
        else:
            text = self.tr(
                "The mail catcher is a small mail server inside this window. What is sent to it "
                "is shown here and goes nowhere else."
            )
        self.empty.setText(text)
        self.empty.setVisible(not self.model.rows)

    def _arrived(self, message: object) -> None:
        if isinstance(message, CaughtMessage) and self.host.running:
            self.model.add(message)
            self.table.selectRow(self.model.rowCount() - 1)
            self.table.scrollToBottom()
            self._show_empty()

    def _show_current(self) -> None:
        at = self.table.currentIndex().row()
        if not 0 <= at < len(self.model.rows):
            texts = ["", "", "", ""]
        else:
            message = self.model.rows[at]
            headers = "\n".join(f"{name}: {value}" for name, value in message.headers)
            raw = message.raw[:_MAX_SHOWN_CHARS].decode("utf-8", "replace").replace("\r\n", "\n")
            texts = [message.text, message.html, headers, raw]
        for view, text in zip(self.views, texts, strict=True):
            view.setPlainText(text[:_MAX_SHOWN_CHARS])

    def _copy_address(self) -> None:
        QApplication.clipboard().setText(self.address.text())
