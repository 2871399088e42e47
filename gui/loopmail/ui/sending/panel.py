"""The panel at the right: one test message, as the app's LoopBack would send it."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from loopmail.core.checks.problem import Fix
from loopmail.core.errors import LoopmailError
from loopmail.core.secret_names import mask_host
from loopmail.process.ask_app import AppAnswer
from loopmail.smtp.diagnosis import concerning
from loopmail.smtp.message import Message
from loopmail.smtp.probe import Combination
from loopmail.smtp.recorder import StageStarted
from loopmail.smtp.request import Fingerprint, fingerprint, make_request
from loopmail.smtp.send import SendRequest
from loopmail.smtp.trust import trust_question
from loopmail.smtp.verdict import StageTime, TranscriptLine, Verdict
from loopmail.ui.sending.app_answer import AppVerdict
from loopmail.ui.sending.certificate import TrustCard
from loopmail.ui.sending.head import PanelHead
from loopmail.ui.sending.one_test import About, Finished, Place, SendingRun
from loopmail.ui.sending.probe import ProbeView, ProbeViews, probe_fix, probe_question
from loopmail.ui.sending.readiness import AppReadiness
from loopmail.ui.sending.report import about_test
from loopmail.ui.sending.results import Results
from loopmail.ui.sending.stage_chart import StageChart
from loopmail.ui.sending.verdict_banner import VerdictBanner
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import announce, column, connect_all, dim, em


class SendingPanel(QScrollArea):
    """From fields to verdict; the dialogue runs on a worker thread.

    A result belongs to the data source and the environment that were tested: it is shown there
    alone, in grey once its settings or its message are others, and again when one comes back.
    """

    running_changed = Signal(bool)
    save_wanted = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.datasource = ""
        self._run: SendingRun | None = None
        self._tested: Finished | None = None  # what the app is being asked about
        self._run_place: Place = ("", None)
        self._run_print: Fingerprint | None = None
        self._about = About()  # of the run
        self._events: list[object] = []  # of the run, for whoever comes back to its place
        self._place: Place = ("", None)  # what the panel shows
        self._kept: dict[Place, Finished] = {}
        self._answers: dict[Place, AppAnswer | str] = {}  # where the app alone can be asked
        self._through_app = False  # after loopmail's own test, the app is asked
        self._shown_state: tuple[bool, ...] = ()
        self._make_head()
        self._make_results()
        self._lay_out()
        connect_all(
            self.refresh,
            state.changed,
            state.selection_changed,
            state.environment_changed,
            state.variables_changed,
        )
        state.opened.connect(self._forget)
        self.message.changed.connect(self._review)
        self.refresh()

    def _make_head(self) -> None:
        self.head = head = PanelHead()
        self.message = head.message
        self.check_button, self.send_button = head.check_button, head.send_button
        self.stop_button, self.stage = head.stop_button, head.stage
        head.check_wanted.connect(self.check_connection)
        head.send_wanted.connect(self.send_test_message)
        head.stop_wanted.connect(self.stop)

    def _make_results(self) -> None:
        state = self.state
        self.verdict = VerdictBanner()
        self.verdict.fix_requested.connect(self._fix)
        self.verdict.again_wanted.connect(self._test_again)
        self.verdict.trust_wanted.connect(self._ask_for_trust)
        self.trust = TrustCard()
        self.trust.trusted.connect(self._trust)
        self.app_verdict = AppVerdict(state)
        self.app_verdict.wanted.connect(self._send_both)
        self.app_verdict.answered.connect(self._on_answer)
        self.app_verdict.ended.connect(self._over)
        self.readiness = AppReadiness(state)
        self.readiness.save_wanted.connect(self.save_wanted)
        self.readiness.done.connect(self.send_button.setFocus)
        self.probes = ProbeViews()
        self.probes.chosen.connect(self._offer_found)
        self.probes.fix_requested.connect(self._fix)
        self.chart = StageChart()
        self.results = Results()
        self.results.chosen.connect(self._go_to)
        self.results.said.connect(self.verdict.say)
        self.results.told.connect(self.verdict.note)

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(em(38))
        self.content = QWidget()
        self.content.setProperty("role", "page")
        column(
            self.head,
            self.verdict,
            self.trust,
            self.readiness,
            self.app_verdict,
            self.probes,
            self.chart,
            (self.results, 1),
            self.results.buttons,
            spacing=8,
            margins=(16, 14, 14, 10),
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
        # One that only a script makes can be tested by the app alone.
        perhaps = not there and self._perhaps_in_script()
        unread = self.state.view().unread if perhaps else None
        self.head.show_datasource(self.datasource, unread, self.state.env)
        self._show_running(self.running)
        if there:
            view, name = self.state.view(), self.datasource
            self.message.show_datasource(name, view.mail_user(name), view.aliases(name))
        elif perhaps:
            self.message.show_datasource("", "", [])
        self._show_place()

    def _perhaps_in_script(self) -> bool:
        return self.state.workspace is not None and self.state.view().perhaps_in_script()

    def _show_place(self) -> None:
        """Show the results of the data source and environment that are looked at, and no others."""
        place = (self.datasource, self.state.env)
        if place != self._place:
            self._place = place
            self._clear()
            kept = self._kept.get(place)
            if self._run is not None and place == self._run_place and self._tested is None:
                self.results.begin()
                for event in self._events:
                    self._draw(event)
            elif kept is not None:
                self._show(kept)
            elif place in self._answers:
                self.app_verdict.show_answer(self._answers[place], None)
        self._review()

    def _go_to(self, finished: Finished) -> None:
        """Show a test of the history where it belongs."""
        self._kept[finished.place] = finished
        self.state.set_environment(finished.env)
        self.state.select("datasource", finished.datasource)
        if self._place == finished.place:
            self._show(finished)
            self._review()

    def _forget(self) -> None:
        if self._run is not None:
            self._run.drop()
            self._over()
        self.datasource = ""
        self._place = ("", None)
        self._kept.clear()
        self._answers.clear()
        self.probes.forget()
        self.message.forget()
        self.results.forget()
        self._clear()
        self.refresh()

    def _clear(self) -> None:
        """Show no result."""
        self.stage.end()
        self.verdict.clear()
        self.trust.close_card()
        self.readiness.follow("")
        self.app_verdict.clear()
        self.probes.show_place(self._place)
        self.chart.clear()
        self.results.begin()

    # --- whether a result is that of what is there now -------------------------------------

    def _now(self, finished: Finished) -> Fingerprint:
        message = self.message.draft() if finished.sends_message else None
        return self._print(message)

    def _print(self, message: Message | None) -> Fingerprint:
        return fingerprint(self.state.view(), self.datasource, message, self.message.alias())

    def _review(self) -> None:
        """Show the result in grey if it is that of other settings or of another message."""
        finished = self.results.shown
        if finished is None or self.state.workspace is None or finished.place != self._place:
            return
        now, then, stale = self._now(finished), finished.fingerprint, ""
        if now.plan != then.plan:
            stale = self.tr("For the settings before your change")
        elif now.message != then.message:
            stale = self.tr("For the message before your change")
        if not stale and self.chart.stale:
            self._show_verdict(finished)
        self.chart.set_stale(bool(stale))
        for part in (self.results, self.app_verdict.result, self.probe):
            dim(part, bool(stale))
        self.verdict.set_stale(stale)
        if stale:
            self.trust.close_card()
        sent = finished.verdict.outcome == "sent" and not stale
        self.readiness.follow(self.datasource if sent else "", finished.verdict.app)

    def _test_again(self) -> None:
        finished = self.results.shown
        self._begin(verify_only=finished is not None and not finished.sends_message)

    # --- running -------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a test runs."""
        return self._run is not None or self.app_verdict.running

    def check_connection(self) -> None:
        """Connect, secure and sign in, without a message."""
        self._begin(verify_only=True)

    def send_test_message(self) -> None:
        """Send the message; a sentence says why a test cannot begin."""
        self._begin(verify_only=False)

    def send_through_app(self) -> None:
        """Send the message as loopmail and then through the app itself; asks for consent first."""
        if not self.running and (self.datasource or self._perhaps_in_script()):
            self.app_verdict.ask()
            self.ensureWidgetVisible(self.app_verdict)

    def _send_both(self) -> None:
        if not self.datasource:
            self._send_by_app()
            return
        self._through_app = True
        self._begin(verify_only=False)
        self._through_app = self._run is not None

    def _send_by_app(self) -> None:
        """Let the app send the message through a data source that only its scripts make."""
        try:
            message = self.message.message()
        except LoopmailError as error:
            self._refuse(error)
            return
        self._tested, self._run_place = None, self._place
        self.app_verdict.begin(message, "", None, self.state.view().secrets)
        self._show_running(True)
        self.running_changed.emit(True)

    def _refuse(self, error: LoopmailError) -> None:
        self.message.unfold()  # it may be an address that is to be mended
        self.verdict.say(str(error))
        self.ensureWidgetVisible(self.verdict)

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
        if self.running or not self.datasource:
            return
        self.state.begin_test()
        try:
            request = self.request(verify_only=verify_only)
        except LoopmailError as error:
            self._refuse(error)
            return
        alias = self.message.alias()
        plan = self.state.view().route(self.datasource, alias)
        host = (plan.host if plan is not None else None) or ""
        if not verify_only and not self._through_app and self.head.asks_first(self.state, host):
            return
        self._run_place, self._events, self._tested = self._place, [], None
        self._run_print = self._print(None if verify_only else self.message.draft())
        message = None if verify_only else request.message
        self._about = about_test(self.state, self.datasource, alias, message)
        host = mask_host(plan.host) if plan is not None and plan.host else self.datasource
        self.head.expect(host, None if plan is None else plan.timeouts.of_stage)
        self.probe.clear()
        self._clear()
        run = SendingRun(request, self.readiness.question(self.datasource), self)
        run.progressed.connect(self._on_event)
        run.finished.connect(self._on_verdict)
        run.failed.connect(self._on_failure)
        self._run = run
        self._show_running(True)
        self.message.fold()
        self.running_changed.emit(True)
        run.start()

    def _show_running(self, running: bool) -> None:
        can = bool(self.datasource) and not running
        asks = can or (not running and not self.datasource and self._perhaps_in_script())
        shown = bool(self.datasource) or asks or self.app_verdict.running
        if (running, can, asks, shown) == self._shown_state:
            return
        self._shown_state = (running, can, asks, shown)
        self.head.show_running(running, can)
        self.app_verdict.set_possible(asks)
        self.app_verdict.setVisible(shown)

    def _on_event(self, event: object) -> None:
        self._events.append(event)
        if self._place == self._run_place:
            self._draw(event)

    def _draw(self, event: object) -> None:
        if isinstance(event, StageStarted):
            self.chart.begin(event.stage, event.ms)
            self.head.begin_stage(event)
        elif isinstance(event, StageTime):
            self.chart.end(event)
        elif isinstance(event, TranscriptLine):
            self.results.transcript.append(event)

    def _on_verdict(self, verdict: Verdict) -> None:
        request = self._run.request if self._run is not None else None
        if request is None:
            self._run_place = self._place
        name, env = self._run_place
        finished = Finished(
            name,
            datetime.now(),
            verdict,
            request.datasource if request is not None else "",
            env,
            self._run_print or self._print(None),
            sends_message=request is not None and not request.verify_only,
            about=self._about if request is not None else About(),
        )
        self._kept[finished.place] = finished
        self.results.end(finished)
        if self._place == finished.place:
            self._show(finished)
            self._review()
            announce(self, self.verdict.verdict.text())
        ended = verdict.outcome == "cancelled" or verdict.refused
        if self._through_app and request is not None and not ended:
            self._tested = finished
            place = (request.datasource, request.transport, request.secrets)
            self.app_verdict.begin(request.message, *place)
            if self._place != finished.place:
                self.app_verdict.result.hide()
        else:
            self._over()

    def _on_answer(self, answer: AppAnswer | str) -> None:
        """The app has answered, or could not be asked: it stands beside the test it followed."""
        finished = self._tested
        if finished is not None:
            finished.answer = answer
        else:
            self._answers[self._run_place] = answer
        if self._place == self._run_place:
            self.app_verdict.show_answer(answer, finished.verdict if finished else None)

    def _on_failure(self, text: str) -> None:
        if self._place == self._run_place:
            self.chart.clear()
            self.verdict.say(self.tr("Not sent: {0}").format(text), "error")
        self._over()

    def _over(self) -> None:
        run, self._run = self._run, None
        self._through_app, self._tested = False, None
        if run is not None:
            run.deleteLater()
        self._show_running(False)
        self.running_changed.emit(False)

    def _show(self, finished: Finished) -> None:
        verdict = finished.verdict
        self.app_verdict.clear()
        if finished.answer is not None:
            self.app_verdict.show_answer(finished.answer, verdict)
        elif finished is self._tested and self.app_verdict.running:
            self.app_verdict.say_asking()
        failed = verdict.stage if verdict.outcome in ("failed", "crash") else None
        self.chart.show_stages(verdict.stages, failed)
        self.chart.set_stale(False)
        self.results.show_finished(finished)
        self._show_verdict(finished)
        self._offer_probe(finished)

    def _show_verdict(self, finished: Finished) -> None:
        facts = " · ".join(filter(None, [finished.about.server, f"{finished.when:%H:%M:%S}"]))
        self.verdict.show_verdict(finished.verdict, self._fixes(finished), facts)
        self.verdict.offer_trust(finished.verdict)

    # --- trusting the server's authority ---------------------------------------------------

    def _ask_for_trust(self) -> None:
        """Show what would be trusted, and prove meanwhile that it helps."""
        view, others = self.state.view().again(), self.readiness.others()
        tls = self.results.shown.verdict.tls if self.results.shown is not None else None
        if trust := trust_question(view, others, self.datasource, self.message.alias(), tls):
            self.trust.ask(trust)
            self.ensureWidgetVisible(self.trust)

    def _trust(self, fix: Fix) -> None:
        if self.state.change(fix.summary, fix.changes, self.verdict.say):
            self._test_again()

    # --- finding what works ----------------------------------------------------------------

    @property
    def probe(self) -> ProbeView:
        """The search for what works, of the data source and environment that are looked at."""
        return self.probes.at(self._place)

    def _offer_probe(self, finished: Finished) -> None:
        if self.probe.owner is finished:
            self._offer_found(self._place, self.probe.found)
            return
        alias = self.message.alias()
        question = probe_question(self.state, self.datasource, alias, finished.verdict)
        if question is None:
            self.probe.clear()
        else:
            self.probe.offer_probe(question)
        self.probe.owner = finished

    def _offer_found(self, place: Place, found: Combination | None) -> None:
        """Offer the fix for what works, or wait until one looks at its environment again."""
        if found is None or place != self._place:
            return
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
