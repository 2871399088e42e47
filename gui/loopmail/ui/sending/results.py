"""What a test showed: transcript, certificate, the message as sent, this session's history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QListWidget,
    QTableView,
    QTabWidget,
    QWidget,
)

from loopmail.smtp.verdict import TranscriptLine, Verdict
from loopmail.ui.sending.one_test import Finished
from loopmail.ui.sending.verdict_banner import loopback_report
from loopmail.ui.widgets.building_blocks import ReadOnlyText, add_tabs, link_button, row
from loopmail.ui.widgets.table import FIT, STRETCH, Column, Roles, RowsModel, plain_table
from loopmail.ui.widgets.theme import colours

if TYPE_CHECKING:
    from loopmail.net.certificates import CertificateFacts, TlsFacts


_Role = Qt.ItemDataRole

# --- TLS and certificates -------------------------------------------------------------


class CertificateView(QTableView):
    """The table `Certificate`; everything in it is plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: RowsModel[tuple[str, str]] = RowsModel(self)
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        aligned: Roles = {_Role.TextAlignmentRole: lambda _: top}
        untold: Roles = {_Role.ToolTipRole: lambda _: None}
        self.facts.columns = (
            Column(self.tr("What"), lambda fact: fact[0], aligned | untold),
            Column(self.tr("Value"), lambda fact: fact[1], aligned),
        )
        plain_table(self, self.facts, self.tr("Certificate"), (FIT, STRETCH))
        self.setWordWrap(True)
        self.show_facts(None)

    def show_facts(self, facts: TlsFacts | None) -> None:
        """Show these facts, or that there was no TLS."""
        self.facts.set_rows(self._rows(facts))
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
        for at, certificate in enumerate(_chain(facts)):
            title = self.tr("Issuer {0}").format(at) if at else self.tr("Certificate")
            rows += [(title, certificate.subject), (self.tr("Issued by"), certificate.issuer)]
            if certificate.names:
                rows.append((self.tr("Names"), ", ".join(certificate.names)))
            validity = f"{certificate.not_before} – {certificate.not_after}"
            rows.append((self.tr("Valid (UTC)"), validity))
        return rows


# --- A test as plain text, to copy or save: without secrets, since the transcript is masked ---


def report_text(verdict: Verdict, datasource: str, when: datetime) -> str:
    """Return the report of one test."""
    lines = [
        f"loopmail test of {datasource}, {when.isoformat(sep=' ', timespec='seconds')}",
        "",
        verdict.sentence(),
    ]
    if report := loopback_report(verdict, told=verdict.sentence()):
        lines.append(f"LoopBack {verdict.major} would report: {report}")
    if verdict.accepted:
        lines.append(f"Accepted: {', '.join(verdict.accepted)}")
    if verdict.rejected:
        lines.append(f"Rejected: {', '.join(verdict.rejected)}")
    lines += [f"Note: {note}" for note in verdict.notes]
    if (found := verdict.diagnosis) is not None:
        lines += ["", f"Diagnosis: {found.title}", *filter(None, [verdict.explanation()])]
        lines += [f"  {at}. {step}" for at, step in enumerate(found.steps, 1)]
    if verdict.stages:
        lines += ["", "Stages"]
        lines += [f"  {stage.stage:<10} {stage.ms:9.1f} ms" for stage in verdict.stages]
    if verdict.tls is not None:
        lines += _tls(verdict.tls)
    if verdict.transcript:
        lines += ["", "Transcript (ms; C client, S server; secrets masked)"]
        for line in verdict.transcript:
            lines.append(f"  {line.ms:9.1f} {line.sender[0].upper()}: {line.text}")
    return "\n".join(lines) + "\n"


def _tls(facts: TlsFacts) -> list[str]:
    verified = "verified" if facts.verified else f"not verified: {facts.problem or 'unknown'}"
    lines = ["", f"TLS: {facts.protocol}, {facts.cipher}, {verified}"]
    for one in _chain(facts):
        names = f", names {', '.join(one.names)}" if one.names else ""
        valid = f"valid {one.not_before} to {one.not_after}"
        lines.append(f"  {one.subject}, issued by {one.issuer}{names}, {valid}")
    return lines


def _chain(facts: TlsFacts) -> tuple[CertificateFacts, ...]:
    """The certificates from the server's on; it alone where the chain is not known."""
    return facts.chain or ((facts.certificate,) if facts.certificate else ())


# --- The dialogue with the server as an item model and its table ----------------------

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


class Results(QTabWidget):
    """The tabs under the stages; choosing a test in History shows it again."""

    chosen = Signal(object)  # Finished
    said = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(200)
        self.shown: Finished | None = None
        self.finished: list[Finished] = []
        self.transcript = TranscriptTable()
        self.certificate = CertificateView()
        self.message = ReadOnlyText(self.tr("Message as sent"))
        self.history = QListWidget()
        self.history.setAccessibleName(self.tr("History"))
        self.history.currentRowChanged.connect(self._choose)
        add_tabs(
            self,
            (self.tr("Transcript"), self.transcript),
            (self.tr("Certificate"), self.certificate),
            (self.tr("Message"), self.message),
            (self.tr("History"), self.history),
        )
        tip = self.tr("Copy the report of this test, without secrets")
        self.copy_button = link_button(self.tr("Copy"), self.copy_report, tip=tip)
        self.save_button = link_button(self.tr("Save Report…"), self._choose_file)
        self.buttons = row(1, self.copy_button, self.save_button)  # the panel places them
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self.copy_button, self.save_button):
            button.setVisible(self.shown is not None)

    def begin(self) -> None:
        """A test begins: empty the tabs."""
        self.shown = None
        self.transcript.lines.set_rows(())
        self.certificate.show_facts(None)
        self.message.clear()
        self.setCurrentWidget(self.transcript)
        self._show_buttons()

    def end(self, finished: Finished) -> None:
        """A test has ended: put it on top of the history."""
        self.finished.insert(0, finished)
        time = finished.when.strftime("%H:%M:%S")
        sentence = finished.verdict.sentence()
        self.history.blockSignals(True)
        where = finished.datasource + (f" · {finished.env}" if finished.env else "")
        self.history.insertItem(0, f"{time}  {where}  {sentence}")
        self.history.setCurrentRow(-1)
        while len(self.finished) > _MAX_HISTORY:
            self.finished.pop()
            self.history.takeItem(self.history.count() - 1)
        self.history.blockSignals(False)

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
        if shown is None:
            return ""
        where = shown.datasource + (f" in {shown.env}" if shown.env else "")
        return report_text(shown.verdict, where, shown.when)

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
            self.said.emit(self.tr("The report was not saved: {0}.").format(reason))
