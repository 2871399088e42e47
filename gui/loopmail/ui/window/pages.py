"""The pages in the middle of the window and the test panel beside them, made when needed first."""

from __future__ import annotations

import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from loopmail.ui.page.file import FilePage
from loopmail.ui.page.welcome import WelcomePage
from loopmail.ui.session.actions import Actions
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import column, connect_all, single_shot

if TYPE_CHECKING:
    from loopmail.ui.page.bindings import BindingsPage
    from loopmail.ui.page.catcher import CatcherPage
    from loopmail.ui.page.mail import MailPage
    from loopmail.ui.page.no_mail import NoMailPage
    from loopmail.ui.page.set_up import SetUpPage
    from loopmail.ui.sending.panel import SendingPanel

Page = TypeVar("Page", bound=QWidget)

# --- The page of what is selected -----------------------------------------------------


class Pages(QStackedWidget):
    """Makes each page when it is needed first, so that the window shows at once."""

    transport_shown = Signal(int)  # of the mail data source in view
    add_wanted = Signal()  # a mail data source, which the app has not yet
    made = Signal(QWidget)  # a page

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("pages")
        self.welcome = WelcomePage()
        self.addWidget(self.welcome)
        connect_all(self.refresh, state.opened, state.selection_changed, state.changed)

    def refresh(self) -> None:
        """Show the page of the selection; go elsewhere if what it names is gone."""
        state = self._state
        kind, name = state.selection
        if state.workspace is None and kind != "catcher":
            self.setCurrentWidget(self.welcome)
            return
        match kind:
            case "datasource":
                self._show_datasource(name)
            case "file":
                if (self.currentWidget(), self.file.name) != (self.file, name):
                    self.file.show_file(name)
                self.setCurrentWidget(self.file)
            case "bindings":
                self.setCurrentWidget(self.bindings)
            case "add":
                self.setCurrentWidget(self.no_mail)
            case "setup":
                self._show_set_up(name)
            case "catcher":
                self.setCurrentWidget(self.catcher)
            case _:
                self.setCurrentWidget(self.welcome)

    def _show_datasource(self, name: str) -> None:
        found = {one.name: one for one in self._state.datasources()}
        if name not in found:
            following = next(iter(found), None)
            self._state.select(*(("datasource", following) if following else self._instead()))
            return
        if (self.currentWidget(), self.mail.name) != (self.mail, name):  # else it refreshes itself
            self.mail.show_datasource(name)
        self.setCurrentWidget(self.mail)

    def _instead(self) -> tuple[str, str]:
        """Return what to show of an app without data sources."""
        return ("add", "") if self._state.lacks_mail() else ("bindings", "")

    def _show_set_up(self, name: str) -> None:
        if name not in {one.name for one in self._state.datasources()}:
            self._state.select(*self._instead())
            return
        self.set_up.show_datasource(name)
        self.setCurrentWidget(self.set_up)

    def transport_index(self) -> int:
        """Return the number of the transport that the mail page shows."""
        return self.mail.form.values.index or 0

    def prepare(self) -> None:
        """Make the page of a mail data source, so that showing one takes no noticeable time."""
        _ = self.mail

    @cached_property
    def mail(self) -> MailPage:
        """The page of a data source."""
        from loopmail.ui.page.mail import MailPage

        page = MailPage(self._state, self)
        page.transport_shown.connect(self.transport_shown)
        return self._added(page)

    @cached_property
    def bindings(self) -> BindingsPage:
        """The page of the model bindings."""
        from loopmail.ui.page.bindings import BindingsPage

        page = BindingsPage(self._state)
        page.add_wanted.connect(self.add_wanted)
        return self._added(page)

    @cached_property
    def no_mail(self) -> NoMailPage:
        """The page to choose a provider."""
        from loopmail.ui.page.no_mail import NoMailPage

        return self._added(NoMailPage(self._state, self))

    @cached_property
    def set_up(self) -> SetUpPage:
        """The page of a data source that is new."""
        from loopmail.ui.page.set_up import SetUpPage

        return self._added(SetUpPage(self._state, self))

    @cached_property
    def catcher(self) -> CatcherPage:
        """The page of the mail catcher."""
        from loopmail.ui.page.catcher import CatcherPage

        return self._added(CatcherPage(self._state))

    @cached_property
    def file(self) -> FilePage:
        """The page of a file that has no form."""
        return self._added(FilePage(self._state, self))

    def _added(self, page: Page) -> Page:
        self.addWidget(page)
        self.made.emit(page)
        return page


