"""The head of the test panel: what is sent, the buttons that begin and stop, the stage that runs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QWidget

from loopmail.core.checks.rules.server import is_loopback
from loopmail.core.secret_names import mask_host
from loopmail.smtp.recorder import StageStarted
from loopmail.smtp.verdict import Stage
from loopmail.ui.sending.message_form import MessageForm
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    announce,
    button,
    chip,
    column,
    em,
    environment_tone,
    heading,
    plain_label,
    primary_button,
    set_role,
    set_tone,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.small_parts import BesideOrBelow

_TELL_MS = 100  # between two times that are told

# --- The stage that runs, as a sentence ---------------------------------------------------


class RunningStage(QWidget):
    """What the test waits for, how long it has waited, and how long at most it will."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = plain_label("", "heading", wrap=True)
        self.time = plain_label("", "muted")
        self.time.setMinimumWidth(em(19))  # so that the sentence keeps its lines
        column(BesideOrBelow((self.sentence, 1), self.time), inside=self)
        self._limit: float | None = None
        self._clock = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(_TELL_MS)
        self._tick.timeout.connect(self._tell)
        self._words = {
            "dns": self.tr("Looking up {0}…"),
            "connect": self.tr("Connecting to {0}…"),
            "tls": self.tr("Agreeing on TLS with {0}…"),
            "greeting": self.tr("Waiting for the greeting of {0}…"),
            "ehlo": self.tr("Asking {0} what it offers…"),
            "starttls": self.tr("Switching to TLS with {0}…"),
            "auth": self.tr("Signing in to {0}…"),
            "mail": self.tr("Naming the sender to {0}…"),
            "rcpt": self.tr("Naming the recipients to {0}…"),
            "data": self.tr("Handing the message to {0}…"),
        }
        self.hide()

    def begin(self, stage: Stage, host: str, limit: Callable[[str], float] | None) -> None:
        """A stage has begun; `limit` says for how many milliseconds the app would wait in it."""
        self.sentence.setText(self._words[stage].format(host))
        self._limit = None if limit is None else limit(stage)
        self._clock.start()
        self._tell()
        self._tick.start()
        self.show()

    def end(self) -> None:
        """Nothing runs."""
        self._tick.stop()
        self.hide()

    def _tell(self) -> None:
        spent = f"{self._clock.elapsed() / 1000:.1f}\u00a0s"
        if self._limit is None:
            self.time.setText(spent)
        else:
            most = f"{self._limit / 1000:.0f}\u00a0s"
            self.time.setText(self.tr("{0} of at most {1}").format(spent, most))


# --- The head of the panel ---------------------------------------------------------------


class ProductionQuestion(QFrame):
    """Asked once before a message really leaves from production; nothing is sent meanwhile."""

    agreed = Signal()
    check_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "banner", "production")
        self.title = plain_label("", "heading", wrap=True)
        self.text = plain_label("", "body", wrap=True)
        self.send = primary_button(self.tr("Send"))
        self.check = button(self.tr("Check Connection"))
        self.cancel = button(self.tr("Cancel"))
        buttons = BesideOrBelow(self.send, self.check, self.cancel)
        column(self.title, self.text, buttons, spacing=8, margins=(14, 10, 12, 10), inside=self)
        self.send.clicked.connect(partial(self._answer, self.agreed))
        self.check.clicked.connect(partial(self._answer, self.check_wanted))
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def ask(self, environment: str, host: str, recipients: str) -> None:
        """Ask; Send has the focus."""
        self.title.setText(self.tr("Send a real message from {0}?").format(environment))
        self.text.setText(
            self.tr(
                "{0} gets it and delivers it to {1}. You are not asked again for this app until "
                "loopmail is closed."
            ).format(host, recipients)
        )
        self.show()
        self.send.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.title.text())

    def _answer(self, chosen: SignalInstance, _checked: bool = False) -> None:
        self.hide()
        chosen.emit()


