"""The pages in the middle of the window: which one shows what is selected."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from loopmail.ui.page.welcome import WelcomePage
from loopmail.ui.session.messages import Dialogs
from loopmail.ui.session.state import AppState


class Pages(QStackedWidget):
    """Makes each page when it is needed first, so that the window shows at once."""

    transport_shown = Signal(int)  # of the mail data source in view

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("pages")
        self.welcome = WelcomePage()
        self.addWidget(self.welcome)
        self._made: dict[str, QWidget] = {}
        state.opened.connect(self.refresh)
        state.selection_changed.connect(self.refresh)
        state.changed.connect(self.refresh)

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
                from loopmail.ui.page.file import FilePage

                page = self._page("file")
                assert isinstance(page, FilePage)
                if (self.currentWidget(), page.name) != (page, name):
                    page.show_file(name)
                self.setCurrentWidget(page)
            case "catcher" | "bindings":
                self.setCurrentWidget(self._page(kind))
            case _:
                self.setCurrentWidget(self.welcome)

    def _show_datasource(self, name: str) -> None:
        found = {one.name: one for one in self._state.datasources()}
        if name not in found:
            following = next(iter(found), None)
            self._state.select(*(("datasource", following) if following else ("bindings", "")))
            return
        from loopmail.ui.page.mail import MailPage

        page = self._page("datasource")
        assert isinstance(page, MailPage)
        if (self.currentWidget(), page.name) != (page, name):  # else it refreshes itself
            page.show_datasource(name)
        self.setCurrentWidget(page)

    def prepare(self) -> None:
        """Make the page of a mail data source, so that showing one takes no noticeable time."""
        self._page("datasource")

    def _page(self, kind: str) -> QWidget:
        if kind not in self._made:
            page = self._make(kind)
            self._made[kind] = page
            self.addWidget(page)
        return self._made[kind]

    def _make(self, kind: str) -> QWidget:
        state = self._state
        match kind:
            case "datasource":
                from loopmail.ui.page.mail import MailPage

                page = MailPage(state, self)
                page.transport_shown.connect(self.transport_shown)
                return page
            case "bindings":
                from loopmail.ui.page.bindings import BindingsPage

                return BindingsPage(state)
            case "catcher":
                from loopmail.ui.page.catcher import CatcherPage

                return CatcherPage(state)
            case _:
                from loopmail.ui.page.file import FilePage

                return FilePage(state, self)


# --- The window's part in secrets: the dialogs around them and the pane that runs the app ---


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
        from loopmail.ui.dialogs.adopt import AdoptDialog

        dialog = self._window.findChild(AdoptDialog)
        if dialog is None:
            dialog = AdoptDialog(self._state, self._window)
            dialog.save_wanted.connect(self.save_wanted)
        elif not dialog.isVisible():
            dialog.restart()
        dialog.show()
        dialog.activateWindow()
        if pointer:
            dialog.choose_only(file, pointer)

    def passwords(self) -> None:
        """Show the app's entries in the keyring."""
        if self._state.workspace is None:
            return
        from loopmail.ui.dialogs.passwords import PasswordsDialog

        dialog = self._window.findChild(PasswordsDialog)
        if dialog is None:
            dialog = PasswordsDialog(self._state, self._dialogs, self._window)
            self._state.closing.connect(dialog.clipboard.clear)
        else:
            dialog.refresh()
        dialog.show()
        dialog.activateWindow()
