"""Running the app with the secrets its placeholders need, its output masked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QTextCursor
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from loopmail.core.secrets.resolution import Placeholder, Resolution
from loopmail.ui.panel.run_session import RunSession
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import Banner, plain_label, primary_button

# --- Missing variables ----------------------------------------------------------------


class MissingVariables(Banner):
    """A field for each missing variable."""

    store_wanted = Signal(dict)  # variable to value, typed by the user
    run_anyway = Signal()

    def __init__(self) -> None:
        super().__init__("warn")
        self.fields: dict[str, QLineEdit] = {}
        self.share = False  # the user agreed to share the entries
        self._form = QFormLayout()
        self._form.setVerticalSpacing(6)
        self._form.setHorizontalSpacing(10)
        self.store_button = primary_button(self.tr("Store in Keyring and Run"))
        self.store_button.clicked.connect(self._store)
        self.anyway_button = QPushButton(self.tr("Run Without"))
        self.anyway_button.clicked.connect(self.run_anyway)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.store_button)
        line.addWidget(self.anyway_button)
        line.addStretch(1)
        self.words.addLayout(self._form)
        self.words.addSpacing(4)
        self.words.addLayout(line)
        self.hide()

    def show_missing(self, missing: Sequence[Placeholder], why: str = "") -> None:
        """Name the variables and where they are used; `why`: what the keyring said."""
        self.clear()
        for item in missing:
            use = item.uses[0]
            field = QLineEdit()
            field.setObjectName(f"missing-{item.variable}")
            field.setAccessibleName(item.variable)
            field.setToolTip(f"{use.file} {use.pointer}")
            field.setMaximumWidth(420)
            if item.secret:
                field.setEchoMode(QLineEdit.EchoMode.Password)
            field.returnPressed.connect(self._store)
            label = QLabel(item.variable)
            label.setBuddy(field)
            self._form.addRow(label, field)
            self.fields[item.variable] = field
        names = ", ".join(item.variable for item in missing)
        text = self.tr(
            "The app's files ask for it, and LoopBack takes what is missing for undefined."
        )
        self.say(self.tr("No value for {0}").format(names), f"{why}\n{text}".strip())
        self.show()
        next(iter(self.fields.values())).setFocus()

    def offer_share(self, text: str) -> None:
        """Say that another app of the same name has entries; the button then agrees to that."""
        self.text.setText(text)
        self.share = True
        self.store_button.setText(self.tr("Use the Entries Together and Run"))

    def clear(self) -> None:
        """Forget what was typed and hide."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields.clear()
        self.share = False
        self.store_button.setText(self.tr("Store in Keyring and Run"))
        self.hide()

    def _store(self) -> None:
        values = {name: field.text() for name, field in self.fields.items() if field.text()}
        if values:
            self.store_wanted.emit(values)
        else:
            next(iter(self.fields.values())).setFocus()


# --- The panel ------------------------------------------------------------------------

DEFAULT_COMMAND = "node ."
_MAX_LINES = 5000
_SHOW_EVERY_MS = 60