class PanelHead(QWidget):
    """The message, and two buttons of which Send becomes Stop, in the same place, while it runs.

    A button that goes hands its focus to the one that comes.
    """

    check_wanted = Signal()
    send_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = MessageForm()
        self.chip = chip("", "accent")
        self.environment = chip("")
        self._shown_environment: str | None = ""
        self._agreed: set[Path] = set()  # apps from whose production messages may go
        self._nothing = self.tr("Choose a mail data source to send a test message.")
        self.empty = plain_label(self._nothing, "muted", wrap=True)
        self.check_button = button(self.tr("Check Connection"), self.check_wanted)
        self.send_button = primary_button(self.tr("Send Test Message"), self.send_wanted)
        self.send_button.setIcon(icon("send", "on_accent"))
        self.stop_button = button(self.tr("Stop"), self.stop_wanted)
        self.stop_button.setIcon(icon("stop"))
        self.stop_button.hide()
        self.stage = RunningStage()
        self.question = ProductionQuestion()
        self.question.agreed.connect(self._agree)
        self.question.check_wanted.connect(self.check_wanted)
        self._asked_app = Path()
        # Whom the run talks to, and how long the app would wait in each of its stages.
        self._awaited: tuple[str, Callable[[str], float] | None] = ("", None)
        go = (self.send_button, 1), (self.stop_button, 1)
        column(
            BesideOrBelow(heading(self.tr("Test")), self.chip, self.environment, 1, spacing=10),
            self.empty,
            self.message,
            BesideOrBelow(self.check_button, *go),
            self.question,
            self.stage,
            spacing=8,
            inside=self,
        )

    def show_datasource(self, name: str, unread: str | None, environment: str | None) -> None:
        """Name what is tested; `unread` says why only the app could know it, if that is so."""
        there = bool(name)
        if environment != self._shown_environment:
            self._shown_environment = environment
            tone = environment_tone(environment)
            self.environment.setText("" if tone == "info" else environment or "")
            set_tone(self.environment, tone)
            self.question.hide()
        self.environment.setVisible(there and bool(self.environment.text()))
        self.chip.setText(name)
        self.chip.setVisible(there)
        self.empty.setText(self._nothing if unread is None else unread)
        self.empty.setVisible(not there)
        self.message.setVisible(there or unread is not None)

    def asks_first(self, state: AppState, host: str) -> bool:
        """Ask before the first real message from production; tell whether it is asked now."""
        if state.workspace is None or not host or is_loopback(host):
            return False
        self._asked_app = state.workspace.app.root
        if environment_tone(state.env) != "production" or self._asked_app in self._agreed:
            return False
        self.question.ask(state.env or "", mask_host(host), self.message.to.text())
        return True

    def _agree(self) -> None:
        self._agreed.add(self._asked_app)
        self.send_wanted.emit()

    # --- running -------------------------------------------------------------------------

    def expect(self, host: str, limit: Callable[[str], float] | None) -> None:
        """A run begins; `limit` says for how many milliseconds the app would wait in a stage."""
        self._awaited = host, limit

    def begin_stage(self, event: StageStarted) -> None:
        """Say what is waited for."""
        self.stage.begin(event.stage, *self._awaited)

    def show_running(self, running: bool, possible: bool) -> None:
        """Show Stop in the place of Send, or Send again; the focus stays in that place."""
        come, go = self.stop_button, self.send_button
        if not running:
            come, go = go, come
            self.stage.end()
        focused = self.window().focusWidget()
        leaves = focused is go
        if running and focused is not None:  # what is disabled or folded now
            leaves |= focused is self.check_button or self.message.isAncestorOf(focused)
        self.send_button.setEnabled(possible)
        come.show()
        if leaves:
            come.setFocus(Qt.FocusReason.OtherFocusReason)
        go.hide()
        self.check_button.setEnabled(possible)
