"""Asking the app's own LoopBack, after consent, and showing its answer beside loopmail's verdict."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from loopmail.core.errors import SendError
from loopmail.net.cancel import Cancel
from loopmail.process.app_answer import conclusion, judge, rows, sentence
from loopmail.process.ask_app import AppAnswer, AskRequest, ask_app, require_node
from loopmail.smtp.message import Message
from loopmail.smtp.verdict import Verdict
from loopmail.ui.sending.verdict_banner import TONES
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    Banner,
    ReadOnlyText,
    Tone,
    button,
    chip,
    column,
    link_button,
    plain_label,
    set_tone,
)
from loopmail.ui.widgets.table import TextTable

# --- Showing the answer ---------------------------------------------------------------

_OUTPUT_HEIGHT = 130  # pixels


class AppResult(QWidget):
    """A second banner under loopmail's own; the table names what differs in bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = plain_label("", "muted", wrap=True)
        self.banner = Banner("info")
        self.banner.title.setAccessibleDescription(self.tr("The app's verdict"))
        self.agreement = chip()
        self.agreement.setAccessibleDescription(self.tr("Whether the app and loopmail agree"))
        columns = (self.tr("Field"), self.tr("The app"), self.tr("loopmail"))
        self.table = TextTable(self.tr("The app beside loopmail"), columns, (104, 120))
        self.printed_button = link_button(self.tr("What the App Printed"))
        self.printed_button.setCheckable(True)
        self.printed = ReadOnlyText(self.tr("What the app printed"))
        self.printed.setFixedHeight(_OUTPUT_HEIGHT)
        self.printed_button.toggled.connect(self.printed.setVisible)
        self._parts = (self.label, self.agreement, self.table, self.printed_button, self.printed)
        column(self.label, self.banner, *self._parts[1:], spacing=6, inside=self)
        self.hide()

    def say(self, text: str, tone: Tone) -> None:
        """Show a sentence that is no answer of the app."""
        for part in self._parts:
            part.hide()
        self.banner.say(text, "", tone)
        self.show()

    def show_answer(self, answer: AppAnswer, verdict: Verdict | None) -> None:
        """Show the answer and where loopmail's verdict, if there is one, differs."""
        self.say(sentence(answer), TONES.get(answer.outcome, "error"))
        versions = judge(answer)
        self.label.setText(
            self.tr("The app itself ({0})").format(versions)
            if versions
            else self.tr("The app itself")
        )
        self.label.show()
        told = rows(answer, verdict) if verdict is not None else []
        compared = [row for row in told if row.app or row.ours]
        differing = [at for at, row in enumerate(compared) if not row.agrees]
        if compared and verdict is not None:
            self.agreement.setText(self.tr("differs") if differing else self.tr("agree"))
            self.agreement.setToolTip(conclusion(answer, verdict))
            set_tone(self.agreement, "warn" if differing else "ok")
            self.agreement.show()
            lines = [(row.name, row.app or "–", row.ours or "–") for row in compared]
            self.table.rows.show(lines, strong=differing)
            self.table.fit_rows()
            self.table.show()
        self.printed.setPlainText(answer.output)
        self.printed_button.setChecked(False)
        self.printed_button.setVisible(bool(answer.output))


# --- Consent, question and answer -----------------------------------------------------

# Above Nodemailer's longest time-out before the sign-in, with time for the app to start.
_PATIENCE = 180.0


