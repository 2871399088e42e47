"""Asking the app itself on a worker thread: the request from the state, the answer as a signal."""

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.core.secret_names import texts_to_mask
from loopmail.mail.app_itself import AppAnswer, AskRequest, ask_app
from loopmail.mail.cancel import Cancel
from loopmail.mail.send import SendRequest
from loopmail.ui.state import AppState
from loopmail.ui.worker import Job

# Above Nodemailer's longest time-out before the sign-in, with time for the app to start.
_PATIENCE = 180.0


def make_question(state: AppState, request: SendRequest, *, boot_scripts: bool) -> AskRequest:
    """Return the question that asks the app to send what `request` has sent."""
    return AskRequest(
        message=request.message,
        env=state.env or "development",
        model=None,
        datasource=request.datasource,
        transport=request.transport,
        variables=state.variables.keyring,
        secrets=(*request.secrets, *_plain_secrets(state)),
        boot_scripts=boot_scripts,
        timeout=_PATIENCE,
    )


def _plain_secrets(state: AppState) -> tuple[str, ...]:
    """Return the secrets that stand in the data source files as plain text: to be masked."""
    files = state.snapshot().values
    return texts_to_mask([files[name] for name in files if name.startswith("datasources.")])


class AppRun(QObject):
    """One question to the app; its answer arrives on the GUI thread."""

    finished = Signal(object)  # AppAnswer
    failed = Signal(str)

    def __init__(
        self, state: AppState, question: AskRequest, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        assert state.workspace is not None
        self._app = state.workspace.app
        self._question = question
        self._cancel = Cancel()
        self._job = Job(self._call, on_cancel=self._cancel.cancel)
        self._job.done.connect(self.finished)
        self._job.failed.connect(self._on_failed)

    def start(self) -> None:
        """Begin."""
        self._job.start()

    def stop(self) -> None:
        """Ask to stop: the app is killed and `finished` follows."""
        self._cancel.cancel()

    def _call(self) -> AppAnswer:
        return ask_app(self._app, self._question, self._cancel)

    def _on_failed(self, error: LoopmailError) -> None:
        self.failed.emit(str(error))
