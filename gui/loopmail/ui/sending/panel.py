"""The panel at the right: one test message, as the app's LoopBack would send it."""

from datetime import datetime

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from loopmail.core.checks.problem import Fix
from loopmail.core.errors import LoopmailError
from loopmail.net.cancel import Cancel
from loopmail.smtp.diagnosis import concerning
from loopmail.smtp.message import Message
from loopmail.smtp.probe import Combination
from loopmail.smtp.recorder import StageStarted
from loopmail.smtp.request import make_request
from loopmail.smtp.send import SendRequest, cancelled, send
from loopmail.smtp.verdict import Stage, StageTime, TranscriptLine, Verdict
from loopmail.ui.sending.app_answer import AppVerdict
from loopmail.ui.sending.message_form import MessageForm
from loopmail.ui.sending.probe import ProbeView, probe_fix, probe_question
from loopmail.ui.sending.results import Finished, Results
from loopmail.ui.sending.stage_chart import StageChart
from loopmail.ui.sending.verdict_banner import VerdictBanner
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    GAP,
    button,
    chip,
    column,
    connect_all,
    heading,
    plain_label,
    primary_button,
    row,
    single_shot,
)

# --- One test message at a time on a worker thread ------------------------------------

# A name look-up cannot be woken; after this long a stopped test is given up.
_GIVE_UP_MS = 600


