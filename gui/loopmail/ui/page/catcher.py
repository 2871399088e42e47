"""The page of the mail catcher: what has arrived, as text, source, headers and raw."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from loopmail.catcher.received import CaughtMessage
from loopmail.core.errors import LoopmailError
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGIN,
    chip,
    heading,
    plain_label,
    primary_button,
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

    def set_messages(self, messages: list[CaughtMessage]) -> None:
        """Show these messages; nothing happens if they are the same."""
        if messages != self.rows:
            self.set_rows(messages)

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
        self.table = self._make_table()
        self.address = chip("", "accent")
        self.empty = plain_label("", "muted", wrap=True)
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.start_button = primary_button(self.tr("Start Mail Catcher"))
        self.start_button.clicked.connect(self.start)
        self.stop_button = QPushButton(self.tr("Stop Mail Catcher"))
        self.stop_button.clicked.connect(self.host.stop)
        self.copy_button = QPushButton(self.tr("Copy Address"))
        self.copy_button.clicked.connect(self._copy_address)
        self.tabs = self._make_tabs()
        self._lay_out()
        self.host.changed.connect(self.refresh)
        self.host.arrived.connect(self._arrived)
        self.refresh()

    def _make_table(self) -> QTableView:
        widths = (80, 190, 190, STRETCH)
        table = plain_table(QTableView(), self.model, self.tr("Messages"), widths, single=True)
        table.selectionModel().currentRowChanged.connect(lambda *_: self._show_current())
        return table

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        self.views: list[QPlainTextEdit] = []
        for title in (self.tr("Text"), self.tr("HTML source"), self.tr("Headers"), self.tr("Raw")):
            view = QPlainTextEdit()
            view.setReadOnly(True)
            view.setAccessibleName(title)
            view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            view.setTabChangesFocus(True)
            tabs.addTab(view, title)
            self.views.append(view)
        return tabs

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAGE_MARGIN, 18, PAGE_MARGIN, PAGE_MARGIN)
        layout.setSpacing(GAP)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(heading(self.tr("Mail catcher")))
        top.addWidget(self.address)
        top.addStretch(1)
        for button in (self.copy_button, self.stop_button, self.start_button):
            top.addWidget(button)
        layout.addLayout(top)
        layout.addWidget(self.sentence)
        layout.addWidget(self.empty)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self.tabs)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        layout.addWidget(split, 1)

    def start(self) -> None:
        """Listen on a free port; say in a sentence why it cannot."""
        try:
            self.host.start()
        except LoopmailError as error:
            self.sentence.setText(str(error))
            self.sentence.show()
            return
        self.sentence.hide()

    def refresh(self) -> None:
        """Show whether the catcher listens, and what it has."""
        running = self.host.running
        self.model.set_messages(self.host.messages())
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
