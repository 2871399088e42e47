"""The room for the test panel, which is made when the first app is open (it imports a lot)."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from loopmail.ui.session.actions import Actions
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import column, connect_all, single_shot

if TYPE_CHECKING:
    from loopmail.ui.sending.panel import SendingPanel

# The actions that begin a test; each is a method of the panel.
_BEGIN = ("check_connection", "send_test_message", "send_through_app")


class SendingDock(QWidget):
    """Makes the test panel and keeps its actions true to what it can do."""

    def __init__(self, state: AppState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._actions = actions
        self._running = False
        self.panel: SendingPanel | None = None
        # page and panel in one event would be a noticeable pause
        self._soon = single_shot(self, 0, self._make)
        self.setObjectName("testPlace")
        self.setMinimumWidth(300)
        self._room = column(inside=self)
        actions["view_test"].setChecked(True)
        actions["view_test"].toggled.connect(self._place)
        actions.connect({name: partial(self._call, name) for name in (*_BEGIN, "stop")})
        connect_all(self._place, state.opened, state.selection_changed, state.changed)
        self._place()

    def _place(self) -> None:
        """Show the panel for mail data sources only, and only if it is wanted."""
        mail = self._mail_selected()
        if mail and self.panel is None:
            self._soon.start()
        self.setVisible(mail and self._actions["view_test"].isChecked())
        self._actions.enable(dict.fromkeys(_BEGIN, mail and not self._running))
        self._actions.enable({"stop": self._running})

    def _mail_selected(self) -> bool:
        kind, name = self._state.selection
        if self._state.workspace is None or kind != "datasource":
            return False
        return any(one.is_mail and one.name == name for one in self._state.datasources())

    def _make(self) -> None:
        if self.panel is not None or not self._mail_selected():
            return
        from loopmail.ui.sending.panel import SendingPanel

        self.panel = SendingPanel(self._state, self)
        self.panel.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields take the focus, it does not
        self.panel.running_changed.connect(self._set_running)
        self._room.addWidget(self.panel)
        self.panel.show()  # at once: it may be asked to do something in the same event

    def propose(self, sender: str, recipient: str) -> None:
        """Fill in the addresses of the test message where none are written yet."""
        self._make()
        if self.panel is None:
            return
        fields = self.panel.message
        for edit, text in ((fields.from_, sender), (fields.to, recipient)):
            if not edit.text():
                edit.setText(text)

    def show_transport(self, index: int) -> None:
        """Send through the transport that the user looks at, until another one is chosen."""
        if self.panel is not None:
            names = self._state.view().transport_names(self.panel.datasource) if index else []
            self.panel.message.choose(names[index] if index < len(names) else None)

    def _set_running(self, running: bool) -> None:
        self._running = running
        self._place()

    def _call(self, method: str) -> None:
        self._make()
        if self.panel is not None:
            if method != "stop":
                self._actions["view_test"].setChecked(True)
            getattr(self.panel, method)()