class SendingRun(QObject):
    """Runs a request; its events and its verdict arrive on the GUI thread."""

    progressed = Signal(object)
    finished = Signal(object)  # Verdict
    failed = Signal(str)

    def __init__(self, request: SendRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request = request
        self._cancel = cancel = Cancel()
        self._over = False
        self._stage: Stage | None = None
        self._job = job = Job(lambda: send(request, cancel, job.report), on_cancel=cancel.cancel)
        job.progress.connect(self._on_event)
        job.done.connect(self._end)
        job.failed.connect(self._on_failed)
        self._give_up = single_shot(self, _GIVE_UP_MS, self._abandon)

    def start(self) -> None:
        """Send in a worker: `progressed` for each event, then `finished` or `failed`."""
        self._job.start()

    def stop(self) -> None:
        """Ask to stop; the verdict follows within a second."""
        self._cancel.cancel()
        if not self._over:
            self._give_up.start()

    def drop(self) -> None:
        """End without a verdict: nobody waits for it any more."""
        self._over = True
        self._give_up.stop()
        self._job.cancel()

    def _on_event(self, event: object) -> None:
        if not self._over:
            self._stage = getattr(event, "stage", self._stage)
            self.progressed.emit(event)

    def _on_failed(self, error: LoopmailError) -> None:
        self._over = True
        self._give_up.stop()
        self.failed.emit(str(error))

    def _abandon(self) -> None:
        self._job.cancel()
        self._end(cancelled(self.request, self._stage))

    def _end(self, verdict: Verdict) -> None:
        self._over = True
        self._give_up.stop()
        self.finished.emit(verdict)


# --- The panel at the right: one test message, as the app's LoopBack would send it ----


class SendingPanel(QScrollArea):
    """From fields to verdict; the dialogue runs on a worker thread."""

    running_changed = Signal(bool)

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.datasource = ""
        self._run: SendingRun | None = None
        self.message = MessageForm()
        self.chip = chip("", "accent")
        self.empty = plain_label(
            self.tr("Choose a mail data source to send a test message."), "muted", wrap=True
        )
        self.check_button = button(self.tr("Check Connection"), self.check_connection)
        self.send_button = primary_button(self.tr("Send Test Message"), self.send_test_message)
        self.stop_button = button(self.tr("Stop"), self.stop)
        self.stop_button.setEnabled(False)
        self.verdict = VerdictBanner()
        self.verdict.fix_requested.connect(self._fix)
        self._through_app = False  # after loopmail's own test, the app is asked
        self.app_verdict = AppVerdict(state)
        self.app_verdict.wanted.connect(self._send_both)
        self.app_verdict.ended.connect(self._over)
        self.probe = ProbeView()
        self.probe.chosen.connect(self._offer_found)
        self.probe.fix_requested.connect(self._fix)
        self.chart = StageChart()
        self.results = Results()
        self.results.chosen.connect(self._show)
        self.results.said.connect(self.verdict.say)
        self._lay_out()
        connect_all(
            self.refresh,
            state.changed,
            state.selection_changed,
            state.environment_changed,
            state.variables_changed,
        )
        state.opened.connect(self._forget)
        self.refresh()

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(340)
        self.content = QWidget()
        self.content.setProperty("role", "page")
        # Stop is at the top, so that the panel fits a window 1024 pixels wide.
        top = row(heading(self.tr("Test")), self.chip, 1, self.stop_button, spacing=10)
        column(
            top,
            self.empty,
            self.message,
            row(self.check_button, (self.send_button, 1), spacing=8),
            self.verdict,
            self.app_verdict,
            self.probe,
            self.chart,
            (self.results, 1),
            self.results.buttons,
            spacing=GAP,
            margins=(18, 18, 18, 14),
            inside=self.content,
        )
        self.setWidget(self.content)

    # --- what is tested ------------------------------------------------------------------

    def refresh(self) -> None:
        """Follow the selection: the panel stays with the mail data source chosen last."""
        names = []
        if self.state.workspace is not None:
            names = [one.name for one in self.state.datasources() if one.is_mail]
        kind, name = self.state.selection
        if kind == "datasource" and name in names:
            self.datasource = name
        elif self.datasource not in names:
            self.datasource = names[0] if names else ""
        there = bool(self.datasource)
        self.chip.setText(self.datasource)
        self.chip.setVisible(there)
        self.empty.setVisible(not there)
        self.message.setVisible(there)
        self._show_running(self._run is not None)
        if there:
            view, name = self.state.view(), self.datasource
            self.message.show_datasource(name, view.mail_user(name), view.aliases(name))

    def _forget(self) -> None:
        if self._run is not None:
            self._run.drop()
            self._over()
        self.datasource = ""
        self.message.forget()
        self.results.forget()
        self._clear()
        self.refresh()

    def _clear(self) -> None:
        """Take away what the last test came to."""
        self.verdict.clear()
        self.app_verdict.clear()
        self.probe.clear()
        self.chart.clear()

    # --- running -------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a test runs."""
        return self._run is not None

    def check_connection(self) -> None:
        """Connect, secure and sign in, without a message."""
        self._begin(verify_only=True)

    def send_test_message(self) -> None:
        """Send the message; a sentence says why a test cannot begin."""
        self._begin(verify_only=False)

    def send_through_app(self) -> None:
        """Send the message as loopmail and then through the app itself; asks for consent first."""
        if self._run is None and self.datasource:
            self.app_verdict.ask()
            self.ensureWidgetVisible(self.app_verdict)

    def _send_both(self) -> None:
        self._through_app = True
        self._begin(verify_only=False)
        self._through_app = self._run is not None

    def stop(self) -> None:
        """Stop the running test; its verdict follows within a second."""
        self._through_app = False
        if self._run is not None:
            self._run.stop()
        self.app_verdict.stop()

    def request(self, *, verify_only: bool) -> SendRequest:
        """Return what the fields ask for; raise LoopmailError with a sentence where nothing can be."""
        return make_request(
            self.state.view().again(),
            self.datasource,
            Message() if verify_only else self.message.message(),
            transport=self.message.alias(),
            verify_only=verify_only,
            problems=self.state.problems_here(),
        )

    def _begin(self, *, verify_only: bool) -> None:
        if self._run is not None or not self.datasource:
            return
        try:
            request = self.request(verify_only=verify_only)
        except LoopmailError as error:
            self.verdict.say(str(error))
            self.ensureWidgetVisible(self.verdict)
            return
        self._clear()
        self.results.begin()
        run = SendingRun(request, self)
        run.progressed.connect(self._on_event)
        run.finished.connect(self._on_verdict)
        run.failed.connect(self._on_failure)
        self._run = run
        self._show_running(True)
        self.running_changed.emit(True)
        run.start()

    def _show_running(self, running: bool) -> None:
        can = bool(self.datasource) and not running
        self.check_button.setEnabled(can)
        self.send_button.setEnabled(can)
        self.stop_button.setEnabled(running)
        self.app_verdict.set_possible(can)
        self.app_verdict.setVisible(bool(self.datasource))

    def _on_event(self, event: object) -> None:
        if isinstance(event, StageStarted):
            self.chart.begin(event.stage, event.ms)
        elif isinstance(event, StageTime):
            self.chart.end(event)
        elif isinstance(event, TranscriptLine):
            self.results.transcript.append(event)

    def _on_verdict(self, verdict: Verdict) -> None:
        concerned = self._run.request.datasource if self._run is not None else ""
        finished = Finished(self.datasource, datetime.now(), verdict, concerned)
        self.results.end(finished)
        self._show(finished)
        ended = verdict.outcome == "cancelled" or verdict.refused
        if self._through_app and self._run is not None and not ended:
            self.app_verdict.begin(self._run.request, verdict)
        else:
            self._over()

    def _on_failure(self, text: str) -> None:
        self.chart.clear()
        self.verdict.say(self.tr("Not sent: {0}").format(text), "error")
        self._over()

    def _over(self) -> None:
        run, self._run = self._run, None
        self._through_app = False
        if run is not None:
            run.deleteLater()
        self._show_running(False)
        self.running_changed.emit(False)

    def _show(self, finished: Finished) -> None:
        verdict = finished.verdict
        self.app_verdict.clear()
        failed = verdict.stage if verdict.outcome in ("failed", "crash") else None
        self.chart.show_stages(verdict.stages, failed)
        self.results.show_finished(finished)
        self.verdict.show_verdict(verdict, self._fixes(finished))
        self._offer_probe(finished)

    # --- finding what works ----------------------------------------------------------------

    def _offer_probe(self, finished: Finished) -> None:
        question = None
        if finished.datasource == self.datasource:
            alias = self.message.alias()
            question = probe_question(self.state, self.datasource, alias, finished.verdict)
        if question is None:
            self.probe.clear()
        else:
            self.probe.offer_probe(question)

    def _offer_found(self, found: Combination) -> None:
        fix = probe_fix(
            self.state,
            self.datasource,
            self.message.alias(),
            None if self.probe.certificate else found,
        )
        if fix is not None:
            self.probe.offer(fix)

    # --- fixing --------------------------------------------------------------------------

    def _fixes(self, finished: Finished) -> list[Fix]:
        """Return the fixes of the checks that the diagnosis names."""
        verdict = finished.verdict
        if verdict.diagnosis is None:
            return []
        wanted = {(fix.check, fix.summary) for fix in verdict.diagnosis.fixes}
        here = concerning(self.state.problems_here(), finished.concerned)
        found = [p.fix for p in here if p.fix and (p.id, p.fix.summary) in wanted]
        return list({fix.summary: fix for fix in found}.values())

    def _fix(self, fix: object) -> None:
        if isinstance(fix, Fix) and self.state.change(fix.summary, fix.changes, self.verdict.say):
            self.check_button.setFocus()  # before its button goes: the next step is to test again
            self.verdict.fixed(fix)
            self.probe.fixed()
