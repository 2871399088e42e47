"""The page of the mail catcher: what has arrived, searched, looked at, saved and deleted."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QSplitter, QWidget

from loopmail.catcher.received import CaughtMessage
from loopmail.core.errors import LoopmailError
from loopmail.ui.page.caught import MessageView
from loopmail.ui.page.caught_list import MessagesTable
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    GAP,
    PAGE_MARGINS,
    Banner,
    button,
    chip,
    column,
    counted,
    em,
    heading,
    plain_label,
    primary_button,
    say,
)
from loopmail.ui.widgets.small_parts import BesideOrBelow


class CatcherPage(QWidget):
    """A list of messages beside the one that is looked at.

    What is deleted can be put back until something else is deleted, or the catcher stops.
    """

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.host = CatcherHost.of(state)
        self.table = MessagesTable()
        self.model = self.table.messages
        self.view = MessageView(state)
        self.search = QLineEdit()
        self.search.setAccessibleName(self.tr("Search messages"))
        self.search.setPlaceholderText(self.tr("Search sender, subject, text"))
        self.search.setClearButtonEnabled(True)
        self.count = plain_label("", "muted")
        self.address = chip("", "accent")
        self.empty = plain_label("", "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.start_button = primary_button(self.tr("Start Mail Catcher"), self.start)
        self.stop_button = button(self.tr("Stop Mail Catcher"), self.stop)
        self.copy_button = button(self.tr("Copy Address"), self._copy_address)
        self.clear_button = button(self.tr("Clear All"), self.clear)
        self.gone = Banner("info")
        self.undo_button = button(self.tr("Put Back"), self.put_back)
        self.gone.add_button(self.undo_button)
        self._deleted: list[CaughtMessage] = []
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        left = QWidget()
        column(self.search, self.count, (self.table, 1), spacing=6, inside=left)
        self.split = split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.view)
        split.setStretchFactor(1, 1)
        split.setSizes([em(42), em(80)])
        split.setChildrenCollapsible(False)
        self.gone.hide()
        title = heading(self.tr("Mail catcher"))
        buttons = (self.copy_button, self.clear_button, self.stop_button, self.start_button)
        column(
            BesideOrBelow(title, self.address, 1, *buttons),
            self.sentence,
            self.gone,
            self.empty,
            (split, 1),
            spacing=GAP,
            margins=PAGE_MARGINS,
            inside=self,
        )

    def _connect(self) -> None:
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_current())
        self.search.textChanged.connect(self._search)
        self.view.delete_wanted.connect(self.delete)
        self.view.said.connect(lambda text: say(self.sentence, text))
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.delete)
        self.host.changed.connect(self.refresh)
        self.host.arrived.connect(self._arrived)

    # --- listening -----------------------------------------------------------------------

    def start(self) -> None:
        """Listen on a free port; say in a sentence why it cannot."""
        try:
            self.host.start()
        except LoopmailError as error:
            say(self.sentence, str(error))
        else:
            self.sentence.hide()
            self.stop_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def stop(self) -> None:
        """Listen no more; what has arrived is forgotten."""
        self.host.stop()
        self.start_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show whether the catcher listens, and what it has."""
        running = self.host.running
        self._forget_deleted()
        self.model.show_messages(self.host.messages())
        self.address.setVisible(running)
        self.address.setText(f"{self.host.address}:{self.host.port}")
        self.start_button.setVisible(not running)
        self.stop_button.setVisible(running)
        self.copy_button.setVisible(running)
        self._look_at_first()
        self._show_counts()

    def _show_counts(self) -> None:
        there = bool(self.model.rows)
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
        self.empty.setVisible(not there)
        self.split.setVisible(there)
        self.clear_button.setVisible(there)
        shown, all_ = self.table.found.rowCount(), len(self.model.rows)
        if shown < all_:
            one, many = self.tr("{1} of 1 message"), self.tr("{1} of {0} messages")
        else:
            one, many = self.tr("1 message, {2} not read"), self.tr("{0} messages, {2} not read")
        text = (one if all_ == 1 else many).format(all_, shown, self.model.unread())
        self.count.setText(text)

    def _arrived(self, message: object) -> None:
        if isinstance(message, CaughtMessage) and self.host.running:
            first = not self.model.rows
            self.model.add(message)
            if first:
                self._look_at_first()
            self._show_counts()

    # --- looking -------------------------------------------------------------------------

    def _look_at_first(self) -> None:
        if not self.table.currentIndex().isValid() and self.table.found.rowCount():
            self.table.selectRow(0)
        self._show_current()

    def _show_current(self) -> None:
        message = self.table.current()
        self.view.show_message(message)
        if message is not None and self.isVisible():
            self.model.look_at(message)
            self._show_counts()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """What is shown now counts as read (Qt's virtual method)."""
        super().showEvent(event)
        self._show_current()

    def _search(self, text: str) -> None:
        self.table.found.search(text)
        self._look_at_first()
        self._show_counts()

    # --- deleting ------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the chosen messages; they can be put back."""
        at = self.table.currentIndex().row()
        self._remove(self.table.chosen())
        if (rows := self.table.found.rowCount()) > 0:
            self.table.selectRow(min(max(0, at), rows - 1))
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Delete all messages; they can be put back."""
        self._remove([one.number for one in self.model.rows])

    def _remove(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        self._deleted = self.host.remove(numbers)
        self._show_removed()
        one, many = self.tr("1 message was deleted."), self.tr("{0} messages were deleted.")
        self.gone.say(counted(len(self._deleted), one, many))
        self.gone.show()
        if not self.model.rows:
            self.undo_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_back(self) -> None:
        """Put back what was deleted last."""
        self.host.put_back(self._deleted)
        self._forget_deleted()
        self._show_removed()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _forget_deleted(self) -> None:
        self._deleted = []
        self.gone.hide()

    def _show_removed(self) -> None:
        self.model.show_messages(self.host.messages())
        self._look_at_first()
        self._show_counts()

    def _copy_address(self) -> None:
        QApplication.clipboard().setText(self.address.text())
