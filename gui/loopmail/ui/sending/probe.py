"""“Find What Works”: the usual ports and TLS settings tried at once, and the fix for the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from loopmail.core.app.versions import Versions
from loopmail.core.checks.context import Context, Texts, TransportView
from loopmail.core.checks.fixes import connection_fix, transport_view
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rules.server import is_loopback
from loopmail.core.js import Json
from loopmail.net.cancel import Cancel
from loopmail.smtp.probe import Attempt, Combination, NodeSettings, best, combinations, probe
from loopmail.smtp.verdict import STAGES, Verdict
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.sending.one_test import Place
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import button, column, plain_label, row, take_all
from loopmail.ui.widgets.table import FIT, STRETCH, TextTable


@dataclass(frozen=True, slots=True)
class ProbeQuestion:
    """What to try, as plain data for a worker; `tls` has the transport's own authority, if any."""

    host: str
    versions: Versions
    tries: tuple[Combination, ...]
    tls: Mapping[str, Json] = field(default_factory=dict)
    timeout: float = 8.0  # seconds for each stage of a try
    node: NodeSettings | None = None  # what the app's environment sets
    certificate: bool = False  # only asks whether the certificate passes where it works already


class ProbeView(QWidget):
    """Offers the probe, shows its answers as they come, and offers the best one as an edit."""

    fix_requested = Signal(object)  # Fix
    chosen = Signal(object)  # Combination: the owner answers with `offer`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question: ProbeQuestion | None = None
        self._job: Job | None = None
        self._cancel = Cancel()
        self._attempts: dict[Combination, Attempt] = {}
        self.owner: object = None  # the test that it was offered after
        self.found: Combination | None = None  # what works best, until it is offered as a fix
        self.start_button = button(self.tr("Find What Works"), self.start)
        self.stop_button = button(self.tr("Stop Trying"), self.stop)
        self.said = plain_label("", "muted", wrap=True)
        titles = (
            self.tr("Port and security"),
            self.tr("Result"),
            self.tr("Sign-in"),
            self.tr("ms"),
        )
        self.table = TextTable(self.tr("Ways to connect"), titles, (FIT, STRETCH, FIT, FIT))
        self.offers = row()
        buttons = row(self.start_button, self.stop_button, self.offers, 1, spacing=8)
        column(buttons, self.said, self.table, spacing=6, inside=self)
        self.clear()

    @property
    def running(self) -> bool:
        """Whether a probe is under way."""
        return self._job is not None

    @property
    def certificate(self) -> bool:
        """Whether it only asks if the certificate passes."""
        return self._question is not None and self._question.certificate

    def clear(self) -> None:
        """Offer nothing; a probe under way is dropped."""
        self._drop()
        self._question = None
        self.owner = None
        self.hide()

    @property
    def offered(self) -> bool:
        """Whether there is something to try, or to see of what was tried."""
        return self._question is not None

    def offer_probe(self, question: ProbeQuestion) -> None:
        """Offer to try this; nothing is tried before the button is pressed."""
        self._drop()
        self._question = question
        purpose = self.tr("Tries the usual ports of {0}. Nothing is sent and nobody signs in.")
        self.start_button.setText(self.tr("Find What Works"))
        if question.certificate:
            purpose = self.tr(
                "It works, but the certificate of {0} is not checked. Try whether it passes?"
            )
            self.start_button.setText(self.tr("Test the Certificate"))
        self.said.setText(purpose.format(question.host))
        self.table.hide()
        self._show_buttons()
        self.show()

    def start(self) -> None:
        """Try all combinations at once on a worker thread."""
        question = self._question
        if question is None or self._job is not None:
            return
        take_all(self.offers)
        self._attempts = {}
        self._show_attempts()
        self.table.show()
        self.said.setText(self.tr("Trying {0}…").format(question.host))
        self._cancel = cancel = Cancel()
        self._job = Job(
            lambda: probe(
                question.host,
                question.versions,
                cancel,
                job.report,
                tries=question.tries,
                tls=question.tls,
                node=question.node,
                timeout=question.timeout,
            ),
            on_cancel=cancel.cancel,
        )
        job = self._job
        job.progress.connect(self._note)
        job.done.connect(self._end)
        job.failed.connect(lambda error: self._finish(str(error)))
        self._show_buttons()
        job.start()

    def stop(self) -> None:
        """Stop trying; what has been found stays."""
        if self._job is not None:
            self._drop()
            self._finish(self.tr("Stopped."))

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.found = None
        take_all(self.offers)

    def _note(self, attempt: Attempt) -> None:
        self._attempts[attempt.combination] = attempt
        self._show_attempts()

    def _show_attempts(self) -> None:
        assert self._question is not None
        rows = [self._row(one) for one in self._question.tries]
        good = [
            number
            for number, one in enumerate(self._question.tries)
            if one in self._attempts and self._attempts[one].ok
        ]
        self.table.rows.show(rows, strong=good)
        self.table.fit_rows()

    def _row(self, combination: Combination) -> tuple[str, str, str, str]:
        attempt = self._attempts.get(combination)
        if attempt is None:
            return combination.words(), self.tr("…") if self._job else "", "", ""
        sign_in = ", ".join(attempt.sign_in) or (self.tr("none") if attempt.ok else "")
        return combination.words(), attempt.summary, sign_in, f"{attempt.ms:.0f}"

    def _end(self, attempts: Sequence[Attempt]) -> None:
        self._attempts = {attempt.combination: attempt for attempt in attempts}
        found = best(attempts)
        if found is None:
            bad = self.tr("It does not pass; enter its authority under CA certificate.")
            none = self.tr("None of these works. Check the host, or ask its owner.")
            self._finish(bad if self.certificate else none)
            return
        best_one = self.tr("Works best: {0}.").format(found.combination.words())
        self._finish(self.tr("The certificate passes.") if self.certificate else best_one)
        self.found = found.combination
        self.chosen.emit(found.combination)

    def _finish(self, text: str) -> None:
        self._job = None
        self._show_attempts()
        self.said.setText(text)
        self._show_buttons()

    def offer(self, fix: Fix | str) -> None:
        """Show the button that writes the best combination, or why it cannot be written."""
        self.found = None
        if isinstance(fix, str):
            self.said.setText(f"{self.said.text()} {fix}")
            return
        write = FixButton(fix.summary, fix)
        write.setProperty("role", "primary")
        write.clicked.connect(lambda _checked=False: self.fix_requested.emit(fix))
        self.offers.addWidget(write)
        write.setFocus(Qt.FocusReason.OtherFocusReason)

    def fixed(self) -> None:
        """An edit was made; what was offered is done or out of date."""
        if self.offers.count():
            take_all(self.offers)
            self.said.setText(self.tr("Done. Test again."))

    def _show_buttons(self) -> None:
        running = self._job is not None
        self.start_button.setVisible(not running)
        self.stop_button.setVisible(running)