# --- The place of the test panel ------------------------------------------------------

# The actions that begin a test; each is a method of the panel.
_BEGIN = ("check_connection", "send_test_message", "send_through_app")


class SendingDock(QWidget):
    """Makes the test panel and keeps its actions true to what it can do."""

    result_changed = Signal(str)  # how the last test ended, in a word or two; empty without one

    def __init__(self, state: AppState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._actions = actions
        self.panel: SendingPanel | None = None
        # page and panel in one event would be a noticeable pause
        self._soon = single_shot(self, 0, self._make)
        self.setObjectName("testPlace")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # as a drawer it has an edge
        self._room = column(margins=(1, 0, 1, 0), inside=self)
        actions["view_test"].setChecked(True)
        actions["view_test"].toggled.connect(self.place)
        actions.connect({name: partial(self._call, name) for name in (*_BEGIN, "stop")})
        connect_all(self.place, state.opened, state.selection_changed, state.changed)
        self.place()

    def place(self) -> None:
        """Show the panel for mail data sources only, and only if it is wanted."""
        mail = self._mail_selected()
        wanted = mail or self._perhaps_in_script()
        if wanted and self.panel is None:
            self._soon.start()
        self.setVisible(wanted and self._actions["view_test"].isChecked())
        running = self.panel is not None and self.panel.running
        self._actions.enable(dict.fromkeys(_BEGIN, mail and not running) | {"stop": running})
        self._actions.enable({"send_through_app": wanted and not running})

    def _mail_selected(self) -> bool:
        kind, name = self._state.selection
        if self._state.workspace is None or kind != "datasource":
            return False
        return any(one.is_mail and one.name == name for one in self._state.datasources())

    def _perhaps_in_script(self) -> bool:
        """Tell whether the only mail data source may be one that the app alone can test."""
        state = self._state
        if state.workspace is None or any(one.is_mail for one in state.datasources()):
            return False
        return state.view().perhaps_in_script()

    def _make(self) -> None:
        if self.panel is not None or not (self._mail_selected() or self._perhaps_in_script()):
            return
        from loopmail.ui.sending.panel import SendingPanel

        self.panel = SendingPanel(self._state, self)
        self.panel.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields take the focus, it does not
        self.panel.running_changed.connect(self.place)
        self.panel.running_changed.connect(self._tell_result)
        self.panel.save_wanted.connect(self._actions["save"].trigger)
        self._room.addWidget(self.panel)
        self.panel.show()  # at once: it may be asked to do something in the same event

    def _tell_result(self, running: bool) -> None:
        """Say the first words of the verdict, by which the contract tells them apart."""
        if not running and self.panel is not None:
            words = self.panel.verdict.banner.title.text()
            self.result_changed.emit(re.split(r"[:.]", words, maxsplit=1)[0].strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes the drawer (Qt's virtual method)."""
        if event.key() == Qt.Key.Key_Escape and self.property("role") == "drawer":
            self._actions["view_test"].setChecked(False)
        else:
            super().keyPressEvent(event)

    def send(self) -> None:
        """Send a test message, with the focus where it is sent again or stopped."""
        self._make()
        self._actions["send_test_message"].trigger()
        self.focus_send()

    def focus_send(self) -> None:
        """Put the focus on the button that sends the test message, or stops it."""
        self._make()
        if self.panel is not None:
            stop, again = self.panel.stop_button, self.panel.send_button
            target = stop if stop.isVisible() and stop.isEnabled() else again
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def propose(self, sender: str, recipient: str) -> None:
        """Fill in the addresses of the test message where the user has written none; empty: as it is."""
        self._make()
        if self.panel is None:
            return
        fields = self.panel.message
        for edit, text in ((fields.from_, sender), (fields.to, recipient)):
            if text and edit.text() in ("", edit.property("default")):
                edit.setText(text)

    def show_transport(self, index: int) -> None:
        """Send through the transport that the user looks at, until another one is chosen."""
        if self.panel is not None:
            names = self._state.view().transport_names(self.panel.datasource) if index else []
            self.panel.message.choose(names[index] if index < len(names) else None)

    def _call(self, method: str) -> None:
        self._make()
        if self.panel is not None:
            if method != "stop":
                self._actions["view_test"].setChecked(True)
            getattr(self.panel, method)()
