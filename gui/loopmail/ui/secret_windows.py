"""The window's part in secrets: the dialogs around them and the pane that runs the app."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from loopmail.ui.messages import Dialogs
from loopmail.ui.state import AppState


class SecretWindows(QObject):
    """Opens each dialog once; they stay open beside the work."""

    save_wanted = Signal()

    def __init__(self, state: AppState, dialogs: Dialogs, window: QWidget) -> None:
        super().__init__(window)
        self._state = state
        self._dialogs = dialogs
        self._window = window
        state.adopt_wanted.connect(self.adopt_one)

    def adopt(self) -> None:
        """List the plain secrets of the app, to move them to the keyring."""
        self.adopt_one("", "")

    def adopt_one(self, file: str, pointer: str) -> None:
        """Open the dialog with one secret chosen."""
        if self._state.workspace is None:
            return
        from loopmail.ui.adopt_dialog import AdoptDialog

        dialog = self._window.findChild(AdoptDialog)
        if dialog is None:
            dialog = AdoptDialog(self._state, self._window)
            dialog.save_wanted.connect(self.save_wanted)
        elif not dialog.isVisible():
            dialog.begin_anew()
        dialog.show()
        dialog.activateWindow()
        if pointer:
            dialog.choose_only(file, pointer)

    def passwords(self) -> None:
        """Show the app's entries in the keyring."""
        if self._state.workspace is None:
            return
        from loopmail.ui.passwords_dialog import PasswordsDialog

        dialog = self._window.findChild(PasswordsDialog)
        if dialog is None:
            dialog = PasswordsDialog(self._state, self._dialogs, self._window)
            self._state.closing.connect(dialog.clipboard.clear)
        else:
            dialog.refresh()
        dialog.show()
        dialog.activateWindow()
