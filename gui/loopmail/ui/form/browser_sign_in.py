"""Signing in with OAuth 2 in the browser: the button, what is missing, Stop, and the answer."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPushButton, QWidget

from loopmail.core.errors import LoopmailError
from loopmail.core.js import Json
from loopmail.core.secret_names import placeholder
from loopmail.net.cancel import Cancel, Cancelled
from loopmail.oauth.endpoint import TokenRefused
from loopmail.oauth.sign_in import BrowserSignIn, OAuthClient, Tokens, endpoints_for
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.worker import Job


def resolved(values: TransportValues, path: str) -> str:
    """Return the text of a setting, its variable filled in; an empty text if it has none."""
    value: Json = values.transport.current(path)
    variable = placeholder(value)
    if variable is not None:
        found = values.state.variables.lookup(variable)
        value = found.value if found is not None else ""
    return value if isinstance(value, str) else ""


class BrowserSignInRow(QObject):
    """Gets a refresh token from the provider with the user's own client id."""

    granted = Signal(object)  # Tokens

    def __init__(self, values: TransportValues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values = values
        # In the user's browser; tells whether that worked.
        self.open_address: Callable[[str], bool] = values.open_address
        self._job: Job | None = None
        self.button = QPushButton(self.tr("Sign in with Browser…"))
        self.button.setObjectName("browserSignIn")
        self.button.clicked.connect(self.begin)
        self.stop_button = QPushButton(self.tr("Stop Sign-in"))
        self.stop_button.clicked.connect(self.stop)
        self.stop_button.hide()
        self.row = FieldRow(self.button, self.stop_button)
        self.row.line.addStretch(1)
        self.authorize = QLineEdit()
        self.authorize.setPlaceholderText("https://provider.example/authorize")
        self.scope = QLineEdit()
        self._addresses = QWidget()  # for a provider that is not known
        form = QFormLayout(self._addresses)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.tr("Sign-in address"), self.authorize)
        form.addRow(self.tr("Permission (scope)"), self.scope)
        self.row.add_below(self._addresses)
        values.state.closing.connect(self.stop)
        values.state.opened.connect(self.stop)

    def reset(self) -> None:
        """Give up a sign-in under way and its sentence: they belong to the transport left."""
        self.stop()
        self.row.set_sentence("")

    def refresh(self) -> None:
        """Show what can be done now."""
        known = endpoints_for(resolved(self.values, "/host")) is not None
        self._addresses.setVisible(not known)
        note = self.tr(
            "Asks the provider for a refresh token, with your own client ID. Allow"
            " http://127.0.0.1 as a redirect address there (a “desktop app”)."
        )
        self.row.set_note("" if self._job is not None else note)

    def _client(self) -> OAuthClient:
        """Return the client that the settings describe; raise LoopmailError for what is missing."""
        known = endpoints_for(resolved(self.values, "/host"))
        authorize, token, scope = known or (self.authorize.text(), "", self.scope.text())
        token = resolved(self.values, "/auth/accessUrl") or token
        client_id = resolved(self.values, "/auth/clientId")
        if not client_id:
            raise LoopmailError(
                self.tr("Type the Client ID first: you get one from the provider's console.")
            )
        if not authorize.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise LoopmailError(self.tr("Type the provider's sign-in address (https://…)."))
        if not token:
            raise LoopmailError(self.tr("Type the provider's token address first."))
        return OAuthClient(
            authorize,
            token,
            client_id,
            resolved(self.values, "/auth/clientSecret"),
            scope,
            resolved(self.values, "/auth/user"),
        )

    def begin(self) -> None:
        """Open the browser and wait, in a worker, for what it brings."""
        if self._job is not None:
            return
        try:
            sign_in = BrowserSignIn(self._client())
        except LoopmailError as error:
            self.row.set_sentence(str(error))
            return
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.row.set_sentence(self.tr("No port is free here: {0}.").format(reason))
            return
        cancel = Cancel()

        def wait() -> Tokens | None:
            try:
                return sign_in.wait(cancel)
            except Cancelled:
                return None
            except TokenRefused as error:
                raise LoopmailError(f"The sign-in did not work: {error}") from None

        job = Job(wait, on_cancel=cancel.cancel)
        job.done.connect(self._take)
        job.failed.connect(lambda error: self.row.set_sentence(str(error)))
        job.finished.connect(self._end)
        self._job = job
        job.start()
        opened = self.open_address(sign_in.url)
        self.button.setEnabled(False)
        self.stop_button.show()
        self.row.set_note("")
        self.row.set_sentence(
            self.tr("Sign in in the browser window; loopmail waits for five minutes.")
            if opened
            else self.tr("The browser could not be opened. Stop, and set a default browser first.")
        )

    def stop(self) -> None:
        """Stop waiting for the browser."""
        if self._job is not None:
            self._job.cancel()
            self.row.set_sentence("")

    def _take(self, tokens: Tokens | None) -> None:
        self.row.set_sentence("")
        if tokens is not None:
            self.granted.emit(tokens)

    def _end(self) -> None:
        self._job = None
        self.button.setEnabled(True)
        self.stop_button.hide()
        self.refresh()