class ProbeViews(QWidget):
    """A search for each data source in each environment, of which one is shown."""

    chosen = Signal(object, object)  # the place, and the Combination that works there
    fix_requested = Signal(object)  # Fix

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views: dict[Place, ProbeView] = {}
        self._room = column(inside=self)

    def at(self, place: Place) -> ProbeView:
        """Return the search of a place, made when first asked for."""
        if place not in self._views:
            view = self._views[place] = ProbeView()
            view.chosen.connect(lambda found: self.chosen.emit(place, found))
            view.fix_requested.connect(self.fix_requested)
            self._room.addWidget(view)
        return self._views[place]

    def show_place(self, place: Place) -> None:
        """Show what this place has and nothing of the others, which may still be under way."""
        for one, view in self._views.items():
            view.setVisible(one == place and view.offered)

    def forget(self) -> None:
        """Another app is open: end and drop all searches."""
        for view in self._views.values():
            view.clear()
            self._room.removeWidget(view)
            view.deleteLater()
        self._views.clear()


# --- What to try, and the fix for what works ------------------------------------------


def probe_question(
    state: AppState, datasource: str, alias: str | None, verdict: Verdict
) -> ProbeQuestion | None:
    """Return what to try after this verdict, None where a try would not help."""
    stage = STAGES[verdict.stage] if verdict.outcome == "failed" and verdict.stage else None
    failed = stage is not None and stage.depends_on_port
    if not failed and not (verdict.ok and verdict.tls):
        return None
    view = _view(state, datasource, alias)
    if view is None or view.plan.outcome != "smtp" or not view.plan.host:
        return None
    plan, tls = view.plan, dict(view.plan.tls_options)
    host, port, node = str(plan.host), plan.port, plan.node
    if failed:
        entered = port if isinstance(port, int) and 0 < port < 65536 else None
        tries = combinations(state.versions, entered)
        return ProbeQuestion(host, state.versions, tries, tls, node=node)
    # After a success without a check of the certificate: would it have passed?
    if plan.verify or not node.verify or is_loopback(plan.host) or not isinstance(port, int):
        return None  # no edit switches the check on again where the environment has it off
    same = Combination(port, plan.tls == "implicit", plan.servername is not None)
    return ProbeQuestion(host, state.versions, (same,), tls, node=node, certificate=True)


def probe_fix(
    state: AppState, datasource: str, alias: str | None, found: Combination | None
) -> Fix | str | None:
    """Return the edit for a combination that works, or a sentence why there is none.

    Without a combination the edit only checks certificates again.
    """
    view = _view(state, datasource, alias)
    if view is None:
        return None
    host = str(view.plan.host)
    if found is None:
        return connection_fix(view, host, {}, "Check Certificates Again")
    return connection_fix(view, host, found.settings(host, state.versions), f"Use {found.words()}")


def _view(state: AppState, datasource: str, alias: str | None) -> TransportView | None:
    return transport_view(Context(state.view(), Texts(state.snapshot())), datasource, alias)
