"""What a test showed: transcript, certificate, the message as sent, this session's history."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QWidget,
)

from loopmail.mail.verdict import TranscriptLine, Verdict
from loopmail.ui.certificate_view import CertificateView
from loopmail.ui.test_panel_report import report_text
from loopmail.ui.transcript_model import TranscriptTable

_MAX_SHOWN_BYTES = 300_000
_MAX_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Finished:
    """A test of this session."""

    datasource: str
    when: datetime
    verdict: Verdict
    concerned: str  # the data source whose problems explain it; another one may stop the start


class Results(QTabWidget):
    """The tabs under the stages; choosing a test in History shows it again."""

    chosen = Signal(object)  # Finished
    said = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setMinimumHeight(200)
        self.shown: Finished | None = None
        self.finished: list[Finished] = []
        self.transcript = TranscriptTable()
        self.certificate = CertificateView()
        self.message = QPlainTextEdit()
        self.message.setReadOnly(True)
        self.message.setTabChangesFocus(True)
        self.message.setAccessibleName(self.tr("Message as sent"))
        self.message.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.history = QListWidget()
        self.history.setAccessibleName(self.tr("History"))
        self.history.currentRowChanged.connect(self._choose)
        for page, title in (
            (self.transcript, self.tr("Transcript")),
            (self.certificate, self.tr("Certificate")),
            (self.message, self.tr("Message")),
            (self.history, self.tr("History")),
        ):
            self.addTab(page, title)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the report of this test, without secrets"))
        self.copy_button.clicked.connect(self.copy_report)
        self.save_button = QPushButton(self.tr("Save Report…"))
        self.save_button.clicked.connect(self._choose_file)
        self._show_buttons()

    def buttons(self) -> QHBoxLayout:
        """Return the row of buttons, to be placed by the panel."""
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.copy_button)
        row.addWidget(self.save_button)
        return row

    def _show_buttons(self) -> None:
        for button in (self.copy_button, self.save_button):
            button.setProperty("role", "link")
            button.setVisible(self.shown is not None)

    def begin(self) -> None:
        """A test begins: empty the tabs."""
        self.shown = None
        self.transcript.lines.set_rows(())
        self.certificate.show_facts(None)
        self.message.clear()
        self.setCurrentWidget(self.transcript)
        self._show_buttons()

    def line(self, line: TranscriptLine) -> None:
        """A line of the dialogue has passed."""
        self.transcript.append(line)

    def end(self, finished: Finished) -> None:
        """A test has ended: show it and put it on top of the history."""
        self.finished.insert(0, finished)
        time = finished.when.strftime("%H:%M:%S")
        sentence = finished.verdict.sentence()
        self.history.blockSignals(True)
        self.history.insertItem(0, f"{time}  {finished.datasource}  {sentence}")
        self.history.setCurrentRow(-1)
        while len(self.finished) > _MAX_HISTORY:
            self.finished.pop()
            self.history.takeItem(self.history.count() - 1)
        self.history.blockSignals(False)
        self.show_finished(finished)

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

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self.finished):
            self.chosen.emit(self.finished[row])

    def forget(self) -> None:
        """Another app is open: forget this one's tests."""
        self.begin()
        self.finished.clear()
        self.history.clear()

    # --- the report ----------------------------------------------------------------------

    def report(self) -> str:
        """Return the report of the test that is shown, or an empty text."""
        shown = self.shown
        return report_text(shown.verdict, shown.datasource, shown.when) if shown else ""

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QApplication.clipboard().setText(self.report())

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
            self.said.emit(self.tr("The report was not saved: %1.").replace("%1", reason))
