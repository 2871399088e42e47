"""The status bar: number of problems, the keyring's state, unsaved changes, panel switches."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStatusBar, QToolButton, QWidget

from loopmail.core.errors import KeyringLocked, KeyringMissing
from loopmail.ui.actions import Actions
from loopmail.ui.state import AppState
from loopmail.ui.widgets import counted, plain_label
from loopmail.ui.window_layout import PANELS


class StatusBar(QStatusBar):
    """Permanent labels (they survive status tips) and the switches of the lower panels."""

    def __init__(self, state: AppState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("statusBar")
        self.setSizeGripEnabled(False)
        self.setContentsMargins(0, 0, 6, 0)
        row = QWidget()
        self._row = QHBoxLayout(row)
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(18)
        self.problems = self._add_label("statusProblems")
        self.keyring = self._add_label("statusKeyring")
        self.unsaved = self._add_label("statusUnsaved")
        self.message = self._add_label("statusMessage")
        self.message.setProperty("role", "muted")
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row.setStretchFactor(self.message, 1)
        self.addPermanentWidget(row, 1)
        # Qt would paint messages over the labels, and hide those that are not permanent.
        self.messageChanged.connect(self.message.setText)
        panels = [panel.action.name for panel in PANELS if panel.in_status_bar]
        for name in (*panels, "view_test"):
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.addPermanentWidget(button)
        for signal in (
            state.opened,
            state.problems_changed,
            state.variables_changed,
            state.changed,
            state.undo.cleanChanged,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def _add_label(self, name: str) -> QLabel:
        label = plain_label()
        label.setObjectName(name)
        self._row.addWidget(label)
        return label

    def refresh(self) -> None:
        """Count the problems, say how the keyring answered and whether there is something to save."""
        opened = self._state.workspace is not None
        for label in (self.problems, self.keyring, self.unsaved):
            label.setVisible(opened)
        if not opened:
            return
        count = sum(1 for one in self._state.problems if one.severity != "info")
        self.problems.setText(
            counted(count, self.tr("1 problem in this app"), self.tr("{0} problems in this app"))
            if count
            else (self.tr("No problems") if self._state.problems_known else self.tr("Checking…"))
        )
        self.keyring.setText(self._keyring_text())
        self.keyring.setToolTip(str(self._state.keyring_error or ""))
        self.unsaved.setText(
            self.tr("Unsaved changes") if self._state.modified else self.tr("No unsaved changes")
        )

    def _keyring_text(self) -> str:
        error = self._state.keyring_error
        if isinstance(error, KeyringLocked):
            return self.tr("Keyring: locked")
        if isinstance(error, KeyringMissing):
            return self.tr("Keyring: none found")
        if error is not None:
            return self.tr("Keyring: not available")
        name = self._state.keyring_name
        return self.tr("Keyring: {0}").format(name) if name else self.tr("Keyring: not needed yet")
