"""What the app's own LoopBack says, beside loopmail's verdict; asks before it executes code."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from loopmail.core.errors import SendError
from loopmail.mail.app_itself import AppAnswer, require_node
from loopmail.mail.send import SendRequest
from loopmail.mail.verdict import Verdict
from loopmail.ui.app_verdict_result import AppResult
from loopmail.ui.app_verdict_run import AppRun, make_question
from loopmail.ui.state import AppState
from loopmail.ui.widgets import Banner, link_button


class AppVerdict(QWidget):
    """The button, the question for consent (kept for this session), and the app's answer.

    `wanted`: the user agreed, the panel is to send its own test first and then to call `begin`.
    """

    wanted = Signal()
    ended = Signal()

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._allowed: set[Path] = set()
        self._run: AppRun | None = None
        self._verdict: Verdict | None = None
        self.button = link_button(self.tr("Send Through This App's Own LoopBack"))
        self.button.setToolTip(
            self.tr("Start the app's own LoopBack and compare what it says. Executes its code.")
        )
        self.button.clicked.connect(self.ask)
        self.boot_scripts = QCheckBox(self.tr("Run the app's boot scripts as well"))
        self.boot_scripts.setToolTip(self.tr("What stands in server/boot; without it, models only"))
        self.consent = Banner("warn")
        self.agree_button = QPushButton(self.tr("Execute and Send"))
        self.agree_button.clicked.connect(self._agree)
        self.refuse_button = QPushButton(self.tr("Not Now"))
        self.refuse_button.clicked.connect(self.clear)
        self.consent.words.addWidget(self.agree_button)
        self.consent.words.addWidget(self.refuse_button)
        self.result = AppResult()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.button, self.consent, self.boot_scripts, self.result):
            layout.addWidget(widget)
        state.opened.connect(self._forget)
        self._forget()

    @property
    def running(self) -> bool:
        """Whether the app is being asked."""
        return self._run is not None

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
                self.tr("This executes code of %1.").replace("%1", self._state.app_name),
                self.tr(
                    "Its own LoopBack starts in %1 and loads its models and scripts; it does not "
                    "listen. Two messages are sent: loopmail's and the app's. You are not asked "
                    "again for this app until loopmail is closed."
                ).replace("%1", str(root)),
            )
            self.consent.show()
            self.boot_scripts.show()
            self.agree_button.setFocus()

    def begin(self, request: SendRequest, verdict: Verdict) -> None:
        """Ask the app to send what loopmail has just sent; `ended` follows."""
        boot_scripts = self.boot_scripts.isChecked()
        question = make_question(self._state, request, boot_scripts=boot_scripts)
        self._verdict = verdict
        self.result.say(self.tr("Asking the app…"), "info")
        self._run = AppRun(self._state, question, self)
        self._run.finished.connect(self._show)
        self._run.failed.connect(self._fail)
        self._run.start()

    def stop(self) -> None:
        """Stop asking: the app is ended."""
        if self._run is not None:
            self._run.stop()

    def _root(self) -> Path | None:
        workspace = self._state.workspace
        return None if workspace is None else workspace.app.root

    def _hindrance(self) -> str | None:
        if self._state.modified:
            return self.tr("Save first: the app reads its files from the disk.")
        try:
            require_node()
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

    def _show(self, answer: AppAnswer) -> None:
        if self._verdict is not None:
            self.result.show_answer(answer, self._verdict)
        self._over()

    def _fail(self, text: str) -> None:
        self.result.say(text, "warn")
        self._over()

    def _over(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.deleteLater()
        self.ended.emit()

    def _forget(self) -> None:
        """Another app is open; consent is kept by folder, its boot scripts are asked for anew."""
        self.stop()
        self._verdict = None  # an answer that is still to come belongs to the other app
        self.boot_scripts.setChecked(False)
        self.clear()
