"""What a test showed: transcript, certificate, the message as sent, this session's history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QTabWidget, QWidget

from loopmail.ui.sending.certificate import CertificateView
from loopmail.ui.sending.history import History
from loopmail.ui.sending.one_test import Finished
from loopmail.ui.sending.report import report_text
from loopmail.ui.sending.transcript import TranscriptView
from loopmail.ui.widgets.building_blocks import ReadOnlyText, add_tabs, em, link_button, row
from loopmail.ui.widgets.small_parts import BesideOrBelow, icon_button

if TYPE_CHECKING:
    pass


# --- The tabs -------------------------------------------------------------------------

_MAX_SHOWN_BYTES = 300_000


class Results(QTabWidget):
    """The tabs under the stages; choosing a test in History shows it again."""

    chosen = Signal(object)  # Finished
    said = Signal(str)
    told = Signal(str)  # a note beside the verdict

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(12 * self.fontMetrics().height())
        self.shown: Finished | None = None
        self.dialogue = TranscriptView()
        self.transcript = self.dialogue.table
        self.certificate = CertificateView()
        self.message = ReadOnlyText(self.tr("Message as sent"))
        self.past = History()
        self.history = self.past.list
        self.past.chosen.connect(self._choose)
        add_tabs(
            self,
            (self.tr("Transcript"), self.dialogue),
            (self.tr("Certificate"), self.certificate),
            (self.tr("Message"), self.message),
            (self.tr("History"), self.past),
        )
        self.filter_button = icon_button(
            "filter", self.tr("Filter the Transcript"), self.dialogue.open_filter
        )
        self.copy_all_button = icon_button(
            "copy", self.tr("Copy the Transcript"), self.transcript.copy_all
        )
        self.setCornerWidget(self._corner())
        self.tabBar().setDrawBase(False)  # it would stand above the corner
        self.currentChanged.connect(self._show_corner)
        self.copy_button = link_button(self.tr("Copy"))
        self.copy_button.setMenu(self._copies())
        self.copy_button.setMinimumWidth(self.copy_button.sizeHint().width() + em(3))  # its arrow
        self.save_button = link_button(self.tr("Save Report…"), self._choose_file)
        # the panel places them
        self.buttons = BesideOrBelow(1, self.copy_button, self.save_button)
        self._show_buttons()

    def _copies(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        report = menu.addAction(self.tr("Copy Report"), self.copy_report)
        report.setToolTip(self.tr("Verdict, stages, certificates and transcript, without secrets"))
        swaks = menu.addAction(self.tr("Copy as swaks Command"), self.copy_swaks)
        swaks.setToolTip(self.tr("The same test for a shell; the password is a variable"))
        menu.addAction(self.tr("Copy Transcript"), self.transcript.copy_all)
        return menu

    def _corner(self) -> QWidget:
        made = QWidget()
        row(self.filter_button, self.copy_all_button, inside=made)
        return made

    def _show_corner(self) -> None:
        """Show what belongs to the transcript beside its tab alone."""
        for button in (self.filter_button, self.copy_all_button):
            button.setVisible(self.currentWidget() is self.dialogue)

    def _show_buttons(self) -> None:
        for button in (self.copy_button, self.save_button):
            button.setVisible(self.shown is not None)

    def begin(self) -> None:
        """A test begins: empty the tabs."""
        self.shown = None
        self.transcript.lines.set_rows(())
        self.certificate.show_facts(None)
        self.message.clear()
        self.setCurrentWidget(self.dialogue)
        self._show_buttons()

    @property
    def finished(self) -> list[Finished]:
        """The tests of this session, the newest first."""
        return self.past.finished

    def end(self, finished: Finished) -> None:
        """A test has ended: put it on top of the history."""
        self.past.end(finished)

    def show_finished(self, finished: Finished) -> None:
        """Show what a test came to."""
        self.shown = finished
        verdict = finished.verdict
        if tuple(self.transcript.lines.rows) != verdict.transcript and verdict.transcript:
            self.transcript.lines.set_rows(verdict.transcript)
        elif not verdict.transcript and verdict.outcome != "cancelled":
            self.transcript.lines.set_rows(())
        self.certificate.show_facts(verdict.tls)
        raw = verdict.raw_message[:_MAX_SHOWN_BYTES].decode("utf-8", "replace")
        self.message.setPlainText(raw.replace("\r\n", "\n"))
        self._show_buttons()

    def _choose(self, finished: Finished) -> None:
        self.chosen.emit(finished)
        self.setCurrentWidget(self.past)  # where one may choose another one beside it

    def forget(self) -> None:
        """Another app is open: forget this one's tests."""
        self.begin()
        self.past.forget()

    # --- the report ----------------------------------------------------------------------

    def report(self) -> str:
        """Return the report of the test that is shown, or an empty text."""
        shown = self.shown
        if shown is None:
            return ""
        where = shown.datasource + (f" in {shown.env}" if shown.env else "")
        return report_text(shown.verdict, where, shown.when)

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QApplication.clipboard().setText(self.report())

    def copy_swaks(self) -> None:
        """Put the equal command line of swaks on the clipboard; say why if there is none."""
        if self.shown is None:
            return
        about = self.shown.about
        if about.swaks:
            QApplication.clipboard().setText(about.swaks)
        else:
            self.told.emit(about.no_swaks)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save Report"), "loopmail-report.txt", self.tr("Text (*.txt)")
        )
        if name:
            self.save_report(Path(name))

    def save_report(self, path: Path) -> None:
        """Write the report to a file; say in a sentence why it cannot be."""
        try:
            path.write_text(self.report(), encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.said.emit(self.tr("The report was not saved: {0}.").format(reason))