class RunPane(QWidget):
    """Command, Run and Stop, what is missing, and the output."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._settings: Settings | None = None
        self._stopping = False
        self.session = RunSession(state, self)
        self.command = QLineEdit(DEFAULT_COMMAND)
        self.command.setObjectName("runCommand")
        self.command.returnPressed.connect(self.run)
        self.environment = plain_label("", "muted")
        self.run_button = primary_button(self.tr("Run"))
        self.run_button.setObjectName("runButton")
        self.run_button.clicked.connect(self.run)
        self.stop_button = QPushButton(self.tr("Stop App"))
        self.stop_button.setObjectName("runStopButton")
        self.stop_button.clicked.connect(self.stop)
        self.missing = MissingVariables()
        self.missing.store_wanted.connect(self._store)
        self.missing.run_anyway.connect(self._start)
        self.output = self._make_output()
        self.status = plain_label("", "muted", wrap=True)
        self.status.setObjectName("runStatus")
        self._resolution: Resolution | None = None
        self._shower = QTimer(self)
        self._shower.setInterval(_SHOW_EVERY_MS)
        self._shower.timeout.connect(self._show_output)
        self._lay_out()
        self._connect()
        self._refresh()

    def _make_output(self) -> QPlainTextEdit:
        output = QPlainTextEdit()
        output.setObjectName("runOutput")
        output.setAccessibleName(self.tr("Output of the app"))
        output.setReadOnly(True)
        output.setUndoRedoEnabled(False)
        output.setTabChangesFocus(True)
        output.setFrameShape(QFrame.Shape.NoFrame)
        output.setMaximumBlockCount(_MAX_LINES)
        output.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        output.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        return output

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        label = QLabel(self.tr("Command"))
        label.setBuddy(self.command)
        for widget in (label, self.command, self.environment, self.run_button, self.stop_button):
            line.addWidget(widget)
        line.setStretchFactor(self.command, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 2, 12, 8)
        rows.setSpacing(8)
        rows.addLayout(line)
        rows.addWidget(self.missing)
        rows.addWidget(self.output, 1)
        rows.addWidget(self.status)

    def _connect(self) -> None:
        session, state = self.session, self._state
        session.ready.connect(self._take)
        session.started.connect(self._begun)
        session.ended.connect(self._ended)
        session.failed.connect(self._failed)
        session.stored.connect(self.run)
        session.shared.connect(self._ask_to_share)
        state.opened.connect(self._other_app)
        state.environment_changed.connect(self._refresh)

    def use(self, settings: Settings) -> None:
        """Remember the command of each app here."""
        self._settings = settings
        self._other_app()

    # -- showing ------------------------------------------------------------------------------

    def _other_app(self) -> None:
        workspace = self._state.workspace
        self.missing.clear()
        if workspace is None or self.session.root not in (None, workspace.app.root):
            self.stop()
        if workspace is not None and self._settings is not None:
            self.command.setText(self._settings.text(self._key(), DEFAULT_COMMAND))
        self._refresh()

    def _key(self) -> str:
        workspace = self._state.workspace
        root = workspace.app.root.as_posix() if workspace is not None else ""
        return "run/" + root.replace("/", "|")

    def _refresh(self) -> None:
        running = self.session.running
        self.run_button.setEnabled(self._state.workspace is not None and not running)
        self.stop_button.setEnabled(running)
        self.command.setReadOnly(running)
        self.environment.setText(f"NODE_ENV={self._state.env or 'development'}")

    def _say(self, text: str) -> None:
        self.status.setText(text)

    # -- running ------------------------------------------------------------------------------

    def run(self) -> None:
        """Look for the variables that are missing, then start the command."""
        if self._state.workspace is None or self.session.running:
            return
        if self._settings is not None:
            self._settings.set_text(self._key(), self.command.text().strip())
        self.missing.clear()
        self.run_button.setEnabled(False)
        self._say(self.tr("Looking for the app's variables… The keyring may ask you something."))
        self.session.prepare()

    def _take(self, resolution: Resolution) -> None:
        self._resolution = resolution
        if not resolution.missing:
            self._start()
            return
        error = resolution.keyring_error
        self.missing.show_missing(resolution.missing, str(error) if error is not None else "")
        self._say("")
        self._refresh()

    def _store(self, values: dict[str, str]) -> None:
        self._say(self.tr("Waiting for the keyring…"))
        self.session.store(values, share=self.missing.share)

    def _start(self) -> None:
        if self._resolution is None:
            return
        self.missing.clear()
        self.output.clear()
        self.session.start(self.command.text(), self._resolution)

    def _begun(self) -> None:
        self._stopping = False
        self._shower.start()
        text = self.tr("Running. Passwords in the output are masked.")
        if self._state.modified:
            text += self.tr(" Unsaved changes are not seen by the app: it reads the saved files.")
        self._say(text)
        self._refresh()

    def _failed(self, text: str) -> None:
        self._say(text)
        self._refresh()

    def _ask_to_share(self, text: str) -> None:
        self._say("")
        self.missing.offer_share(text)
        self._refresh()

    def stop(self) -> None:
        """Ask the app to end."""
        if self.session.running:
            self._stopping = True
            self._say(self.tr("Stopping…"))
            self.session.stop()

    def _ended(self, status: int, seconds: float) -> None:
        self._shower.stop()
        self._show_output()
        if self._stopping:
            text = self.tr("Stopped after {0:.1f} s.").format(seconds)
        else:
            text = self.tr("Ended after {0:.1f} s with exit status {1}.").format(seconds, status)
        self._say(text)
        self._refresh()

    def _show_output(self) -> None:
        """Append what has come; the view follows only while its end is in sight."""
        text = self.session.output.take()
        if not text:
            return
        bar = self.output.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.output.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        if at_end:
            bar.setValue(bar.maximum())

    def focus(self) -> None:
        """Focus the field where the user begins."""
        self.command.setFocus(Qt.FocusReason.OtherFocusReason)
