"""What a test showed: transcript, certificate, the message as sent, this session's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QWidget,
)

from loopmail.smtp.verdict import TranscriptLine, Verdict
from loopmail.ui.sending.verdict_banner import loopback_report
from loopmail.ui.widgets.building_blocks import plain_tip
from loopmail.ui.widgets.table import STRETCH, Column, Roles, RowsModel, plain_table
from loopmail.ui.widgets.theme import colours

if TYPE_CHECKING:
    from loopmail.net.certificates import CertificateFacts, TlsFacts


# --- TLS and certificates -------------------------------------------------------------


class CertificateView(QTableWidget):
    """The table `Certificate`; everything in it is plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setAccessibleName(self.tr("Certificate"))
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        self.setHorizontalHeaderLabels([self.tr("What"), self.tr("Value")])
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.show_facts(None)

    def show_facts(self, facts: TlsFacts | None) -> None:
        """Show these facts, or that there was no TLS."""
        rows = self._rows(facts)
        self.setRowCount(len(rows))
        for at, (what, value) in enumerate(rows):
            for column, text in enumerate((what, value)):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text) if column else "")
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                self.setItem(at, column, item)
        self.resizeRowsToContents()

    def _rows(self, facts: TlsFacts | None) -> list[tuple[str, str]]:
        if facts is None:
            return [(self.tr("TLS"), self.tr("not used"))]
        verified = self.tr("yes") if facts.verified else self.tr("no")
        rows = [
            (self.tr("Protocol"), facts.protocol),
            (self.tr("Cipher"), facts.cipher),
            (self.tr("Verified"), verified),
        ]
        if facts.problem:
            rows.append((self.tr("Problem"), facts.problem))
        chain = facts.chain or ((facts.certificate,) if facts.certificate else ())
        for at, certificate in enumerate(chain):
            title = (
                self.tr("Certificate") if at == 0 else self.tr("Issuer %1").replace("%1", str(at))
            )
            rows += self._certificate_rows(title, certificate)
        return rows

    def _certificate_rows(self, title: str, facts: CertificateFacts) -> list[tuple[str, str]]:
        rows = [(title, facts.subject), (self.tr("Issued by"), facts.issuer)]
        if facts.names:
            rows.append((self.tr("Names"), ", ".join(facts.names)))
        validity = f"{facts.not_before} – {facts.not_after}"
        return [*rows, (self.tr("Valid (UTC)"), validity)]


# --- A test as plain text, to copy or save: without secrets, since the transcript is masked ---


def report_text(verdict: Verdict, datasource: str, when: datetime) -> str:
    """Return the report of one test."""
    lines = [
        f"loopmail test of {datasource}, {when.isoformat(sep=' ', timespec='seconds')}",
        "",
        verdict.sentence(),
    ]
    if report := loopback_report(verdict):
        lines.append(f"LoopBack {verdict.major} would report: {report}")
    if verdict.accepted:
        lines.append(f"Accepted: {', '.join(verdict.accepted)}")
    if verdict.rejected:
        lines.append(f"Rejected: {', '.join(verdict.rejected)}")
    lines += [f"Note: {note}" for note in verdict.notes]
    lines += _diagnosis(verdict)
    if verdict.stages:
        lines += ["", "Stages"]
        lines += [f"  {stage.stage:<10} {stage.ms:9.1f} ms" for stage in verdict.stages]
    lines += _tls(verdict)
    if verdict.transcript:
        lines += ["", "Transcript (ms; C client, S server; secrets masked)"]
        for line in verdict.transcript:
            lines.append(f"  {line.ms:9.1f} {line.sender[0].upper()}: {line.text}")
    return "\n".join(lines) + "\n"


def _diagnosis(verdict: Verdict) -> list[str]:
    found = verdict.diagnosis
    if found is None:
        return []
    steps = [f"  {at}. {step}" for at, step in enumerate(found.steps, 1)]
    return ["", f"Diagnosis: {found.title}", found.why, *steps]


def _tls(verdict: Verdict) -> list[str]:
    facts = verdict.tls
    if facts is None:
        return []
    verified = "verified" if facts.verified else f"not verified: {facts.problem or 'unknown'}"
    lines = ["", f"TLS: {facts.protocol}, {facts.cipher}, {verified}"]
    chain = facts.chain or ((facts.certificate,) if facts.certificate else ())
    return lines + [_certificate(one) for one in chain]


def _certificate(facts: CertificateFacts) -> str:
    names = f", names {', '.join(facts.names)}" if facts.names else ""
    return (
        f"  {facts.subject}, issued by {facts.issuer}{names}, "
        f"valid {facts.not_before} to {facts.not_after}"
    )


# --- The dialogue with the server as an item model and its table ----------------------

_Role = Qt.ItemDataRole
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_ARROWS = {"client": "→", "server": "←"}


def _line_text(line: TranscriptLine) -> str:
    return line.text


class TranscriptModel(RowsModel[TranscriptLine]):
    """Columns ms, direction, text; the direction has words for those who do not see the arrow."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        left: Roles = {_Role.TextAlignmentRole: lambda _: Qt.AlignmentFlag.AlignLeft | _MIDDLE}
        right: Roles = {_Role.TextAlignmentRole: lambda _: Qt.AlignmentFlag.AlignRight | _MIDDLE}
        muted: Roles = {_Role.ForegroundRole: lambda _: QColor(colours().muted)}
        words: Roles = {_Role.AccessibleTextRole: self._who, _Role.ToolTipRole: self._who}
        whole: Roles = {_Role.AccessibleTextRole: _line_text, _Role.FontRole: lambda _: font}
        untold: Roles = {_Role.ToolTipRole: lambda _: None}
        self.columns = (
            Column(self.tr("ms"), lambda line: f"{line.ms:.0f}", right | muted | untold),
            Column(self.tr("From"), lambda line: _ARROWS[line.sender], left | muted | words),
            Column(self.tr("Line"), _line_text, left | whole),
        )

    def _who(self, line: TranscriptLine) -> str:
        return self.tr("server") if line.sender == "server" else self.tr("client")

    def text(self) -> str:
        """Return the transcript as plain text."""
        marks = {"client": "C", "server": "S"}
        return "\n".join(f"{line.ms:8.1f}  {marks[line.sender]}: {line.text}" for line in self.rows)


class TranscriptTable(QTableView):
    """The table `Transcript`; the copy shortcut takes the whole dialogue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = TranscriptModel(self)
        plain_table(self, self.lines, self.tr("Transcript"), (58, 50, STRETCH), row_height=24)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setMinimumSectionSize(30)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def append(self, line: TranscriptLine) -> None:
        """Add a line and keep the last one in sight."""
        self.lines.append(line)
        self.scrollToBottom()

    def copy(self) -> None:
        """Put the dialogue (secrets are masked in it) on the clipboard."""
        QApplication.clipboard().setText(self.lines.text())


# --- The tabs -------------------------------------------------------------------------

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
