"""Running the app with the secrets its placeholders need, its output masked."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFormLayout, QFrame, QLineEdit, QWidget

from loopmail.core.secrets.resolution import Placeholder, Resolution
from loopmail.ui.panel.run_session import RunSession
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    Banner,
    ReadOnlyText,
    buddy_label,
    button,
    column,
    plain_label,
    primary_button,
    row,
    sentences,
)

# --- Missing variables ----------------------------------------------------------------


class MissingVariables(Banner):
    """A field for each missing variable."""

    store_wanted = Signal(dict)  # variable to value, typed by the user
    run_anyway = Signal()

    def __init__(self) -> None:
        super().__init__("warn")
        self.fields: dict[str, QLineEdit] = {}
        self._form = QFormLayout()
        self._form.setVerticalSpacing(6)
        self._form.setHorizontalSpacing(10)
        self.store_button = primary_button(self.tr("Run With These"), self._store)
        self.store_button.setToolTip(self.tr("Save then keeps them in the keyring."))
        self.anyway_button = button(self.tr("Run Without"), self.run_anyway)
        self.words.addLayout(self._form)
        self.words.addSpacing(4)
        self.words.addLayout(row(self.store_button, self.anyway_button, 1, spacing=8))
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
            self._form.addRow(buddy_label(item.variable, field), field)
            self.fields[item.variable] = field
        names = ", ".join(item.variable for item in missing)
        text = self.tr(
            "The app's files ask for it, and LoopBack takes what is missing for undefined."
        )
        self.say(self.tr("No value for {0}").format(names), f"{why}\n{text}".strip())
        self.show()
        next(iter(self.fields.values())).setFocus()

    def clear(self) -> None:
        """Forget what was typed and hide."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self.fields.clear()
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

    def __init__(self, state: AppState, settings: Settings | None = None) -> None:
        super().__init__()
        self._state = state
        self._settings = settings  # remembers the command of each app
        self._stopping = False
        self.session = RunSession(state, self)
        self.command = QLineEdit(DEFAULT_COMMAND)
        self.command.setObjectName("runCommand")
        self.command.returnPressed.connect(self.run)
        self.environment = plain_label("", "muted")
        self.run_button = primary_button(self.tr("Run"), self.run, name="runButton")
        self.stop_button = button(self.tr("Stop App"), self.stop, name="runStopButton")
        self.missing = MissingVariables()
        self.missing.store_wanted.connect(self._store)
        self.missing.run_anyway.connect(self._start)
        self.output = ReadOnlyText(self.tr("Output of the app"), wrap=False)
        self.output.setObjectName("runOutput")
        self.output.setUndoRedoEnabled(False)
        self.output.setFrameShape(QFrame.Shape.NoFrame)
        self.output.setMaximumBlockCount(_MAX_LINES)
        self.status = plain_label("", "muted", wrap=True)
        self.status.setObjectName("runStatus")
        self._resolution: Resolution | None = None
        self._shower = QTimer(self)
        self._shower.setInterval(_SHOW_EVERY_MS)
        self._shower.timeout.connect(self._show_output)
        line = row(
            buddy_label(self.tr("Command"), self.command),
            (self.command, 1),
            self.environment,
            self.run_button,
            self.stop_button,
            spacing=8,
        )
        parts = (line, self.missing, (self.output, 1), self.status)
        column(*parts, spacing=8, margins=(12, 2, 12, 8), inside=self)
        self._connect()
        self._other_app()

    def _connect(self) -> None:
        session, state = self.session, self._state
        session.ready.connect(self._take)
        session.started.connect(self._begun)
        session.ended.connect(self._ended)
        session.failed.connect(self._say)
        state.opened.connect(self._other_app)
        state.environment_changed.connect(self._refresh)

    # -- showing ------------------------------------------------------------------------------

    def _other_app(self) -> None:
        workspace = self._state.workspace
        self.missing.clear()
        self._resolution = None
        if not self.session.running:
            self.status.clear()  # what was asked for the app of before is dropped
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
        self._refresh()

    # -- running ------------------------------------------------------------------------------

    def run(self) -> None:
        """Look for the variables that are missing, then start the command."""
        if self._state.workspace is None or self.session.running:
            return
        if self._settings is not None:
            self._settings.set_text(self._key(), self.command.text().strip())
        self.missing.clear()
        self._say(self.tr("Looking for the app's variables… The keyring may ask you something."))
        self.run_button.setEnabled(False)
        self.session.prepare()

    def _take(self, resolution: Resolution) -> None:
        self._resolution = resolution
        if not resolution.missing:
            self._start()
            return
        error = resolution.keyring_error
        self.missing.show_missing(resolution.missing, str(error) if error is not None else "")
        self._say("")

    def _store(self, values: dict[str, str]) -> None:
        self.session.keep(values)
        self.run()

    def _start(self) -> None:
        if self._resolution is None:
            return
        self.missing.clear()
        self.output.clear()
        self.session.start(self.command.text(), self._resolution)

    def _begun(self) -> None:
        self._stopping = False
        self._shower.start()
        unseen = self.tr("Unsaved changes are not seen by the app: it reads the saved files.")
        running = self.tr("Running. Passwords in the output are masked.")
        self._say(sentences(running, unseen if self._state.modified else ""))

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
