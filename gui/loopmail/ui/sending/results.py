"""What a test showed: transcript, certificate, the message as sent, this session's history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QTabWidget, QWidget

from loopmail.smtp.verdict import Verdict
from loopmail.ui.sending.certificate import CertificateView
from loopmail.ui.sending.history import History
from loopmail.ui.sending.one_test import Finished
from loopmail.ui.sending.transcript import TranscriptView
from loopmail.ui.sending.verdict_banner import loopback_report
from loopmail.ui.widgets.building_blocks import ReadOnlyText, add_tabs, link_button, row
from loopmail.ui.widgets.small_parts import icon_button

if TYPE_CHECKING:
    from loopmail.net.certificates import CertificateFacts, TlsFacts


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
        digest = f", SHA-256 {one.sha256}" if one.sha256 else ""
        lines.append(f"  {one.subject}, issued by {one.issuer}{names}, {valid}{digest}")
    return lines


def _chain(facts: TlsFacts) -> tuple[CertificateFacts, ...]:
    """The certificates from the server's on; it alone where the chain is not known."""
    return facts.chain or ((facts.certificate,) if facts.certificate else ())


# --- The tabs -------------------------------------------------------------------------

_MAX_SHOWN_BYTES = 300_000


class Results(QTabWidget):
    """The tabs under the stages; choosing a test in History shows it again."""

    chosen = Signal(object)  # Finished
    said = Signal(str)

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
        tip = self.tr("Copy the report of this test, without secrets")
        self.copy_button = link_button(self.tr("Copy"), self.copy_report, tip=tip)
        self.save_button = link_button(self.tr("Save Report…"), self._choose_file)
        self.buttons = row(1, self.copy_button, self.save_button)  # the panel places them
        self._show_buttons()

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