class AppVerdict(QWidget):
    """The button, the question for consent (kept for this session), and the app's answer.

    `wanted`: the user agreed, the panel is to send its own test first and then to call `begin`.
    `answered` brings what came of it, an AppAnswer or a sentence why the app could not be asked;
    the panel shows it where it belongs, and `ended` follows.
    """

    wanted = Signal()
    answered = Signal(object)
    ended = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._allowed: set[Path] = set()
        self._job: Job | None = None  # asks the app
        self._cancel = Cancel()
        self.button = link_button(
            self.tr("Send Through the App"),
            self.ask,
            tip=self.tr(
                "Start the app's own LoopBack and compare what it says. Executes its code."
            ),
        )
        self.boot_scripts = QCheckBox(self.tr("Run the app's boot scripts as well"))
        self.boot_scripts.setToolTip(self.tr("What stands in server/boot; without it, models only"))
        self.consent = Banner("warn")
        self.agree_button = button(self.tr("Execute and Send"), self._agree)
        self.refuse_button = button(self.tr("Not Now"), self.clear)
        self.consent.words.addWidget(self.agree_button)
        self.consent.words.addWidget(self.refuse_button)
        self.result = AppResult()
        column(self.button, self.consent, self.boot_scripts, self.result, spacing=6, inside=self)
        state.opened.connect(self._forget)
        self._forget()

    @property
    def running(self) -> bool:
        """Whether the app is being asked."""
        return self._job is not None

    def set_possible(self, possible: bool) -> None:
        """Enable the button where there is something to send and nothing runs."""
        self.button.setEnabled(possible)
        self.agree_button.setEnabled(possible)

    def clear(self) -> None:
        """Take the question and the last answer away."""
        self.consent.hide()
        self.result.hide()
        self.boot_scripts.setVisible(self._root() in self._allowed)

    def ask(self) -> None:
        """Emit `wanted` if the app's code may be executed; else ask, or say what is missing."""
        root = self._root()
        if root is None:
            return
        self.clear()
        if (hindrance := self._hindrance()) is not None:
            self.result.say(hindrance, "warn")
        elif root in self._allowed:
            self.wanted.emit()
        else:
            self.consent.say(
                self.tr("This executes code of {0}.").format(self._state.app_name),
                self.tr(
                    "Its own LoopBack starts in {0} and loads its models and scripts; it does not "
                    "listen. Two messages are sent: loopmail's and the app's. You are not asked "
                    "again for this app until loopmail is closed."
                ).format(root),
            )
            self.consent.show()
            self.boot_scripts.show()
            self.agree_button.setFocus()

    def begin(
        self, message: Message, datasource: str, transport: str | None, secrets: tuple[str, ...]
    ) -> None:
        """Ask the app to send what loopmail has just sent; `answered` and `ended` follow."""
        workspace = self._state.workspace
        assert workspace is not None
        app, cancel = workspace.app, Cancel()
        question = AskRequest(
            message=message,
            env=self._state.env or "development",
            model=None,
            datasource=datasource or None,
            transport=transport,
            variables=self._state.variables.keyring,
            secrets=secrets,
            boot_scripts=self.boot_scripts.isChecked(),
            timeout=_PATIENCE,
        )
        self.say_asking()
        self._cancel = cancel
        self._job = Job(lambda: ask_app(app, question, cancel), on_cancel=cancel.cancel)
        self._job.done.connect(self._answer)
        self._job.failed.connect(lambda error: self._answer(str(error)))
        self._job.start()

    def say_asking(self) -> None:
        """Say that the app is being asked."""
        self.result.say(self.tr("Asking the app…"), "info")

    def show_answer(self, answer: AppAnswer | str, verdict: Verdict | None) -> None:
        """Show an answer beside loopmail's verdict, or why the app could not be asked."""
        if isinstance(answer, str):
            self.result.say(answer, "warn")
        else:
            self.result.show_answer(answer, verdict)

    def stop(self) -> None:
        """Stop asking: the app is killed, and its answer says so."""
        self._cancel.cancel()

    def _root(self) -> Path | None:
        workspace = self._state.workspace
        return None if workspace is None else workspace.app.root

    def _hindrance(self) -> str | None:
        if self._state.modified:
            return self.tr("Save first: the app reads its files from the disk.")
        root = self._root()
        assert root is not None
        try:
            require_node(root)
        except SendError as error:
            return str(error)
        return None

    def _agree(self) -> None:
        root = self._root()
        if root is None:
            return
        self._allowed.add(root)
        self.clear()
        self.wanted.emit()

    def _answer(self, answer: AppAnswer | str) -> None:
        self.answered.emit(answer)
        self._over()

    def _over(self) -> None:
        self._job = None
        self.ended.emit()

    def _forget(self) -> None:
        """Clear all for another app; consent is kept by folder, boot scripts need consent again."""
        if self._job is not None:
            self._job.cancel()  # its answer would be that of the other app
            self._over()
        self.boot_scripts.setChecked(False)
        self.clear()
